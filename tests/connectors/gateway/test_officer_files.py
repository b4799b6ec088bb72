"""An officer's file over HTTP: a preview uses nothing up, a press gives the file, a used or guessed link says the same."""

import pytest
from fastapi.testclient import TestClient

from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.officers.files import CheckedFile, keep_file
from bot.storage.database import Database, writing
from bot.storage.models import Conversation
from tests.connectors.gateway.alone import KEY, client, clock
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["client", "clock", "database", "database_url"]
PDF = b"%PDF-1.7 \x00\xff"


@pytest.fixture
def address(database: Database, clock: MovingClock) -> str:
    private = PrivateValues(database.sessions, KEY, clock)
    file = CheckedFile("Giấy <b>hẹn</b>.pdf", "application/pdf", PDF)
    with writing(database.sessions) as session:
        session.add(Conversation(id="c", channel="zalo", account="oa", external_id="u", opened_at=clock()))
        session.flush()
        return "/files/" + keep_file(session, private, "c", Officer("lan", "Lan"), file, clock()).token


def test_a_preview_shows_the_name_and_uses_nothing_up(client: TestClient, address: str) -> None:
    for _ in range(3):
        page = client.get(address)
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        assert "Giấy &lt;b&gt;hẹn&lt;/b&gt;.pdf" in page.text
        assert "script" not in page.headers["content-security-policy"]
        assert "noindex" in page.headers["x-robots-tag"]


def test_a_press_gives_the_file_as_a_download_and_soon_the_link_is_used_up(
    client: TestClient, address: str, clock: MovingClock
) -> None:
    file = client.post(address)
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''Gi%E1%BA%A5y%20%3Cb%3E")
    assert file.headers["x-content-type-options"] == "nosniff"
    clock.move(minutes=11)
    assert (client.get(address).status_code, client.post(address).status_code) == (404, 404)


def test_a_guess_and_a_link_past_its_time_are_answered_alike(client: TestClient, address: str, clock: MovingClock) -> None:
    clock.move(days=4)
    assert client.post(address).text == client.post("/files/" + "x" * 32).text
    for guess in ("x", "%00", "x" * 3000, "..%2f..%2fetc", "%F0%28"):
        assert client.get(f"/files/{guess}").status_code == 404
