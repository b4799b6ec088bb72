"""A citizen at a browser and an officer, through the real gateway and worker: received, taken, answered, ended, rated."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.conversations.ownership import Officer
from bot.conversations.private_values import PrivateValues
from bot.messages import BotMessage
from bot.officers.desk import HandoffDesk
from bot.officers.hours import OpeningHours
from bot.officers.people import People
from bot.officers.rounds import HandoffRounds
from bot.officers.speaking import officer_says
from bot.officers.taking import claim_conversation, close_conversation
from bot.officers.teams import Teams, load_teams
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database
from bot.storage.models import Handoff, Inbound
from bot.storage.officer_models import Rating
from bot.texts import say
from tests.connectors.fake_engine import FakeEngine, echo, message, reply
from tests.connectors.harness import Browser, working
from tests.waiting import wait_for

LAN = Officer("lan", "Nguyễn Thị Lan")
ALWAYS = OpeningHours((((time(0), time(23, 59, 59, 999_999)),),) * 7)
NEVER = OpeningHours(((),) * 7)


def teams(hours: OpeningHours) -> Teams:
    fallback = replace(load_teams(PROJECT_ROOT / "data").fallback, hours=hours)
    return Teams((fallback,), fallback)


def all_have_an_outcome(database: Database) -> bool:
    with database.sessions() as session:
        return session.scalars(select(Inbound.id).where(Inbound.outcome.is_(None))).first() is None


@pytest.fixture(params=["open", "closed"])
def is_open(request: pytest.FixtureRequest) -> bool:
    return bool(request.param == "open")


@pytest.fixture
def staffed_worker(database: Database, engine: FakeEngine, gateway: str, is_open: bool) -> Iterator[None]:  # noqa: ARG001
    there = teams(ALWAYS if is_open else NEVER)
    people = People(HandoffDesk(database.sessions, there), HandoffRounds(database.sessions, there), timedelta(hours=24))
    with working(database, engine, people=people):
        yield


@pytest.mark.usefixtures("staffed_worker")
def test_from_the_wish_for_a_person_to_the_rating(
    browser: Browser, engine: FakeEngine, database: Database, is_open: bool
) -> None:
    engine.script = lambda turn: (200, reply(turn, message("Tôi đã chuyển.", kind="handoff"), handoff="asked"))
    browser.say("cho tôi gặp cán bộ")
    (told,) = browser.wait_replies(1)
    engine.script = echo
    with database.sessions() as session:
        handoff = session.scalars(select(Handoff)).one()
    assert handoff.team == "tthcc-tinh"
    assert handoff.ticket is not is_open
    assert ("vị trí 01" in told) is is_open
    assert (handoff.number in told) is not is_open
    assert browser.transcript()["state"]["speaker"] == ("waiting" if is_open else "bot")
    browser.say("trong lúc chờ cho hỏi phí")
    assert browser.wait_replies(2)[1] == (say("waiting_already") if is_open else "Trả lời: trong lúc chờ cho hỏi phí")
    claim_conversation(database.sessions, browser.conversation_id, LAN, datetime.now(UTC))
    private = PrivateValues(database.sessions, Fernet.generate_key().decode())
    officer_says(database.sessions, private, browser.conversation_id, LAN, BotMessage("Tôi nghe đây"), "k", datetime.now(UTC))
    asked = len(engine.turns)
    browser.say("vâng, cảm ơn")
    assert browser.messages()[-2]["from"] == "officer"
    wait_for(lambda: all_have_an_outcome(database), what="the message's outcome")
    close_conversation(database.sessions, browser.conversation_id, LAN, "solved", datetime.now(UTC))
    assert browser.replies()[-1] == say("rating_asked")
    browser.press("Hài lòng")
    assert browser.wait_replies(7)[-1] == say("rating_thanks")
    assert len(engine.turns) == asked
    with database.sessions() as session:
        assert session.get_one(Rating, handoff.id).score == "good"
