"""A made-up ledger: dossiers, forms, handoffs, ratings and messages, at whatever moments a test names."""

import random
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from itertools import count
from typing import Any

from sqlalchemy import select

from bot.clock import VIETNAM_TIME
from bot.messages import BotMessage
from bot.retention.policy import shipped_periods
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisteredDossier, UsageCount
from bot.storage.models import Conversation, Handoff, Inbound, Outbound
from bot.storage.officer_models import Rating
from bot.storage.rights_models import DailyCount
from bot.storage.usage_models import FormProgress
from bot.usage.counting import count_months

PERIODS = shipped_periods()
NOVEMBER = date(2026, 11, 1)
AGENCIES = {"1.001193": "tthcc-xa", "1.001612": "tthcc-xa", "1.004222": "cong-an-xa"}
_number = count(1)


def agency_of(code: str) -> str:
    return AGENCIES.get(code, "")


def at(month: int, day: int, hour: int = 9, minute: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=VIETNAM_TIME)


def dossier(received: datetime | None, ended: datetime | None = None, **values: Any) -> RegisteredDossier:
    given: dict[str, Any] = {
        "record_id": f"r{next(_number)}", "source_system": "provincial", "procedure_code": "1.001193", "unit_code": "U1",
        "unit_name": "Phường Kinh Bắc", "place_id": "phuong-kinh-bac", "agency": "tthcc-xa", "channel": "online",
        "status_code": "4", "received_at": received, "due_at": None, "ended_at": ended, "supplements": [], "fee_due": False,
        "paid_online": False, "electronic_result": None, "digitised": None, "disliked": None, "as_of": at(11, 27),
        "first_seen_at": at(11, 27), "seen_at": at(11, 27), "missing_since": None,
    }  # fmt: skip
    return RegisteredDossier(**{**given, **values})


def form(opened: datetime, **values: Any) -> FormProgress:
    given: dict[str, Any] = {
        "draft_hash": f"h{next(_number)}", "procedure_code": "1.001193", "channel": "webchat", "place_id": "",
        "opened_at": opened, "touched_at": opened, "step": "field:child.full_name", "answered": 1, "outcome": "open",
        "ended_at": None,
    }  # fmt: skip
    return FormProgress(**{**given, **values})


def conversation(key: str = "c", channel: str = "webchat") -> Conversation:
    return Conversation(id=key, channel=channel, account="web", external_id=key, opened_at=at(1, 1))


def handoff(opened: datetime, key: str = "c", **values: Any) -> Handoff:
    given: dict[str, Any] = {
        "id": next(_number), "conversation_id": key, "reason": "asked", "summary": {}, "state": "closed",
        "procedure_code": "1.001193", "place_id": "phuong-kinh-bac", "opened_at": opened,
    }  # fmt: skip
    return Handoff(**{**given, **values})


def rating(of: int, score: str | None, rated: datetime | None, key: str = "c") -> Rating:
    return Rating(handoff_id=of, conversation_id=key, asked_at=rated or at(11, 1), score=score, rated_at=rated)


def question(received: datetime, key: str = "c", code: str | None = "1.001193", **values: Any) -> list[Any]:
    """A message and its answer."""
    number = next(_number)
    given: dict[str, Any] = {
        "id": number, "conversation_id": key, "channel": "webchat", "account": "web", "event_id": f"e{number}", "seq": number,
        "received_at": received, "outcome": "answered", "nlu": {"intent": "ask_fee"},
    }  # fmt: skip
    answer = Outbound(
        id=number, conversation_id=key, inbound_id=number, seq=None, author="bot", idempotency_key=f"k{number}", state="sent",
        message=BotMessage("Đây ạ", procedure_code=code).to_json(), created_at=received,
    )  # fmt: skip
    return [Inbound(**{**given, **values}), answer]


def put(database: Database, *rows: Any) -> None:
    with writing(database.sessions) as session:
        for row in rows:
            session.add_all(row if isinstance(row, list) else [row])
            session.flush()


def counted(database: Database, now: datetime, *months: date) -> None:
    count_months(database.sessions, agency_of, PERIODS, now, list(months) or None)


def cells(database: Database, month: date = NOVEMBER) -> dict[tuple[str, ...], int]:
    with database.sessions() as session:
        rows = session.scalars(select(UsageCount).where(UsageCount.month == month)).all()
    return {(row.measure, row.procedure_code, row.agency, row.place_id, row.channel, row.detail): row.n for row in rows}


def sums(database: Database, month: date = NOVEMBER) -> dict[str, int]:
    found: dict[str, int] = {}
    for key, n in cells(database, month).items():
        found[key[0]] = found.get(key[0], 0) + n
    return found


def day_count(day: date, messages: int, **values: Any) -> DailyCount:
    given: dict[str, Any] = {"channel": "webchat", "intent": "ask_fee", "procedure_code": "1.001193", "outcome": "answered"}
    return DailyCount(day=day, messages=messages, **{**given, **values})


def province(seed: int, dossiers: int) -> Iterable[Any]:
    """Dossiers and forms of several months, at random, also around the ends of months."""
    rng = random.Random(seed)
    begin = at(9, 1, 0)
    places = ("phuong-kinh-bac", "phuong-vo-cuong", "xa-tien-du", None)
    for _ in range(dossiers):
        received = begin + timedelta(minutes=rng.randrange(90 * 24 * 60))
        ended = received + timedelta(hours=rng.randrange(1, 900)) if rng.random() < 0.7 else None
        yield dossier(
            received,
            ended,
            procedure_code=rng.choice([*AGENCIES, "9.999999"]),
            agency=rng.choice(["tthcc-xa", "so-xay-dung", None]),
            place_id=rng.choice(places),
            channel=rng.choice(["online", "online", "direct", "postal"]),
            due_at=received + timedelta(hours=400) if rng.random() < 0.9 else None,
            supplements=[{"requested_at": "x", "answered_at": None}] * rng.choice([0, 0, 0, 1, 2, 3]),
            electronic_result=rng.choice([True, False, None]),
            missing_since=at(11, 20) if rng.random() < 0.03 else None,
        )
    for _ in range(dossiers // 3):
        opened = begin + timedelta(minutes=rng.randrange(90 * 24 * 60))
        yield form(
            opened,
            procedure_code=rng.choice(list(AGENCIES)),
            channel=rng.choice(["webchat", "zalo"]),
            place_id=rng.choice(places) or "",
            touched_at=opened + timedelta(hours=rng.randrange(1, 300)),
            step=rng.choice(["field:a", "field:b.c", "paper:cccd", "review", "handed_over"]),
            outcome=rng.choice(["open", "open", "sent", "cancelled", "expired"]),
        )
