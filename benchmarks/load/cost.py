"""What a webhook, a turn and a sending cost in a small and in a large ledger: our processor time and PostgreSQL's."""

import argparse
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

from cryptography.fernet import Fernet
from sqlalchemy import text

from benchmarks.load.history import ACCOUNT, BASE_CONVERSATIONS, CHANNEL, MESSAGES, fill
from benchmarks.load.kept import keep
from benchmarks.load.product import ledger
from benchmarks.load.watch import taken
from bot.conversations.clock import utc_now
from bot.conversations.events import CitizenMessage, DeliveryReceipt, Origin
from bot.conversations.outbox import Outbox
from bot.conversations.platform_changes import PlatformChanges
from bot.conversations.platform_intake import PlatformIntake
from bot.conversations.platform_parts import PartEnd, PlatformCall
from bot.conversations.private_values import PrivateValues
from bot.conversations.rate_slots import RatePace
from bot.conversations.speech import Line
from bot.conversations.turns import Claim, Conclusion, claim_next, conclude
from bot.messages import BotMessage, Button
from bot.storage.database import Database, open_database
from bot.storage.migrate import upgrade
from connectors.gateway.turn_rules import greeting

_LEASE = timedelta(seconds=300)
_ANSWER = BotMessage(
    "Lệ phí đăng ký khai sinh đúng hạn: miễn phí.", buttons=(Button("Giấy tờ", "ask_documents"), Button("Thời hạn", "ask_time"))
)
STEPS = ("webhook", "receipt", "claim", "conclude", "next_part", "end_part")


@dataclass
class Meter:
    """Milliseconds per call of each step: the wall clock's, our processor's, and the backend's on the database's side."""

    backend: int
    spent: dict[str, tuple[float, float, float]] = field(default_factory=dict)

    @contextmanager
    def of(self, step: str, count: int) -> Iterator[None]:
        """Measures ``count`` calls of a step."""
        wall, ours, theirs = time.perf_counter(), time.process_time(), self._theirs()
        yield
        found = (time.perf_counter() - wall, time.process_time() - ours, self._theirs() - theirs)
        self.spent[step] = tuple(1000 * seconds / count for seconds in found)  # type: ignore[assignment]

    def _theirs(self) -> float:
        found = taken(self.backend)
        return found.cpu_seconds if found is not None else 0.0


def measure(options: argparse.Namespace, say: Callable[[str], None]) -> int:
    """Fills the ledger in steps and measures after each; prints a table and keeps the figures."""
    found: dict[str, dict[str, tuple[float, float, float]]] = {}
    with tempfile.TemporaryDirectory() as folder, ledger("postgresql", Path(folder)) as url:
        upgrade(url)
        for times in options.times:
            database = open_database(url, pool_size=1)
            say(f"cost: {times}x = {times * BASE_CONVERSATIONS} conversations, {times * BASE_CONVERSATIONS * MESSAGES} messages")
            fill(database.engine, times * BASE_CONVERSATIONS)
            say("  measuring")
            _steps(database, 40, f"warm{times}")
            found[str(times)] = _steps(database, options.turns, f"run{times}")
            _take_away(database)
            database.engine.dispose()
    print_curve(found)
    keep("cost", {"turns": options.turns, "base_conversations": BASE_CONVERSATIONS, "messages": MESSAGES, "curve": found})
    return 0


def _steps(database: Database, count: int, name: str) -> dict[str, tuple[float, float, float]]:
    """Half of the citizens are of the history, half are new. One part of every message is sent."""
    with database.sessions() as session:
        meter = Meter(int(session.scalar(text("SELECT pg_backend_pid()")) or 0))
    private = PrivateValues(database.sessions, Fernet.generate_key().decode())
    intake = PlatformIntake(database.sessions, private, PlatformChanges(timedelta(minutes=30), greeting))
    paces = {CHANNEL: RatePace(1_000_000, 1_000_000)}
    outbox = Outbox(database.sessions, lambda _wanted: [PlatformCall("send", {"text": "x"}, "x")], paces, "sender", _LEASE)
    citizens = [f"citizen-{n * 7 + 1}" if n % 2 else f"{name}-{n}" for n in range(count)]
    with meter.of("webhook", count):
        for n, citizen in enumerate(citizens):
            intake.take_in([CitizenMessage(_origin(f"{name}-m{n}"), citizen, text="cho hỏi lệ phí đăng ký khai sinh")])
    with meter.of("claim", count):
        claims = [
            claim for _ in range(count) if (claim := claim_next(database.sessions, "worker", utc_now(), _LEASE)) is not None
        ]
    with meter.of("conclude", count):
        for claim in claims:
            conclude(database.sessions, claim, _conclusion(claim), utc_now())
    with meter.of("next_part", count):
        parts = [part for _ in range(count) if (part := outbox.next_part(utc_now())) is not None]
    with meter.of("end_part", count):
        for part in parts:
            outbox.end_part(part, PartEnd("sent", message_id=f"{name}-{part.delivery_id}"), utc_now())
    with meter.of("receipt", count):
        for n, part in enumerate(parts):
            receipt = DeliveryReceipt(_origin(f"{name}-r{n}"), part.external_id, "delivered", (f"{name}-{part.delivery_id}",))
            intake.take_in([receipt])
    if len(claims) != count or len(parts) != count:
        raise SystemExit(f"not all was done: {len(claims)} claims and {len(parts)} parts of {count}")
    return meter.spent


def _origin(event_id: str) -> Origin:
    return Origin(channel=CHANNEL, account=ACCOUNT, event_id=event_id, name="message", raw=b"{}" * 200, platform_at=utc_now())


def _conclusion(claim: Claim) -> Conclusion:
    return Conclusion("answered", claim.speaker, lines=(Line(_ANSWER),), nlu={"intent": "ask_fee"})


def _take_away(database: Database) -> None:
    """What was measured goes, so that the next size begins as this one did."""
    mine = "id >= 1000000000"
    with database.engine.begin() as connection:
        for statement in (
            f"DELETE FROM delivery WHERE {mine}",
            "DELETE FROM button WHERE outbound_id >= 1000000000",
            f"DELETE FROM outbound WHERE {mine}",
            f"DELETE FROM inbound WHERE {mine}",
            f"DELETE FROM channel_event WHERE {mine}",
            "DELETE FROM conversation WHERE external_id NOT LIKE 'citizen-%'",
        ):
            connection.exec_driver_sql(statement.replace("%", "%%"))


def print_curve(found: Mapping[str, Mapping[str, Any]]) -> None:
    """The table: each size beside the first."""
    sizes = list(found)
    print("ms per call: wall / ours / PostgreSQL's (processor), and the processors' sum × the first")
    print(f"{'':10}" + "".join(f"{size + 'x':>36}" for size in sizes))
    for step in STEPS:
        first = sum(found[sizes[0]][step][1:])
        cells = []
        for size in sizes:
            wall, ours, theirs = found[size][step]
            cells.append(f"{wall:8.2f} /{ours:7.2f} /{theirs:7.2f}  ×{(ours + theirs) / first:5.2f}")
        print(f"{step:10}" + "".join(f"{cell:>36}" for cell in cells))
