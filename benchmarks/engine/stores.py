"""Where the conversations and the locks are kept: as each side comes, or in PostgreSQL and Redis for all sides alike."""

import secrets
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import psycopg
from psycopg import sql
from sqlalchemy.engine import URL, make_url

from bot.storage.migrate import upgrade

StoreKind = Literal["default", "shared"]
STORES: dict[StoreKind, str] = {
    "default": "as each comes: stock Rasa in memory, ours in a SQLite file",
    "shared": "PostgreSQL and Redis on both sides",
}


@dataclass(frozen=True)
class Stores:
    """``tracker``: None where each side keeps conversations as it comes. ``ledger``: of the action server."""

    kind: StoreKind
    ledger: str
    tracker: URL | None = None
    redis_url: str | None = None

    def tracker_url(self, folder: Path) -> str:
        """Ours: PostgreSQL, or a new file in the folder."""
        if self.tracker is None:
            return f"sqlite:///{folder / 'tracker.sqlite3'}"
        return self.tracker.render_as_string(hide_password=False)

    def databases(self) -> list[str]:
        """The names of the PostgreSQL databases; none where files are used."""
        return [str(self.tracker.database), str(make_url(self.ledger).database)] if self.tracker is not None else []

    def stock_endpoints(self, actions_url: str) -> dict[str, Any]:
        """The content of stock Rasa's ``endpoints.yml``."""
        found: dict[str, Any] = {"action_endpoint": {"url": actions_url}}
        if self.tracker is not None and self.redis_url is not None:
            found["tracker_store"] = {
                "type": "SQL",
                "dialect": "postgresql",
                "url": self.tracker.host,
                "port": self.tracker.port or 5432,
                "db": self.tracker.database,
                "username": self.tracker.username,
                "password": self.tracker.password or "",
            }
            place = make_url(self.redis_url)
            found["lock_store"] = {
                "type": "redis",
                "url": place.host,
                "port": place.port or 6379,
                "db": int(place.database or 0),
            }
        return found


def why_not_shared(server: URL, redis_url: str) -> str | None:
    """Why PostgreSQL and Redis cannot be measured here; None where they can."""
    try:
        psycopg.connect(_plain(server), connect_timeout=5).close()
    except psycopg.OperationalError as error:
        return f"PostgreSQL: {str(error).splitlines()[0]}"
    place = make_url(redis_url)
    try:
        with socket.create_connection((place.host or "127.0.0.1", place.port or 6379), timeout=5) as link:
            link.sendall(b"PING\r\n")
            # A server that asks for a password is one too.
            return None if link.recv(64)[:1] in (b"+", b"-") else "Redis: no answer to PING"
    except OSError as error:
        return f"Redis: {error}"


@contextmanager
def stores(kind: StoreKind, folder: Path, server: URL, redis_url: str) -> Iterator[Stores]:
    """New, empty stores for the length of the block, the ledger with its tables."""
    if kind == "default":
        ledger = f"sqlite:///{folder / 'ledger.sqlite3'}"
        upgrade(ledger)
        yield Stores(kind, ledger)
        return
    names = [f"motcua_bench_{secrets.token_hex(6)}" for _ in range(2)]
    with psycopg.connect(_plain(server), autocommit=True) as admin:
        for name in names:
            admin.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        tracker, ledger_url = (server.set(database=name) for name in names)
        ledger = ledger_url.render_as_string(hide_password=False)
        upgrade(ledger)
        yield Stores(kind, ledger, tracker, redis_url)
    finally:
        with psycopg.connect(_plain(server), autocommit=True) as admin:
            for name in names:
                admin.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def _plain(server: URL) -> str:
    return server.set(drivername="postgresql").render_as_string(hide_password=False)
