"""Fixtures for the ledger: every test that asks for ``database_url`` or ``database`` runs on SQLite and, where a server
answers (DATABASE_URL, or PostgreSQL on 127.0.0.1:5432), on PostgreSQL too.

Use it from a ``conftest.py``: ``from tests.databases import database, database_url``.

A test that asks for ``database`` finds a ledger at the newest shape and empty: on SQLite a copy of a file that was migrated
once, on PostgreSQL a database that was migrated once and is emptied after each test. A test that asks for ``database_url``
alone finds a database without any table.
"""

import os
import secrets
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from functools import cache
from pathlib import Path
from typing import Any
from zlib import crc32

import psycopg
import pytest
from sqlalchemy import URL, Connection, make_url

from bot.storage.database import Database, open_database
from bot.storage.database import database_url as parsed_url
from bot.storage.migrate import upgrade
from tests.pgbouncer import pgbouncer

__all__ = ["database", "database_url"]

ENDING_LOOKS_EVERY = 0.003
"""Seconds between two looks whether the connections that a test left are gone."""


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
def fresh_postgres(*, to_the_disk: bool = False) -> Iterator[str]:
    """The address of a new, empty PostgreSQL database, dropped afterwards. ``to_the_disk``: commits wait for the disk, as in
    production, so that the server may be killed."""
    server = postgres_server()
    assert server is not None
    name = f"motcua_test_{secrets.token_hex(6)}"
    with psycopg.connect(_plain(server), autocommit=True) as admin:
        admin.execute(f'CREATE DATABASE "{name}"')
        if not to_the_disk:
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


_EMPTIED = """
DO $$
DECLARE
    one record;
BEGIN
    -- Tables that are only ever added to refuse a deletion; here their triggers rest, and so do the foreign keys.
    SET LOCAL session_replication_role = replica;
    FOR one IN SELECT tablename, format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname = 'public' LOOP
        CONTINUE WHEN one.tablename = 'alembic_version';
        IF pg_relation_size(one.name::regclass) > 1000000 THEN
            EXECUTE 'TRUNCATE ' || one.name || ' CASCADE';
        ELSE
            EXECUTE 'DELETE FROM ' || one.name;
        END IF;
    END LOOP;
    PERFORM setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false)
        FROM pg_sequences WHERE schemaname = 'public' AND last_value IS NOT NULL;
END $$
"""
"""Rows are deleted, not tables truncated: a truncation makes new files, and the server waits for the disk with each."""

_LEFT_CONNECTIONS = """
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


class KeptPostgres:
    """PostgreSQL databases that one test uses after the other: with the ledger's tables (``migrated``), or without any."""

    def __init__(self, *, migrated: bool) -> None:
        self._migrated = migrated
        self._made = ExitStack()
        self._free: list[str] = []
        self._shape: object = None

    @contextmanager
    def lent(self) -> Iterator[str]:
        """The address of a database that nobody else uses, as new."""
        url = self._free.pop() if self._free else self._make()
        try:
            yield url
        finally:
            # What a test left in another shape is not used again.
            if (_emptied(url) == self._shape) if self._migrated else _without_tables(url):
                self._free.append(url)

    def drop(self) -> None:
        """Drops the databases."""
        self._free.clear()
        self._made.close()

    def _make(self) -> str:
        url = self._made.enter_context(fresh_postgres())
        if self._migrated:
            upgrade(url)
            self._shape = _emptied(url)
        return url


def _emptied(url: str) -> object:
    """Ends the connections that a test left, deletes all rows and starts the numbers anew; says what shape is there."""
    with _alone_in(url) as link:
        link.execute(_EMPTIED)
        there = link.execute("SELECT to_regclass('public.alembic_version') IS NOT NULL").fetchone() == (True,)
        version = link.execute("SELECT version_num FROM alembic_version").fetchall() if there else []
        return version, link.execute(_SHAPE).fetchone()


def _without_tables(url: str) -> bool:
    """Ends the connections that a test left and drops all that it made."""
    with _alone_in(url) as link:
        link.execute("DROP SCHEMA public CASCADE")
        link.execute("CREATE SCHEMA public")
        return True


@contextmanager
def _alone_in(url: str) -> Iterator[psycopg.Connection[Any]]:
    """A connection to this database, once all others are gone."""
    with psycopg.connect(_plain(make_url(url)), autocommit=True) as link:
        while link.execute(_LEFT_CONNECTIONS).fetchone() != (0,):
            time.sleep(ENDING_LOOKS_EVERY)
        yield link


migrated_postgres = KeptPostgres(migrated=True)
bare_postgres = KeptPostgres(migrated=False)
"""This process's databases; dropped at the end of the run by ``tests/conftest.py``."""


@cache
def _migrated_sqlite() -> bytes:
    """The file of an empty ledger at the newest shape."""
    with tempfile.TemporaryDirectory(prefix="motcua-ledger-") as folder:
        upgrade(f"sqlite:///{folder}/ledger.sqlite3")
        return Path(folder, "ledger.sqlite3").read_bytes()


