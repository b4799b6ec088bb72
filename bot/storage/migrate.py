"""Brings a ledger to the newest shape. Run by an operator or at the start of ``motcua run``, never by each process."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Literal

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, event, text

from bot.storage.database import create_database_engine, database_url
from bot.storage.review_models import SEARCH_STRUCTURES

MigrationState = Literal["at_head", "behind", "ahead"]

_SCRIPTS = Path(__file__).parent / "migrations"
# Any fixed number: two replicas that start together must not both create the tables.
_UPGRADE_LOCK = 4_802_024_001
_WAIT_FOR_TABLE_MS = 30_000


class BrokenReferencesError(Exception):
    """A migration would leave rows that lead nowhere; it was not applied."""


def migration_config(connection: Connection | None = None) -> Config:
    """Alembic's settings, without a file."""
    config = Config()
    config.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def is_modelled(_object: object, name: str | None, _kind: str, _reflected: bool, _compared: object) -> bool:
    """Whether a table or an index is described by the models; for comparing them with a database. The databases' own search
    structures over the transcripts are not."""
    return not (name or "").startswith(SEARCH_STRUCTURES)


def upgrade(url: str, revision: str = "head") -> None:
    """Applies every migration that is missing (up to ``revision``); safe to run again and from several processes at once.

    Creates the folder of a SQLite file. Raises SQLAlchemy's errors where the database cannot be reached or changed.
    """
    address = database_url(url)
    if address.drivername == "sqlite" and address.database not in (None, "", ":memory:"):
        Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
    with _changing(url) as connection:
        command.upgrade(migration_config(connection), revision)


def downgrade(url: str, revision: str) -> None:
    """Takes the ledger back to an older shape, for an older release. What that shape cannot hold is lost: a backup comes first.

    Raises alembic's ``CommandError`` for a revision that is not among those before the present one, and SQLAlchemy's errors.
    """
    with _changing(url) as connection:
        command.downgrade(migration_config(connection), revision)


@contextmanager
def _changing(url: str) -> Iterator[Connection]:
    """One transaction in which the shape changes, alone. A change of a large table may take its time, and so may the wait for
    another process that changes the shape; for a table in use nobody waits longer than the lock's limit."""
    engine = create_database_engine(url, lock_wait_ms=_WAIT_FOR_TABLE_MS)
    if engine.dialect.name == "sqlite":
        _let_tables_be_made_anew(engine)
    try:
        with engine.connect().execution_options(motcua_take_write_lock=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text("SET LOCAL statement_timeout = 0"))
                connection.execute(text("SET LOCAL lock_timeout = 0"))
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
                connection.execute(text(f"SET LOCAL lock_timeout = {_WAIT_FOR_TABLE_MS:d}"))
            yield connection
            if engine.dialect.name == "sqlite":
                _refuse_broken_references(connection)
    finally:
        engine.dispose()


def _let_tables_be_made_anew(engine: Engine) -> None:
    """SQLite changes a column by making the table anew; with its foreign keys on, the old one could not be dropped while rows of
    other tables lead to it. They rest for the change alone and are looked at in its end."""

    @event.listens_for(engine, "connect")
    def rest(connection: sqlite3.Connection, _record: object) -> None:
        connection.execute("PRAGMA foreign_keys = OFF")


def _refuse_broken_references(connection: Connection) -> None:
    broken = sorted({row[0] for row in connection.exec_driver_sql("PRAGMA foreign_key_check")})
    if broken:
        raise BrokenReferencesError(f"rows of {', '.join(broken)} would lead to rows that are gone; nothing was changed")


@cache
def _known_revisions() -> tuple[str | None, frozenset[str]]:
    """This release's newest revision, and all of them."""
    scripts = ScriptDirectory.from_config(migration_config())
    return scripts.get_current_head(), frozenset(script.revision for script in scripts.walk_revisions())


def migration_state(engine: Engine) -> MigrationState:
    """The ledger's shape beside this release's: ``behind`` (migrations are missing) or ``ahead`` (a newer release made it)."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    head, known = _known_revisions()
    if current == head:
        return "at_head"
    return "behind" if current is None or current in known else "ahead"


def is_at_head(engine: Engine) -> bool:
    """Whether the ledger has the shape that this release expects."""
    return migration_state(engine) == "at_head"
