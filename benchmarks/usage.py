"""What the nightly count of usage costs: ``python -m benchmarks.usage``.

A made-up year of 150,000 dossiers, 300,000 messages and 30,000 guided submissions, on SQLite and, where one answers, on
PostgreSQL. Counted: 13 months anew, each in its transaction. Beside it the same figures of one month, row by row in Python
(``motcua usage reconcile``); the ratio of the two for the same month hardly depends on what else the machine does. The daily
counts that questions come from are made as messages come, and are timed apart.
"""

import argparse
import random
import tempfile
import time
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import insert

from bot.clock import VIETNAM_TIME
from bot.retention.daily_counts import count_days
from bot.retention.policy import shipped_periods
from bot.storage.database import Database, open_database, writing
from bot.storage.evidence_models import RegisteredDossier
from bot.storage.migrate import upgrade
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.usage_models import FormProgress
from bot.usage.board import BoardReader, Selection
from bot.usage.counting import count_months
from bot.usage.months import moved
from bot.usage.reconcile import reconcile
from tests.databases import fresh_postgres, postgres_server

NOW = datetime(2026, 11, 27, 9, tzinfo=VIETNAM_TIME)
BEGIN = NOW - timedelta(days=360)
MONTH = date(2026, 10, 1)
_CODES = [f"1.{number:06d}" for number in range(400)]
_PLACES = [f"phuong-{number}" for number in range(99)]
_AT_ONCE = 5_000


def agency_of(code: str) -> str:
    """An agency for each code."""
    return f"agency-{code[-1]}"


def _dossiers(rng: random.Random, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        received = BEGIN + (NOW - BEGIN) * rng.random()
        ended = received + timedelta(hours=rng.randrange(1, 400)) if rng.random() < 0.8 else None
        yield {
            "record_id": f"r{number}", "source_system": "provincial", "procedure_code": rng.choice(_CODES), "unit_code": "u",
            "unit_name": "u", "place_id": rng.choice(_PLACES), "agency": "tthcc-xa", "status_code": "4", "received_at": received,
            "channel": rng.choice(["online", "online", "direct", "postal"]), "due_at": received + timedelta(days=10),
            "ended_at": ended, "supplements": [{"requested_at": "x"}] * rng.choice([0, 0, 0, 1, 2]), "fee_due": False,
            "paid_online": False, "electronic_result": True, "as_of": NOW, "first_seen_at": NOW, "seen_at": NOW,
        }  # fmt: skip


def _forms(rng: random.Random, count: int) -> Iterator[dict[str, Any]]:
    for number in range(count):
        opened = BEGIN + (NOW - BEGIN) * rng.random()
        yield {
            "draft_hash": f"h{number}", "procedure_code": rng.choice(_CODES[:20]), "channel": "webchat", "place_id": "",
            "opened_at": opened, "touched_at": opened, "step": f"field:{rng.randrange(20)}", "answered": 1,
            "outcome": rng.choice(["open", "sent", "cancelled"]),
        }  # fmt: skip


def _messages(rng: random.Random, count: int) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    for number in range(1, count + 1):
        at = BEGIN + (NOW - BEGIN) * rng.random()
        talk = f"c{number % 20_000}"
        yield (
            {
                "id": number, "conversation_id": talk, "channel": "webchat", "account": "web", "event_id": f"e{number}",
                "seq": number, "received_at": at, "outcome": "answered",
                "nlu": {"intent": rng.choice(["ask_fee", "ask_documents", "find_procedure", "greet"])},
            },
            {
                "id": number, "conversation_id": talk, "inbound_id": number, "author": "bot", "state": "sent",
                "message": {"text": "x", "procedure_code": rng.choice(_CODES)}, "idempotency_key": f"k{number}", "created_at": at,
            },
        )  # fmt: skip


def fill(database: Database, dossiers: int, messages: int) -> None:
    """The made-up year."""
    rng = random.Random(5)
    with writing(database.sessions) as session:
        talks = [
            {"id": f"c{number}", "channel": "webchat", "account": "web", "external_id": f"c{number}", "opened_at": BEGIN}
            for number in range(20_000)
        ]
        session.execute(insert(Conversation), talks)
    for table, rows in ((RegisteredDossier, _dossiers(rng, dossiers)), (FormProgress, _forms(rng, dossiers // 5))):
        for batch in _batches(rows):
            with writing(database.sessions) as session:
                session.execute(insert(table), batch)
    for batch in _batches(_messages(rng, messages)):
        with writing(database.sessions) as session:
            session.execute(insert(Inbound), [one for one, _ in batch])
            session.execute(insert(Outbound), [answer for _, answer in batch])


def _batches(rows: Iterator[Any]) -> Iterator[list[Any]]:
    batch = []
    for row in rows:
        batch.append(row)
        if len(batch) == _AT_ONCE:
            yield batch
            batch = []
    if batch:
        yield batch


def measure(name: str, database: Database, dossiers: int, messages: int) -> None:
    """Fills, counts and prints."""
    fill(database, dossiers, messages)
    began = time.monotonic()
    while True:
        with writing(database.sessions) as session:
            if not count_days(session, NOW):
                break
    days = time.monotonic() - began
    began = time.monotonic()
    cells = count_months(database.sessions, agency_of, shipped_periods(), NOW)
    year = time.monotonic() - began
    again = time.monotonic()
    count_months(database.sessions, agency_of, shipped_periods(), NOW)
    again = time.monotonic() - again
    began = time.monotonic()
    count_months(database.sessions, agency_of, shipped_periods(), NOW, [MONTH])
    month = time.monotonic() - began
    began = time.monotonic()
    with database.sessions() as session:
        found = reconcile(session, MONTH, agency_of, shipped_periods())
    rows = time.monotonic() - began
    looks = []
    reader = BoardReader(database.sessions)
    for _ in range(2):
        began = time.monotonic()
        reader.read(Selection(moved(MONTH, -11), MONTH))
        looks.append(time.monotonic() - began)
    print(f"{name}: {dossiers} dossiers, {messages} messages; daily counts {days:.1f} s")
    print(f"  13 months counted in {year:.1f} s, once more in {again:.1f} s ({sum(cells.values())} cells)")
    print(f"  one month: counted in {month:.2f} s, row by row in {rows:.2f} s, ratio {rows / month:.0f}")
    print(f"  the board of a year: read in {looks[0]:.2f} s for the first time, then in {looks[1]:.3f} s")
    print(f"  {len(found.differences)} of {found.cells} cells differ")


def main() -> None:
    """Both databases."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=150_000)
    parser.add_argument("--messages", type=int, default=300_000)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="motcua-usage-") as folder:
        url = f"sqlite:///{folder}/ledger.sqlite3"
        upgrade(url)
        measure("SQLite", open_database(url), asked.dossiers, asked.messages)
    if postgres_server() is not None:
        with fresh_postgres() as url:
            upgrade(url)
            database = open_database(url)
            measure("PostgreSQL", database, asked.dossiers, asked.messages)
            database.engine.dispose()


if __name__ == "__main__":
    main()
