"""What needs a server that is not there is left out of the run, and the summary says so in one line."""

import os
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import HealthCheck, settings

from tests import cheaper
from tests.databases import WANTED, bare_postgres, migrated_postgres, postgres_server, take_back
from tests.pgbouncer import pgbouncer, pgbouncer_binary
from tests.sharing_out import SharedOut, in_line

# A slow machine is no fault of the code: speed is measured in benchmarks/.
settings.register_profile("motcua", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("motcua")
cheaper.everything()

_BROWSER_TESTS = Path(__file__).parent / "browser"
_LEFT_OUT: dict[str, int] = {}


def pytest_configure(config: pytest.Config) -> None:
    """A command leaves its connections to the end of its process, which here is not the end of the test: the driver of
    PostgreSQL says so, that of SQLite does not."""
    if WANTED in ("postgresql", "pgbouncer"):
        config.addinivalue_line("filterwarnings", "ignore:.*psycopg.*was deleted while still open:ResourceWarning")
        config.addinivalue_line("filterwarnings", "ignore:.*BaseConnection.__del__:pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(autouse=True)
def ledger_taken_back() -> Iterator[None]:
    """The first of a test's fixtures, so that its end comes after all others."""
    yield
    take_back()


def redis_answers() -> bool:
    """Whether the Redis of REDIS_URL, or the one on this machine, takes connections."""
    address = urlsplit(os.environ.get("REDIS_URL", "redis://127.0.0.1:6379"))
    try:
        socket.create_connection((address.hostname or "127.0.0.1", address.port or 6379), timeout=5).close()
    except OSError:
        return False
    return True


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leaves out the tests whose server does not answer."""
    present = {
        "postgres": postgres_server() is not None,
        "redis": redis_answers(),
        "redis_server": shutil.which("redis-server") is not None and shutil.which("redis-cli") is not None,
        "pgbouncer": postgres_server() is not None and pgbouncer_binary() is not None,
    }
    missing = {name for name, there in present.items() if not there}
    left_out = [item for item in items if missing & {mark.name for mark in item.iter_markers()}]
    for name in missing:
        _LEFT_OUT[name] = sum(item.get_closest_marker(name) is not None for item in left_out)
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]
    if hasattr(config, "workerinput"):
        items[:] = in_line(items)
    else:
        # The slowest to start comes last.
        items.sort(key=lambda item: _BROWSER_TESTS in item.path.parents)


def pytest_collection_finish() -> None:
    """From here on the tests run. Not called in the process that only gives them out to workers."""
    cheaper.collected_is_kept()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> SharedOut:
    """Several workers (``-n 2``) share the tests out as ``tests/sharing_out.py`` says. Called where no test is collected."""
    cheaper.collected_is_kept()
    return SharedOut(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Takes over what a worker left out: all of them collect the same tests."""
    _LEFT_OUT.update(getattr(node, "workeroutput", {}).get("left_out", {}))


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Drops the databases that the tests used one after the other; a worker tells what it left out."""
    pgbouncer.stop()
    migrated_postgres.drop()
    bare_postgres.drop()
    if hasattr(session.config, "workeroutput"):
        session.config.workeroutput["left_out"] = _LEFT_OUT


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Says what was left out and where the ledger's tests ran."""
    where = (
        f"{WANTED} alone" if WANTED else "SQLite and PostgreSQL" if postgres_server() else "SQLite only (no PostgreSQL answered)"
    )
    redis = "" if "redis" not in _LEFT_OUT else f"; {_LEFT_OUT['redis']} tests with Redis left out (no Redis answered)"
    reason = "pgbouncer is not installed" if postgres_server() else "no PostgreSQL answered"
    left = _LEFT_OUT.get("pgbouncer", 0)
    pooled = f"; {left} tests behind PgBouncer left out ({reason})" if left else ""
    own = _LEFT_OUT.get("redis_server", 0)
    without = f"; {own} tests with a Redis of their own left out (redis-server is not installed)" if own else ""
    terminalreporter.write_line(f"ledger tests ran on {where}{redis}{without}{pooled}")
