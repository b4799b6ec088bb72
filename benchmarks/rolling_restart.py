"""What a rolling restart of the whole product costs citizens: ``python -m benchmarks.rolling_restart``.

Starts the real processes on free ports (SQLite, or the empty database of ``--database``), lets citizens write in the web chat
at a steady rate, renews every process, and counts. Ends with 1 where a message was refused for good, lost, or answered twice.
"""

import argparse
import sys
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import httpx
from sqlalchemy import func, select

from benchmarks.chaos.product import shaken_settings, started
from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.storage.models import Inbound, Outbound
from motcua import stack
from motcua.processes import product_processes

CITIZENS, EVERY = 6, 3.0
BEFORE, AFTER, CALM = 15.0, 15.0, 180.0
QUESTION = "lệ phí đăng ký khai sinh là bao nhiêu"


@dataclass
class Citizen:
    """Writes at a steady rate; a broken connection or a 5xx is sent again with the same id, as the page does."""

    base: str
    accepted: list[float] = field(default_factory=list)
    repeated: int = 0

    def write(self, over: threading.Event) -> None:
        """Until told to stop."""
        with httpx.Client(base_url=self.base, timeout=30) as http:
            opened = http.post("/webchat/session").raise_for_status().json()
            headers = {"Authorization": f"Bearer {opened['token']}"}
            while not over.wait(EVERY):
                body = {"client_id": str(uuid4()), "text": QUESTION}
                while not self._taken(http, headers, body):
                    self.repeated += 1
                    time.sleep(0.2)
                self.accepted.append(time.monotonic())

    def _taken(self, http: httpx.Client, headers: dict[str, str], body: dict[str, str]) -> bool:
        try:
            answer = http.post("/webchat/messages", json=body, headers=headers)
        except httpx.TransportError:
            return False
        return answer.status_code < 500 and bool(answer.raise_for_status())


def main() -> int:
    """Runs once and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database", help="address of an empty PostgreSQL database; SQLite where empty")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="motcua-rolling-") as folder:
        settings = shaken_settings(Path(folder), arguments.database).model_copy(update={"channels": ""})
        stack.prepare(settings, print)
        return _measure(settings)


def _measure(settings: Settings) -> int:
    over, citizens = threading.Event(), [Citizen(f"http://127.0.0.1:{settings.gateway_port}") for _ in range(CITIZENS)]
    with started(settings, product_processes(settings), print) as supervisor, ThreadPoolExecutor(CITIZENS) as threads:
        writing = [threads.submit(citizen.write, over) for citizen in citizens]
        try:
            time.sleep(BEFORE)
            began = time.monotonic()
            renewed = supervisor.renew()
            took = time.monotonic() - began
            time.sleep(AFTER)
        finally:
            over.set()
        for one in writing:
            one.result()
        database = open_database(settings.database_url)
        sent = sum(len(citizen.accepted) for citizen in citizens)
        _wait_for_calm(database)
        return _told(database, citizens, sent, renewed, took)


def _wait_for_calm(database: Database) -> None:
    end = time.monotonic() + CALM
    while time.monotonic() < end:
        with database.sessions() as session:
            if not session.scalar(select(func.count()).select_from(Inbound).where(Inbound.outcome.is_(None))):
                return
        time.sleep(1)


def _told(database: Database, citizens: list[Citizen], sent: int, renewed: bool, took: float) -> int:
    with database.sessions() as session:
        rows = session.execute(select(Inbound.outcome, Inbound.received_at, Inbound.finished_at)).all()
        twice = session.execute(
            select(Outbound.inbound_id)
            .where(Outbound.inbound_id.is_not(None))
            .group_by(Outbound.inbound_id)
            .having(func.count(func.distinct(Outbound.created_at)) > 1)
        ).all()
    database.engine.dispose()
    gaps = [b - a for citizen in citizens for a, b in zip(citizen.accepted, citizen.accepted[1:], strict=False)]
    waits = sorted((row.finished_at - row.received_at).total_seconds() for row in rows if row.finished_at)
    print(f"all processes renewed: {renewed}, in {took:.0f} s")
    outcomes = dict(Counter(row.outcome for row in rows))
    print(f"messages sent {sent}, in the ledger {len(rows)}, twice {len(twice)}, outcomes {outcomes}")
    print(f"posts repeated after a broken connection or 5xx: {sum(citizen.repeated for citizen in citizens)}")
    print(f"longest gap between two accepted messages of a citizen: {max(gaps):.1f} s (one every {EVERY:.0f} s is written)")
    print(f"from message to answer: median {waits[len(waits) // 2]:.1f} s, longest {waits[-1]:.1f} s")
    lost = sent - len(rows) + sum(row.outcome is None for row in rows)
    return 0 if renewed and not lost and not twice else 1


if __name__ == "__main__":
    sys.exit(main())
