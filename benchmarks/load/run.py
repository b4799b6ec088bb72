"""One run: citizens write, the processes are watched, all is waited for, and the verdict is made."""

import asyncio
import secrets
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select, text

from benchmarks.load.figures import least_of_core
from benchmarks.load.outcome import Outcome, judge, read_turns, still_to_do
from benchmarks.load.phones import Phones
from benchmarks.load.posting import Platforms, Posted, post_all
from benchmarks.load.product import Product
from benchmarks.load.statements import Statement, Statements
from benchmarks.load.traffic import Said
from benchmarks.load.watch import Taken, postgres_cpu_seconds, taken_by
from bot.storage.channel_models import ChannelEvent
from bot.storage.database import Database, open_database

_LOOKED_EVERY = 1.0
_IDLE_SECONDS, _IDLE_WINDOWS = 5.0, 3


@dataclass(frozen=True)
class Look:
    """What was seen at a moment of the run (seconds from its start)."""

    at: float
    unanswered: int
    unsent: int
    connections: int
    processes: dict[str, Taken]


@dataclass
class Run:
    """What a run gave. ``cpu_seconds``: of each process from the first message to the last answer, ``elapsed`` seconds,
    PostgreSQL's beside them; ``idle_cores``: what each took of a core before anybody wrote; ``events``: other events of the
    platforms (echoes, receipts) that the gateway took in meanwhile; ``statements``: what PostgreSQL was asked, where that was
    counted."""

    began: float
    posted: list[Posted]
    outcome: Outcome
    looks: list[Look]
    cpu_seconds: dict[str, float]
    idle_cores: dict[str, float]
    elapsed: float
    events: int
    drained_seconds: float | None
    statements: Sequence[Statement] = ()


@dataclass
class Watcher:
    """Looks at the processes and the ledger once a second until it is told to stop."""

    product: Product
    database: Database
    looks: list[Look] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)
    _began: float = 0.0

    def start(self, began: float) -> threading.Thread:
        """Begins to look."""
        self._began = began
        thread = threading.Thread(target=self._watch, name="watcher", daemon=True)
        thread.start()
        return thread

    def stop(self, thread: threading.Thread) -> None:
        """Ends it."""
        self._stop.set()
        thread.join()

    def _watch(self) -> None:
        while not self._stop.wait(_LOOKED_EVERY):
            with self.database.sessions() as session:
                unanswered, unsent = still_to_do(session)
            processes = taken_by(self.product.supervisor.pids())
            self.looks.append(Look(time.time() - self._began, unanswered, unsent, _connections(self.database), processes))


def carry_out(
    product: Product, talk: Sequence[Said], drain_seconds: float, say: Callable[[str], None], *, statements: bool = False
) -> Run:
    """Everybody writes; then all is waited for, at most ``drain_seconds``. ``statements``: PostgreSQL's are counted."""
    database = open_database(product.settings.database_url)
    phones = Phones(product.settings, max(said.citizen for said in talk) + 1)
    try:
        say(f"  {len(phones.users)} công dân mở trò chuyện")
        phones.begin()
        _wait_until_done(database, 600)
        idle = _idle(product)
        run = f"load{secrets.token_hex(4)}."
        watcher = Watcher(product, database)
        counting = Statements(product.settings.database_url.replace("+psycopg", "")) if statements else None
        if counting is not None:
            counting.begin()
        events, before = _events(database), _cpu(product)
        began = time.time()
        thread = watcher.start(began)
        say(f"  {len(talk)} tin trong {talk[-1].at:.0f} s")
        posted = asyncio.run(post_all(Platforms(product.settings, phones.users), talk, run))
        ended = time.time()
        done = _wait_until_done(database, drain_seconds)
        after, elapsed = _cpu(product), time.time() - began
        watcher.stop(thread)
        counted = counting.counted() if counting is not None else ()
        with database.sessions() as session:
            turns = read_turns(session, run)
        outcome = judge(posted, turns, list(phones.shown()))
        used = {name: after[name] - before[name] for name in after if name in before}
        drained = time.time() - ended if done else None
        return Run(began, posted, outcome, watcher.looks, used, idle, elapsed, _events(database) - events, drained, counted)
    finally:
        phones.close()
        database.engine.dispose()


def _wait_until_done(database: Database, seconds: float) -> bool:
    ends = time.time() + seconds
    while time.time() < ends:
        with database.sessions() as session:
            if still_to_do(session) == (0, 0):
                return True
        time.sleep(0.5)
    return False


def _idle(product: Product) -> dict[str, float]:
    """What every process takes of a core while nobody writes."""
    looks = [_cpu(product)]
    for _ in range(_IDLE_WINDOWS):
        time.sleep(_IDLE_SECONDS)
        looks.append(_cpu(product))
    return least_of_core(looks, _IDLE_SECONDS)


def _cpu(product: Product) -> dict[str, float]:
    used = {name: found.cpu_seconds for name, found in taken_by(product.supervisor.pids()).items()}
    url = product.settings.database_url
    postgres = postgres_cpu_seconds(url.replace("+psycopg", "")) if url.startswith("postgres") else None
    return used | ({"postgresql": postgres} if postgres is not None else {})


def _events(database: Database) -> int:
    with database.sessions() as session:
        return session.scalar(select(func.count()).select_from(ChannelEvent)) or 0


def _connections(database: Database) -> int:
    """How many connections the database has; 0 on SQLite."""
    if database.engine.dialect.name != "postgresql":
        return 0
    with database.engine.connect() as connection:
        found = connection.execute(text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"))
        return int(found.scalar_one())
