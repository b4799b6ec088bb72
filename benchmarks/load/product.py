"""The product that is loaded: its real processes on free ports of this machine, with a ledger of their own."""

import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from benchmarks.load.traffic import CHANNELS
from bot.settings import Settings
from motcua import stack
from motcua.platforms import connect_simulators
from motcua.preparation import child_environment
from motcua.processes import ProcessSpec, product_processes
from motcua.supervisor import Supervisor
from tests.databases import fresh_postgres

Say = Callable[[str], None]
_AUTOVACUUM_EVERY = 60.0
"""PostgreSQL's own ``autovacuum_naptime``, seconds."""

LEFT_OUT = ("console", "trainer", "engine-b")
"""Processes that no message meets."""


@dataclass(frozen=True)
class Product:
    """A product that runs."""

    settings: Settings
    supervisor: Supervisor


@contextmanager
def ledger(database: str, folder: Path) -> Iterator[str]:
    """The address of an empty ledger. On PostgreSQL each commit waits for the disk, as it does in production."""
    if database == "sqlite":
        yield f"sqlite:///{folder / 'ledger.sqlite3'}"
        return
    with fresh_postgres(to_the_disk=True) as url, vacuumed(url):
        yield url


@contextmanager
def vacuumed(url: str) -> Iterator[None]:
    """Dead rows are cleared away once a minute, as a server in production does by itself: nothing is done where this one does."""
    address = url.replace("+psycopg", "")
    with psycopg.connect(address) as server:
        by_itself = server.execute("SHOW autovacuum").fetchone() == ("on",)
    if by_itself:
        yield
        return
    over = threading.Event()

    def clear_away() -> None:
        with psycopg.connect(address, autocommit=True) as admin:
            while not over.wait(_AUTOVACUUM_EVERY):
                admin.execute("VACUUM (ANALYZE)")

    clearing = threading.Thread(target=clear_away, name="vacuum", daemon=True)
    clearing.start()
    try:
        yield
    finally:
        over.set()
        clearing.join()


@contextmanager
def running(database: str, workers: int, senders: int, engines: int, say: Say) -> Iterator[Product]:
    """The product, healthy and connected with the simulators; stopped at the end, its folder gone."""
    with tempfile.TemporaryDirectory(prefix="motcua-load-") as name, ledger(database, Path(name)) as url:
        base = stack.load_settings().model_copy(update={"channels": ",".join(CHANNELS), "platform_simulators": True})
        several = {"worker_processes": workers, "sender_processes": senders, "engine_processes": engines}
        known = {key: value for key, value in several.items() if key in Settings.model_fields}
        settings = stack.private_settings(base, Path(name)).model_copy(update={"database_url": url, "log_level": "INFO"} | known)
        stack.prepare(settings, say)
        with started(settings, [spec for spec in product_processes(settings) if spec.name not in LEFT_OUT], say) as supervisor:
            yield Product(settings, supervisor)


@contextmanager
def started(settings: Settings, specs: list[ProcessSpec], say: Say) -> Iterator[Supervisor]:
    """The processes of a product that is prepared."""
    supervisor = Supervisor(specs, settings.var_dir / "log", child_environment(settings), say)
    supervisor.start()
    try:
        supervisor.wait_healthy()
        connect_simulators(settings, say)
        time.sleep(1.0)
        yield supervisor
    finally:
        supervisor.stop()
