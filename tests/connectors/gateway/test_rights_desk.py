"""While a person has the talk, a wish about one's own data becomes a request; the worker's rounds carry out and call people."""

import logging
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.catalogue.load import load_offices
from bot.conversations.engine_trackers import EngineTrackers
from bot.conversations.turns import Claim
from bot.retention.job import Retention
from bot.retention.policy import shipped_periods
from bot.rights.deletions import Deletions, ask_deletion
from bot.rights.tickets import open_request
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.rights_models import DeletionRecord, RetentionRun, RightsRequest
from connectors.gateway import turn_rules
from connectors.gateway.engine_client import EngineClient
from connectors.gateway.rights_desk import RightsDesk, typed_wish
from connectors.gateway.worker import Worker
from tests.bot.rights.filled import count_of, fill
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["database", "database_url"]
KEY = Fernet.generate_key().decode()
CALENDAR = load_offices(PROJECT_ROOT / "data" / "catalogue").calendar


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def desk(database: Database, clock: MovingClock, tmp_path: Path) -> RightsDesk:
    fill(database, "cit-one", clock(), KEY)
    trackers = EngineTrackers(f"sqlite:///{tmp_path}/none.sqlite3")
    deletions = Deletions(database.sessions, trackers, KEY, lambda: CALENDAR, clock)
    retention = Retention(database.sessions, trackers, shipped_periods(), clock, seconds=None)
    return RightsDesk(database.sessions, deletions, retention, lambda: CALENDAR, clock)


def claim(text: str | None = None, act: dict[str, object] | None = None) -> Claim:
    return Claim("cit-one", "w", 1, "officer", 1, "zalo", 1, 1, text, act, 1, True)


@pytest.mark.parametrize(
    ("message", "kind"),
    [
        (claim("xoá dữ liệu của tôi"), "delete"),
        (claim("rút đồng ý"), "withdraw"),
        (claim("sửa dữ liệu của tôi"), "correct"),
        (claim(act={"intent": "data_rights", "entities": {"do": "delete_confirmed"}}), "delete"),
        (claim(act={"intent": "data_rights", "entities": {"do": "export"}}), "view"),
    ],
)
def test_a_wish_to_an_officer_opens_a_request_and_is_confirmed(
    desk: RightsDesk, database: Database, message: Claim, kind: str
) -> None:
    ended = desk.beside_officer(message, turn_rules.waiting(message))
    assert ended.outcome == "waiting_for_officer"
    assert "QDL-" in ended.lines[-1].message.text
    with database.sessions() as session:
        assert session.scalars(select(RightsRequest.kind).where(RightsRequest.state == "open")).all() == [kind]


@pytest.mark.parametrize(
    "message",
    [
        claim("cảm ơn cán bộ"),
        claim(None),
        claim(act={"intent": "data_rights"}),
        claim(act={"intent": "deny", "entities": {}}),
        claim("x" * 9_000),
    ],
)
def test_anything_else_waits_as_before(desk: RightsDesk, message: Claim) -> None:
    waits = turn_rules.waiting(message)
    assert desk.beside_officer(message, waits) == waits


@pytest.mark.parametrize(
    ("text", "entities"),
    [
        ("xem dữ liệu của tôi", {"do": "view"}),
        ("xoa du lieu cua toi", {"do": "delete"}),
        ("quản lý đồng ý", {"do": "consents"}),
        ("rút đồng ý khảo sát", {"do": "say_withdraw", "value": "survey"}),
        ("rút đồng ý", {"do": "say_withdraw", "value": "reminders,improve,survey,outreach"}),
    ],
)
def test_a_typed_wish_reaches_the_dialogue_whatever_the_model_would_say(text: str, entities: dict[str, str]) -> None:
    assert typed_wish(text) == {"intent": "data_rights", "entities": entities}


@pytest.mark.parametrize("text", [None, "", "đăng ký khai sinh", "sửa dữ liệu của tôi", "đồng ý"])
def test_other_words_reach_the_engine_as_they_are(text: str | None) -> None:
    assert typed_wish(text) is None


def test_the_worker_answers_a_wish_that_an_officer_would_have_got(
    desk: RightsDesk, database: Database, clock: MovingClock
) -> None:
    with writing(database.sessions) as session:
        conversation = session.get_one(Conversation, "cit-one")
        conversation.speaker, conversation.last_seq = "officer", 3
        session.add(
            Inbound(
                conversation_id="cit-one", channel="zalo", account="oa", event_id="new", seq=3, received_at=clock(),
                text="xoá dữ liệu của tôi",
            )
        )  # fmt: skip
    worker = Worker(database.sessions, EngineClient("http://127.0.0.1:1", "x"), clock=clock, rights=desk)
    assert worker.run_once()
    with database.sessions() as session:
        said = session.scalars(select(Outbound).order_by(Outbound.id.desc())).first()
        asked = session.scalars(select(Inbound).where(Inbound.event_id == "new")).one()
        (request,) = session.scalars(select(RightsRequest).where(RightsRequest.state == "open")).all()
    assert said is not None
    assert (said.author, asked.outcome) == ("system", "waiting_for_officer")
    assert f"QDL-{request.id}" in said.message["text"]


def test_the_rounds_carry_out_a_deletion_and_call_people_when_a_clock_has_run_out(
    desk: RightsDesk, database: Database, clock: MovingClock, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(database.sessions) as session:
        ask_deletion(session, session.get_one(Conversation, "cit-one"), "chat", clock())
        number = open_request(session, "cit-one", "correct", "x", CALENDAR, clock()).id
    with caplog.at_level(logging.ERROR):
        desk.each_minute()
        assert caplog.records == []
        for _ in range(2):
            clock.move(minutes=3)
            desk.each_minute()
        clock.move(days=7)
        desk.each_minute()
    with database.sessions() as session:
        assert session.scalars(select(DeletionRecord.state)).all() == ["done"]
        assert session.scalars(select(Inbound.text)).all() == [None]
    (alarm,) = [record for record in caplog.records if record.message == "alarm.rights_request_overdue"]
    assert vars(alarm)["request_ids"] == [number]


def test_retention_runs_once_an_hour(desk: RightsDesk, database: Database, clock: MovingClock) -> None:
    desk.retain()
    clock.move(days=400)
    assert desk.retain() > 0
    runs = count_of(database, RetentionRun)
    clock.move(minutes=30)
    assert desk.retain() == 0
    assert count_of(database, RetentionRun) == runs