@cache
def _statements_of_a_ledger() -> tuple[str, list[str]]:
    """The newest revision, and the statements with which SQLite makes an empty ledger of that shape."""
    with tempfile.TemporaryDirectory(prefix="motcua-ledger-") as folder:
        Path(folder, "ledger.sqlite3").write_bytes(_migrated_sqlite())
        with closing(sqlite3.connect(f"{folder}/ledger.sqlite3")) as made:
            revision = made.execute("SELECT version_num FROM alembic_version").fetchone()[0]
            # What a full-text search keeps for itself comes with it, and so do SQLite's own indexes.
            own = "SELECT name FROM pragma_table_list WHERE type = 'shadow'"
            rows = made.execute(f"SELECT sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT IN ({own}) ORDER BY rowid")
            kept = [sql for (sql,) in rows if "sqlite_sequence" not in sql]
    return revision, [*kept, f"INSERT INTO alembic_version VALUES ('{revision}')"]


def shape_at_once(connection: Connection, revision: str) -> bool:
    """Gives an empty SQLite ledger the newest shape without going through all migrations; False where that was not asked for."""
    newest, statements = _statements_of_a_ledger()
    if connection.dialect.name != "sqlite" or revision != newest:
        return False
    for statement in statements:
        connection.exec_driver_sql(statement)
    return True


def direct_url(url: str) -> str:
    """The server's own address of a database that a test reaches through PgBouncer."""
    server = postgres_server()
    assert server is not None
    return server.set(database=make_url(url).database).render_as_string(hide_password=False)


def migrated_sqlite(path: Path) -> str:
    """The address of an empty ledger at the newest shape, made at this path."""
    path.write_bytes(_migrated_sqlite())
    return f"sqlite:///{path}"


_TAKEN = ExitStack()
"""What ``one_ledger`` and ``either_ledger`` lent to the test that runs now."""


def one_ledger(path: Path) -> str:
    """The address of an empty ledger at the newest shape, for a test of what stands above the ledger and for which one database
    is enough: an SQLite file at this path, or what ``TEST_LEDGER`` names. Only for a test and its own fixtures, not for one that
    several tests share."""
    if WANTED in ("", "sqlite"):
        return migrated_sqlite(path)
    url = _TAKEN.enter_context(migrated_postgres.lent())
    return pgbouncer.before(make_url(url)).render_as_string(hide_password=False) if WANTED == "pgbouncer" else url


def either_ledger(path: Path, test: str) -> str:
    """The same for one half of the tests on SQLite and for the other on PostgreSQL, where a server answers: always the same
    half, by the name of the ``test``. For many tests of the same rooms, of which each half goes through all that they ask the
    ledger. What ``TEST_LEDGER`` names goes before."""
    if WANTED or crc32(test.encode()) % 2 == 0 or postgres_server() is None:
        return one_ledger(path)
    return _TAKEN.enter_context(migrated_postgres.lent())


def take_back() -> None:
    """Takes back what ``one_ledger`` and ``either_ledger`` lent; called after each test by ``tests/conftest.py``."""
    _TAKEN.close()


_ON = {
    "sqlite": pytest.param("sqlite", id="sqlite"),
    "postgresql": pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres),
    "pgbouncer": pytest.param("pgbouncer", id="pgbouncer", marks=[pytest.mark.postgres, pytest.mark.pgbouncer]),
}
WANTED = os.environ.get("TEST_LEDGER", "")
"""``sqlite``, ``postgresql`` or ``pgbouncer``: every test of the ledger runs on that alone. Empty: SQLite and PostgreSQL."""
KINDS = [_ON[WANTED]] if WANTED else [_ON["sqlite"], *([_ON["postgresql"]] if postgres_server() else [])]

ON_A_SERVER = pytest.mark.parametrize("database_url", KINDS[-1:], indirect=True)
"""For a test of several processes that is too dear for both: on PostgreSQL, which several processes are for, or on SQLite
where no server answers."""

THROUGH_PGBOUNCER = pytest.mark.parametrize("database_url", [_ON["pgbouncer"]], indirect=True)
"""For a test or a module (``pytestmark``): on PostgreSQL behind a real PgBouncer in transaction mode."""


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of an empty database: with the ledger's tables where the test asks for ``database`` too, else without."""
    migrated = "database" in request.fixturenames
    if request.param == "sqlite":
        path = tmp_path / "ledger.sqlite3"
        yield migrated_sqlite(path) if migrated else f"sqlite:///{path}"
        return
    with (migrated_postgres if migrated else bare_postgres).lent() as url:
        pooled = request.param == "pgbouncer"
        yield pgbouncer.before(make_url(url)).render_as_string(hide_password=False) if pooled else url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A ledger at the newest shape."""
    ledger = open_database(database_url, pool_size=8)
    yield ledger
    ledger.engine.dispose()
