"""Fixtures for the ledger: every test that asks for ``database_url`` or ``database`` runs on SQLite and, where a server
answers (DATABASE_URL, or PostgreSQL on 127.0.0.1:5432), on a fresh PostgreSQL database too.

Use it from a ``conftest.py``: ``from tests.databases import database, database_url``.
"""

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import psycopg
import pytest
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
        psycopg.connect(_plain(url), connect_timeout=2).close()
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
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        with psycopg.connect(_plain(server), autocommit=True) as admin:
            admin.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


KINDS = [
    pytest.param("sqlite", id="sqlite"),
    *([pytest.param("postgresql", id="postgresql", marks=pytest.mark.postgres)] if postgres_server() else []),
]


@pytest.fixture(params=KINDS)
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a new, empty database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path}/ledger.sqlite3"
        return
    with fresh_postgres() as url:
        yield url


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A ledger at the newest shape."""
    upgrade(database_url)
    ledger = open_database(database_url, pool_size=8)
    yield ledger
    ledger.engine.dispose()
