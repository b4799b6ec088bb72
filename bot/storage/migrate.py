"""Brings a ledger to the newest shape. Run by an operator or at the start of ``motcua run``, never by each process."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, text

from bot.storage.database import create_database_engine, database_url
from bot.storage.review_models import SEARCH_STRUCTURES

_SCRIPTS = Path(__file__).parent / "migrations"
# Any fixed number: two replicas that start together must not both create the tables.
_UPGRADE_LOCK = 4_802_024_001


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


def upgrade(url: str) -> None:
    """Applies every migration that is missing; safe to run again and from several processes at once.

    Creates the folder of a SQLite file. Raises SQLAlchemy's errors where the database cannot be reached or changed.
    """
    address = database_url(url)
    if address.drivername == "sqlite" and address.database not in (None, "", ":memory:"):
        Path(str(address.database)).parent.mkdir(parents=True, exist_ok=True)
    engine = create_database_engine(url, lock_wait_ms=30_000)
    try:
        with engine.connect().execution_options(motcua_take_write_lock=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
            command.upgrade(migration_config(connection), "head")
    finally:
        engine.dispose()


def downgrade(url: str, revision: str) -> None:
    """Takes the ledger back to an older shape, for an older release. What that shape cannot hold is lost: a backup comes first.

    Raises alembic's ``CommandError`` for a revision that is not among those before the present one, and SQLAlchemy's errors.
    """
    engine = create_database_engine(url, lock_wait_ms=30_000)
    try:
        with engine.connect().execution_options(motcua_take_write_lock=True) as connection, connection.begin():
            if engine.dialect.name == "postgresql":
                connection.execute(text(f"SELECT pg_advisory_xact_lock({_UPGRADE_LOCK})"))
            command.downgrade(migration_config(connection), revision)
    finally:
        engine.dispose()


def is_at_head(engine: Engine) -> bool:
    """Whether the ledger has the shape that this release expects."""
    with engine.connect() as connection:
        current = MigrationContext.configure(connection).get_current_revision()
    return current == ScriptDirectory.from_config(migration_config()).get_current_head()
