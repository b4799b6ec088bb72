"""Fixtures for the ledger: every test that asks for ``database_url`` or ``database`` runs on SQLite and, where a server
answers (DATABASE_URL, or PostgreSQL on 127.0.0.1:5432), on PostgreSQL too.

Use it from a ``conftest.py``: ``from tests.databases import database, database_url``.

A test that asks for ``database`` finds a ledger at the newest shape and empty: on SQLite a copy of a file that was migrated
once, on PostgreSQL a database that was migrated once and is emptied after each test. A test that asks for ``database_url``
alone finds a database without any table, made for it.
"""

import os
import secrets
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import URL, make_url

from bot.storage.database import Database, open_database
from bot.storage.database import database_url as parsed_url
from bot.storage.migrate import upgrade

__all__ = ["database", "database_url"]


@cache
def postgres_server() -> URL | None:
    """The PostgreSQL server that tests may make databases on, or None where none answers."""
    named = os.environ.get("DATABASE_URL", "")
    url = parsed_url(named) if named.startswith("postgres") else make_url("postgresql+psycopg://postgres@127.0.0.1:5432/postgres")
    try:
        psycopg.connect(_plain(url), connect_timeout=5).close()
    except psycopg.OperationalError:
        return None
    return url


def _plain(url: URL) -> str:
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


@contextmanager
def fresh_postgres() -> Iterator[str]:
    """The address of a new, empty PostgreSQL database, dropped afterwards."""
    server = postgres_server()
    assert server is not None
    name = f"motcua_test_{secrets.token_hex(6)}"
    with psycopg.connect(_plain(server), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        # No test takes the server's power away: nothing is gained by waiting for its disk at each commit.
        admin.execute(f'ALTER DATABASE "{name}" SET synchronous_commit = off')
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(_plain(server), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


_SHAPE = """
SELECT md5(string_agg(
    concat_ws(' ', c.relname, c.relkind, a.attname, a.atttypid, a.attnotnull), ',' ORDER BY c.relname, a.attname))
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND NOT a.attisdropped
WHERE c.relnamespace NOT IN ('pg_catalog'::regnamespace, 'information_schema'::regnamespace, 'pg_toast'::regnamespace)
"""


class KeptPostgres:
    """A migrated PostgreSQL database for one test after the other."""

    def __init__(self) -> None:
        self._kept = ExitStack()
        self._url: str | None = None
        self._shape: object = None

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of the database, empty and at the newest shape. Made anew where a test changed its shape."""
        if self._url is None:
            self._url = self._kept.enter_context(fresh_postgres())
            upgrade(self._url)
            self._shape = self._empty(self._url)
        try:
            yield self._url
        finally:
            if self._empty(self._url) != self._shape:
                self.drop()

    def drop(self) -> None:
        """Drops the database; the next test gets a new one."""
        self._url = None
        self._kept.close()

    @staticmethod
    def _empty(url: str) -> object:
        """Ends the connections that a test left, deletes all rows and starts the numbers anew; says what shape is there."""
        with psycopg.connect(_plain(make_url(url)), autocommit=True) as link:
            others = "FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            link.execute(f"SELECT pg_terminate_backend(pid, 5000) {others}")
            # Tables that are only ever added to refuse this; here their triggers rest.
            link.execute("SET session_replication_role = replica")
            tables = [name for (name,) in link.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")]
            for name in tables:
                if name != "alembic_version" and link.execute(_any_row(name)).fetchone() != (False,):
                    link.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.Identifier(name)))
            link.execute("SELECT setval(format('%I', sequencename)::regclass, 1, false) FROM pg_sequences WHERE last_value > 0")
            version = link.execute("SELECT version_num FROM alembic_version").fetchall() if "alembic_version" in tables else []
            return version, link.execute(_SHAPE).fetchone()


def _any_row(table: str) -> sql.Composed:
    return sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))


kept_postgres = KeptPostgres()
"""This process's database; dropped at the end of the run by ``tests/conftest.py``."""


@cache
def _migrated_sqlite() -> bytes:
    """The file of an empty ledger at the newest shape."""
    with tempfile.TemporaryDirectory(prefix="motcua-ledger-") as folder:
        upgrade(f"sqlite:///{folder}/ledger.sqlite3")
        return Path(folder, "ledger.sqlite3").read_bytes()


def migrated_sqlite(path: Path) -> str:
    """The address of an empty ledger at the newest shape, made at this path."""
    path.write_bytes(_migrated_sqlite())
    return f"sqlite:///{path}"


KINDS = [
    pytest.param("sqlite", id="sqlite"),
    *([pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres)] if postgres_server() else []),
]


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database: with the ledger's tables where the test asks for ``database`` too, else without."""
    migrated = "database" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "ledger.sqlite3"
        yield migrated_sqlite(path) if migrated else f"sqlite:///{path}"
        return
    with kept_postgres.lent() if migrated else fresh_postgres() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A ledger at the newest shape."""
    ledger = open_database(database_url, pool_size=8)
    yield ledger
    ledger.engine.dispose()
