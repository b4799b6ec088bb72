"""The survey's page over HTTP: a look uses nothing up, answers are taken once, and strangers learn nothing."""

from urllib.parse import urlencode

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select

from bot.storage.database import Database, writing
from bot.storage.survey_models import SurveyAnswer
from bot.surveys.inviting import Invitations
from bot.surveys.waves import close_wave
from tests.bot.surveys.closed import started_wave
from tests.bot.surveys.conftest import RememberingPortal
from tests.connectors.gateway.alone import client, clock
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["client", "clock", "database", "database_url"]

GOOD = {"satisfied": "dissatisfied", "on_time": "late", "apology": "no", "comment": "Chờ lâu, gọi 0912345678"}


@pytest.fixture
def address(database: Database, clock: MovingClock) -> str:
    portal = RememberingPortal()
    started_wave(database, clock(), {"p1": 2})
    Invitations(database.sessions, portal, "https://x").go_on(clock())
    return f"/khao-sat/{portal.tokens()['p1-00001']}"


def kept(database: Database) -> list[SurveyAnswer]:
    with database.sessions() as session:
        return list(session.scalars(select(SurveyAnswer)))


def test_a_look_shows_the_questions_in_both_languages_and_uses_nothing_up(client: TestClient, address: str) -> None:
    for _ in range(3):
        shown = client.get(address)
        assert shown.status_code == 200
        assert "có hài lòng" in shown.text
    assert shown.headers["Cache-Control"] == "no-store"
    assert "noindex" in shown.headers["X-Robots-Tag"]
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    assert "<script" not in shown.text
    english = client.get(address + "?lang=en").text
    assert "were you satisfied" in english
    assert 'lang="en"' in english


def test_answers_are_taken_once_and_the_person_is_thanked(client: TestClient, database: Database, address: str) -> None:
    taken = client.post(address + "?lang=en", data=GOOD, follow_redirects=False)
    assert (taken.status_code, taken.headers["Location"]) == (303, "/khao-sat/cam-on?lang=en")
    assert "Thank you" in client.get(taken.headers["Location"]).text
    again = client.post(address, data=GOOD | {"satisfied": "satisfied"})
    assert again.status_code == 404
    assert "xin cảm ơn" in again.text
    [one] = kept(database)
    assert one.answers == {"satisfied": "dissatisfied", "on_time": "late", "apology": "no"}
    assert one.comment == "Chờ lâu, gọi […]"


def test_used_unknown_and_closed_look_the_same(client: TestClient, database: Database, clock: MovingClock, address: str) -> None:
    unknown = client.get("/khao-sat/" + "x" * 22)
    client.post(address, data=GOOD)
    used = client.get(address)
    with writing(database.sessions) as session:
        close_wave(session, 1, clock())
    closed = client.get(address)
    assert unknown.status_code == used.status_code == closed.status_code == 404
    assert unknown.text == used.text == closed.text


def test_what_is_missing_is_named_and_nothing_typed_is_lost(client: TestClient, database: Database, address: str) -> None:
    sent = {"attitude": "polite", "comment": "<b>chờ</b>"}
    shown = client.post(address, data=sent)
    assert shown.status_code == 422
    assert 'href="#q-satisfied"' in shown.text
    assert 'value="polite" checked' in shown.text
    assert "&lt;b&gt;chờ&lt;/b&gt;" in shown.text
    assert kept(database) == []
    assert client.post(address, data=GOOD, follow_redirects=False).status_code == 303


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (urlencode(GOOD | {"satisfied": "great"}).encode(), 422),
        (urlencode([*GOOD.items(), ("satisfied", "satisfied")]).encode(), 422),
        (b"satisfied=" + b"x" * 40_000, 413),
        (b"a=1&" * 100, 400),
        (b"\xff\xfe\x00", 422),
        (b"", 422),
        (b'{"satisfied": "satisfied"}', 422),
    ],
)
def test_hostile_posts_change_nothing(client: TestClient, database: Database, address: str, body: bytes, status: int) -> None:
    answer = client.post(address, content=body, headers={"Content-Type": "application/x-www-form-urlencoded"})
    assert answer.status_code == status
    assert kept(database) == []
    assert client.post(address, data=GOOD, follow_redirects=False).status_code == 303


def test_an_answer_of_one_waves_link_counts_for_this_wave_alone(
    client: TestClient, database: Database, clock: MovingClock, address: str
) -> None:
    started_wave(database, clock(), {"p2": 3})
    client.post(address, data=GOOD | {"wave_id": "2", "stratum": "g2"})
    [one] = kept(database)
    assert (one.wave_id, one.stratum) == (1, "g1")
