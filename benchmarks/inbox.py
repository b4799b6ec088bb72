"""What 200 officers' open inbox pages cost: ``python -m benchmarks.inbox`` (``make bench-inbox``).

Each page asks for its list every 4 seconds, at fixed moments, while citizens go on writing. The console runs as a process on
SQLite and, where one answers, on PostgreSQL: once with each page reading for itself (``INBOX_SHARED_SECONDS=0``), once sharing
what was read for one of them. The last line of each database is the ratio of the console's own processor time for one question,
which, unlike the milliseconds, hardly depends on what else the machine does.
"""

import argparse
import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import httpx
from cryptography.fernet import Fernet

from bot.accounts.keyed_hash import KeyedHash
from bot.accounts.sessions import AccountSessions, Browser, Lifetimes
from bot.conversations.clock import utc_now
from bot.storage.account_models import Account
from bot.storage.database import Database, open_database, writing
from bot.storage.migrate import upgrade
from bot.storage.models import Conversation, Handoff, Inbound
from tests.databases import fresh_postgres, postgres_server
from tests.engine_process import free_port

EVERY = 4.0
"""Seconds between two questions of a page."""
_WRITES_EVERY = 0.5
_MESSAGES = 6


@dataclass(frozen=True)
class Cost:
    """Milliseconds of each answer, processor milliseconds of the console for one, and how many were no answer."""

    milliseconds: list[float]
    processor: float
    failed: int

    def percentile(self, share: float) -> float:
        """The time within which this share was answered."""
        return sorted(self.milliseconds)[min(len(self.milliseconds) - 1, int(len(self.milliseconds) * share))]


def fill(database: Database, keys: KeyedHash, officers: int, waiting: int) -> list[str]:
    """Officers who are signed in and citizens who wait; the tokens of the officers' sessions."""
    now, opened = utc_now(), AccountSessions(database.sessions, keys, utc_now, Lifetimes())
    with writing(database.sessions) as session:
        names = [f"officer{number}" for number in range(officers)]
        session.add_all(
            Account(
                id=name, login=name, display_name=name, roles=["officer"], all_agencies=True, agencies=[], state="active",
                must_change_password=False, totp_confirmed_at=now, created_at=now, updated_at=now,
            )
            for name in names
        )  # fmt: skip
        session.flush()
        tokens = [opened.open_within(session, name, Browser("127.0.0.1", "bench"), second_factor_given=True) for name in names]
    with writing(database.sessions) as session:
        for number in range(waiting):
            name, at = f"talk{number}", now - timedelta(minutes=waiting - number)
            talk = Conversation(id=name, channel="telegram", account="bot", external_id=name, speaker="waiting", opened_at=at)
            talk.last_seq = _MESSAGES
            session.add(talk)
            session.flush()
            session.add_all(_message(name, seq) for seq in range(1, _MESSAGES + 1))
            summary = {"procedure_name": "Đăng ký khai sinh"}
            handoff = Handoff(conversation_id=name, reason="asked", summary=summary, opened_at=at, team="tthcc-tinh")
            handoff.waiting_since, handoff.answer_due_at, handoff.number = at, now + timedelta(hours=8), f"YC{number}"
            session.add(handoff)
    return tokens


def _message(conversation: str, seq: int) -> Inbound:
    return Inbound(
        conversation_id=conversation, channel="telegram", account="bot", event_id=f"{conversation}:{seq}", seq=seq,
        text=f"cho tôi hỏi giấy khai sinh {seq}", received_at=utc_now(), outcome="waiting_for_officer",
    )  # fmt: skip


