"""Dossiers for the hub's tests: one at a time, or a random month of them."""

import random
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy.orm import Session

from bot.catalogue.load import Offices, load_offices
from bot.clock import VIETNAM_TIME
from bot.reporting.indicators import IndicatorSet, load_indicators
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisteredDossier

DATA = PROJECT_ROOT / "data"
SEEN = datetime(2026, 11, 27, 1, 0, tzinfo=UTC)


@cache
def offices() -> Offices:
    """Places, agencies and the calendar that ship."""
    return load_offices(DATA / "catalogue")


@cache
def indicators() -> IndicatorSet:
    """The indicators that ship."""
    return load_indicators(DATA)


def vn(text: str) -> datetime:
    """A moment in Vietnam: ``2026-11-26 08:00``."""
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM_TIME)


def dossier(record_id: str, **values: Any) -> RegisteredDossier:
    """A dossier of the ward Kinh Bắc, received on the morning of 26/11/2026 and being worked on."""
    given: dict[str, Any] = {
        "record_id": record_id,
        "source_system": "provincial",
        "procedure_code": "1.004222",
        "unit_code": "H05.31",
        "unit_name": "Trung tâm Phục vụ hành chính công phường Kinh Bắc",
        "place_id": "phuong-kinh-bac",
        "agency": "tthcc-xa",
        "channel": "online",
        "status_code": "4",
        "received_at": vn("2026-11-26 08:00"),
        "due_at": vn("2026-12-01 17:00"),
        "ended_at": None,
        "supplements": [],
        "fee_due": False,
        "paid_online": False,
        "electronic_result": None,
        "digitised": None,
        "disliked": None,
        "as_of": SEEN,
        "first_seen_at": SEEN,
        "seen_at": SEEN,
        "missing_since": None,
    }
    return RegisteredDossier(**(given | values))


def register(database: Database, *rows: RegisteredDossier) -> None:
    """Puts the dossiers into the ledger."""
    with writing(database.sessions) as session:
        session.add_all(rows)


def random_month(session: Session, seed: int, many: int = 400) -> None:
    """A made-up month around the borders of November 2026, with every oddity that a portal's list can hold."""
    dice = random.Random(seed)
    units = [(f"H05.{n}", f"Đơn vị {n}", dice.choice([None, "phuong-kinh-bac", "xa-tien-luc"]), "tthcc-xa") for n in range(6)]
    for n in range(many):
        received = vn("2026-10-20 00:00") + timedelta(seconds=dice.randrange(45 * 86_400))
        received = dice.choice([received, received.replace(hour=0, minute=0, second=0), received.replace(hour=23, minute=59)])
        ended = dice.choice([None, received + timedelta(hours=dice.randrange(1, 500))])
        code, name, place, agency = dice.choice(units)
        session.add(
            dossier(
                f"r{seed}-{n:04}",
                unit_code=code,
                unit_name=name,
                place_id=place,
                agency=agency,
                procedure_code=f"1.{dice.randrange(8):06}",
                channel=dice.choice(["online", "direct", "postal"]),
                status_code=dice.choice(["1", "2", "4", "5", "6", "9", "10", "77"]),
                received_at=dice.choice([received] * 9 + [None]),
                due_at=dice.choice([None, *[received + timedelta(hours=dice.randrange(24, 300))] * 9]),
                ended_at=ended,
                supplements=_rounds(dice, received),
                fee_due=dice.random() < 0.5,
                paid_online=dice.random() < 0.6,
                electronic_result=dice.choice([True, False, None]),
                digitised=dice.choice([True, False, None]),
                disliked=dice.choice([True, False, False, None]),
                missing_since=dice.choice([None] * 19 + [SEEN]),
            )
        )


def _rounds(dice: random.Random, received: datetime) -> Any:
    rounds: list[Any] = []
    for _ in range(dice.choice([0, 0, 0, 1, 1, 2])):
        asked = received + timedelta(hours=dice.randrange(300))
        answered = dice.choice([None, (asked + timedelta(hours=dice.randrange(-5, 200))).isoformat()])
        rounds.append({"requested_at": dice.choice([asked.isoformat()] * 9 + ["hôm qua"]), "answered_at": answered})
    return dice.choice([rounds] * 19 + [["?", {"requested_at": None}]])
