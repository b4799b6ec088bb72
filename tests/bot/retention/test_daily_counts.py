"""Messages are counted by day, channel, intent, procedure and outcome, each day once, before anything of them is deleted."""

from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import select

from bot.clock import VIETNAM_TIME
from bot.messages import BotMessage
from bot.retention.daily_counts import count_days
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.rights_models import DailyCount


def at(day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM_TIME)


def add(database: Database, moments: list[datetime], **values: object) -> None:
    with writing(database.sessions) as session:
        if session.get(Conversation, "a") is None:
            session.add(Conversation(id="a", channel="webchat", account="web", external_id="a", opened_at=moments[0]))
            session.flush()
        for moment in moments:
            session.add(
                Inbound(
                    conversation_id="a", channel="webchat", account="web", event_id=str(moment), received_at=moment,
                    seq=int(moment.timestamp()), **{"outcome": "answered", "nlu": {"intent": "ask_fee"}, **values},
                )
            )  # fmt: skip


def counted(database: Database) -> list[tuple[date, str, str, str, int]]:
    with database.sessions() as session:
        rows = session.scalars(select(DailyCount).order_by(DailyCount.day, DailyCount.intent)).all()
    return [(row.day, row.intent, row.procedure_code, row.outcome, row.messages) for row in rows]


def count(database: Database, now: datetime) -> int:
    with writing(database.sessions) as session:
        return count_days(session, now)


def test_days_are_those_of_vietnam_and_today_is_not_counted_yet(database: Database) -> None:
    add(database, [at(20, 0, 5), at(20, 23, 55), at(21, 0, 5), at(22, 9)])
    assert count(database, at(22, 12)) == 2
    assert counted(database) == [
        (date(2026, 11, 20), "ask_fee", "", "answered", 2),
        (date(2026, 11, 21), "ask_fee", "", "answered", 1),
    ]
    assert count(database, at(22, 13)) == 0
    assert count(database, at(23, 0, 30)) == 0, "its last messages may still be without outcome"
    assert count(database, at(23, 1, 30)) == 1


def test_an_act_counts_by_its_intent_and_an_answer_by_its_procedure(database: Database) -> None:
    add(database, [at(20, 8)], nlu=None, act={"intent": "check_status"})
    add(database, [at(20, 9)], nlu=None, outcome=None)
    add(database, [at(20, 10)])
    with writing(database.sessions) as session:
        asked = session.scalars(select(Inbound).where(Inbound.event_id == str(at(20, 10)))).one()
        for number, code in enumerate((None, "1.001193", "1.001193")):
            told: dict[str, Any] = {"author": "bot", "state": "sent", "message": BotMessage("x", procedure_code=code).to_json()}
            session.add(
                Outbound(conversation_id="a", inbound_id=asked.id, idempotency_key=str(number), created_at=at(20, 10), **told)
            )
    count(database, at(21, 12))
    day = date(2026, 11, 20)
    assert counted(database) == [
        (day, "", "", "", 1),
        (day, "ask_fee", "1.001193", "answered", 1),
        (day, "check_status", "", "answered", 1),
    ]


def test_a_long_pause_and_names_of_any_length_are_counted(database: Database) -> None:
    add(database, [at(1, 8)])
    add(database, [at(20, 8)], nlu={"intent": "x" * 500})
    assert count(database, at(21, 12)) == 2
    assert [row[1] for row in counted(database)] == ["ask_fee", "x" * 60]


def test_many_days_are_counted_over_several_runs(database: Database) -> None:
    add(database, [at(1, 8) - timedelta(days=days) for days in range(40)])
    assert count(database, at(21, 12)) == 31
    assert count(database, at(21, 12)) == 9
    assert len(counted(database)) == 40