@contextmanager
def console(url: str, key: str, shared_seconds: float) -> Iterator[tuple[int, str]]:
    """A console as a process: its number and address."""
    port = free_port()
    own = {
        "DATABASE_URL": url,
        "ENGINE_SECRET": "x",
        "LEDGER_KEY": key,
        "WEB_SESSION_SECRET": "x" * 40,
        "CONSOLE_PORT": str(port),
    }
    environment = os.environ | own | {"INBOX_SHARED_SECONDS": str(shared_seconds), "LOG_LEVEL": "WARNING"}
    process = subprocess.Popen(
        [sys.executable, "-m", "console"], cwd=os.getcwd(), env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    address = f"http://127.0.0.1:{port}"
    try:
        for _ in range(600):
            try:
                if httpx.get(address + "/health").status_code == 200:
                    break
            except httpx.TransportError:
                time.sleep(0.1)
        else:
            raise SystemExit("the console did not start within a minute")
        yield process.pid, address
    finally:
        process.terminate()
        process.wait(20)


async def ask(address: str, process: int, tokens: list[str], database: Database, seconds: float) -> Cost:
    """All pages for this long."""
    found: list[float] = []
    failed = 0
    known: dict[str, str] = {}
    limits = httpx.Limits(max_connections=100, max_keepalive_connections=100)
    async with httpx.AsyncClient(base_url=address, limits=limits, timeout=30) as client:
        await asyncio.gather(*(_asked(client, token, known) for token in tokens[:10]))
        before, begin = processor_seconds(process), time.monotonic()
        writer = asyncio.create_task(_write(database, begin + seconds))

        async def page(number: int, token: str) -> None:
            nonlocal failed
            at = begin + EVERY * number / len(tokens)
            while at < begin + seconds:
                await asyncio.sleep(max(0.0, at - time.monotonic()))
                asked = time.monotonic()
                if await _asked(client, token, known):
                    found.append(1000 * (time.monotonic() - asked))
                else:
                    failed += 1
                at += EVERY

        await asyncio.gather(*(page(number, token) for number, token in enumerate(tokens)))
        used = processor_seconds(process) - before
        await writer
    return Cost(found, 1000 * used / max(1, len(found)), failed)


async def _asked(client: httpx.AsyncClient, token: str, known: dict[str, str]) -> bool:
    """One question of a page, which sends what it shows; whether it was answered."""
    query = f"?known={known[token]}" if token in known else ""
    answer = await client.get("/inbox/rows" + query, headers={"Cookie": f"motcua_session={token}"})
    if answer.status_code == 200:
        known[token] = answer.text.partition("known=")[2].partition('"')[0]
    return answer.status_code in (200, 204)


async def _write(database: Database, until: float) -> None:
    """Citizens write meanwhile."""
    number = 0
    while time.monotonic() < until:
        number += 1
        await asyncio.to_thread(_write_one, database, number)
        await asyncio.sleep(_WRITES_EVERY)


def _write_one(database: Database, number: int) -> None:
    with writing(database.sessions) as session:
        talk = session.get_one(Conversation, f"talk{number % 20}", with_for_update=True)
        talk.last_seq += 1
        session.add(_message(talk.id, talk.last_seq))


def processor_seconds(process: int) -> float:
    """Processor time that the process has used so far, in seconds."""
    fields = Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def measure(name: str, url: str, officers: int, waiting: int, seconds: float, ways: list[tuple[str, float]]) -> None:
    """Prints what each way costs on this database, and the ratio of the first to the last."""
    upgrade(url)
    database, key = open_database(url), Fernet.generate_key().decode()
    try:
        tokens = fill(database, KeyedHash(key), officers, waiting)
        costs = []
        for way, shared in ways:
            with console(url, key, shared) as (process, address):
                cost = asyncio.run(ask(address, process, tokens, database, seconds))
            costs.append(cost)
            print(
                f"{name}, {way}: {len(cost.milliseconds)} answers, {cost.failed} failed, p50 {cost.percentile(0.5):.1f} ms, "
                f"p95 {cost.percentile(0.95):.1f} ms, {cost.processor:.2f} ms of processor each",
                flush=True,
            )
        if len(costs) > 1:
            print(f"{name}: ratio {costs[0].processor / costs[-1].processor:.2f}", flush=True)
    finally:
        database.engine.dispose()


def main() -> None:
    """Measures both databases."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--officers", type=int, default=200)
    options.add_argument("--waiting", type=int, default=300, help="citizens who wait")
    options.add_argument("--seconds", type=float, default=20)
    options.add_argument("--one-way", action="store_true", help="only as it is, without comparing")
    asked = options.parse_args()
    ways = [("as it is", 2.0)] if asked.one_way else [("each page for itself", 0.0), ("shared", 2.0)]
    given = (asked.officers, asked.waiting, asked.seconds, ways)
    with tempfile.TemporaryDirectory(prefix="motcua-bench-") as folder:
        measure("SQLite", f"sqlite:///{folder}/ledger.sqlite3", *given)
    if postgres_server() is not None:
        with fresh_postgres() as url:
            measure("PostgreSQL", url, *given)


if __name__ == "__main__":
    main()
