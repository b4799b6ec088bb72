"""The link to one's own data over HTTP: a look uses nothing up, a press gives the file once, strangers learn nothing."""

import pytest
from fastapi.testclient import TestClient

from bot.rights.export_links import make_link
from bot.storage.database import Database, writing
from tests.bot.rights.filled import fill
from tests.connectors.gateway.alone import KEY, client, clock
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["client", "clock", "database", "database_url"]


@pytest.fixture
def address(database: Database, clock: MovingClock) -> str:
    fill(database, "cit-one", clock(), KEY)
    fill(database, "cit-two", clock(), KEY)
    with writing(database.sessions) as session:
        return f"/my-data/{make_link(session, 'cit-one', clock())}"


def test_a_preview_of_the_link_uses_nothing_up_and_shows_nothing(client: TestClient, address: str) -> None:
    for _ in range(3):
        shown = client.get(address)
        assert shown.status_code == 200
        assert "Hoàng" not in shown.text
        assert shown.headers["Cache-Control"] == "no-store"
        assert "script" not in shown.headers["Content-Security-Policy"]
    assert client.post(address, data={"form": "page"}).status_code == 200


def test_each_form_of_the_file_comes_once(client: TestClient, address: str) -> None:
    page = client.post(address, data={"form": "page"})
    assert "Hoàng Bí Mật, số *********234" in page.text
    assert client.post(address, data={"form": "page"}).status_code == 404
    taken = client.post(address, data={"form": "json"})
    assert taken.headers["Content-Disposition"] == 'attachment; filename="du-lieu-cua-toi.json"'
    assert taken.json()["schema"] == "motcua.my-data/1"
    assert "cit-two" not in taken.text
    assert client.get(address).status_code == 404


def test_an_old_link_is_the_same_as_none(client: TestClient, address: str, clock: MovingClock) -> None:
    clock.move(minutes=61)
    old, none = client.get(address), client.get("/my-data/" + "x" * 32)
    assert (old.status_code, none.status_code) == (404, 404)
    assert old.text == none.text
    assert client.post(address, data={"form": "json"}).status_code == 404


@pytest.mark.parametrize(
    ("body", "status"), [(b"form=pdf", 400), (b"form=" + b"x" * 5_000, 413), (b"a&" * 90, 400), (b"\xff\xfe", 404), (b"", 404)]
)
def test_what_is_no_press_of_ours_is_turned_away(client: TestClient, body: bytes, status: int) -> None:
    answer = client.post("/my-data/none", content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == status
