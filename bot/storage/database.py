"""One way to the ledger for every process, on SQLite or PostgreSQL.

A session made by the factory reads; ``writing`` gives one that may write. On SQLite a writer takes the write lock when it
begins, so that it waits for its turn instead of failing halfway; readers never wait (WAL).

``?pooler=transaction`` at the end of a PostgreSQL address says that a pooler (PgBouncer) stands before the server and gives
a connection for one transaction at a time: then nothing is kept in a session. See ``docs/operators/postgresql.md``.
"""

import math
import time
import weakref
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from psycopg.pq import TransactionStatus
from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.engine import URL
from sqlalchemy.exc import DataError, InterfaceError, InvalidatePoolError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm import Session, sessionmaker

from bot.metrics.pool import MeasuredPool

SessionFactory = sessionmaker[Session]
DATABASE_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)
"""The errors that mean "the database is away": what was asked may go well when it is asked again."""

NO_VALUE_OF_THE_DATABASE = (DataError, OverflowError)
"""What is raised where a value that people gave cannot stand in any column: a text with the character 0 (PostgreSQL), a number of
more than 64 bits (SQLite says so with Python's own error). Nothing that is kept can be equal to it."""

_TAKE_WRITE_LOCK = "motcua_take_write_lock"
_WAIT_FOR_LOCK_MS = 5_000
_STATEMENT_MS = 15_000
_WAIT_FOR_CONNECTION_SECONDS = 5.0
"""For a connection of the pool; the gateway answers 503 then, and the message is sent again."""
_POOLER = "pooler"
_RESTED_SECONDS = 1.0
_USED_AT = "motcua_used_at"


def database_url(url: str) -> URL:
    """The address with the driver that we ship: ``postgres://`` and ``postgresql://`` mean psycopg 3. The word about a
    pooler is ours (``is_pooled``) and left out.

    Raises ``ValueError`` for a database that is neither SQLite nor PostgreSQL.
    """
    parsed = make_url(url).difference_update_query([_POOLER])
    if parsed.drivername in ("postgres", "postgresql"):
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.drivername not in ("sqlite", "postgresql+psycopg"):
        raise ValueError(f"DATABASE_URL: {parsed.drivername!r} is not supported; use sqlite or postgresql")
    return parsed


def is_pooled(url: str) -> bool:
    """Whether the address says that a pooler gives its connections for one transaction at a time.

    Raises ``ValueError`` for a kind of pooling that we do not know, or for one before SQLite."""
    kind = make_url(url).query.get(_POOLER)
    if kind is not None and (kind != "transaction" or database_url(url).drivername == "sqlite"):
        raise ValueError(f"DATABASE_URL: {_POOLER}={kind!r} is not supported; use {_POOLER}=transaction, with PostgreSQL")
    return kind is not None


def is_missing_file(url: str) -> bool:
    """Whether this is an SQLite database whose file is not there yet: opening it would make an empty one.

    Raises ``ValueError`` like ``database_url``."""
    address = database_url(url)
    return address.drivername == "sqlite" and not Path(address.database or "").is_file()


def create_database_engine(
    url: str, *, lock_wait_ms: int = _WAIT_FOR_LOCK_MS, pool_size: int = 5, overflow: int | None = None
) -> Engine:
    """An engine for the ledger; connects to nothing yet. Statements' values never show up in error texts.

    At most ``pool_size + overflow`` connections (``2 * pool_size`` where nothing is said), of which ``pool_size`` are kept.
    Nobody waits longer than ``lock_wait_ms`` milliseconds for a lock.
    """
    address, pooled = database_url(url), is_pooled(url)
    common: dict[str, Any] = {
        "hide_parameters": True,
        "poolclass": MeasuredPool,
        "pool_size": pool_size,
        "max_overflow": pool_size if overflow is None else overflow,
        "pool_timeout": _WAIT_FOR_CONNECTION_SECONDS,
        # The connection that was used last knows the statements best, on both sides.
        "pool_use_lifo": True,
    }
    if address.drivername == "sqlite":
        engine = create_engine(address, connect_args={"timeout": lock_wait_ms / 1000}, **common)
        _tune_sqlite(engine, lock_wait_ms)
        return engine
    limits = {"timezone": "UTC", "lock_timeout": lock_wait_ms, "statement_timeout": _STATEMENT_MS}
    if pooled:
        # Statements prepared on one server connection are unknown on the next.
        arguments: dict[str, Any] = {"prepare_threshold": None}
    else:
        arguments = {"options": " ".join(f"-c {name}={value}" for name, value in limits.items())}
    engine = create_engine(address, connect_args={"connect_timeout": 3} | arguments, **common)
    _ask_rested_connections(engine)
    _end_reading_by_commit(engine)
    if pooled:
        _limit_each_transaction(engine, limits)
    return engine


def _end_reading_by_commit(engine: Engine) -> None:
    """A transaction that only read ends by COMMIT, whoever ends it: at a ROLLBACK the driver lets go of all statements that it
    has prepared, and the server plans each of them anew."""
    roll_back = engine.dialect.do_rollback
    only_read: weakref.WeakSet[Any] = weakref.WeakSet()

    @event.listens_for(engine, "before_cursor_execute")
    def note(connection: Connection, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("SELECT "):
            only_read.discard(connection.connection.dbapi_connection)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        only_read.add(connection.connection.dbapi_connection)

    def end(link: Any) -> None:
        lent: Any = getattr(link, "dbapi_connection", None)
        if lent is not None and lent in only_read and lent.info.transaction_status == TransactionStatus.INTRANS:
            lent.commit()
        else:
            roll_back(link)

    engine.dialect.do_rollback = end  # type: ignore[method-assign, assignment]


def _limit_each_transaction(engine: Engine, limits: Mapping[str, object]) -> None:
    """Sets in every transaction what a session cannot keep behind a pooler."""
    statement = "SELECT " + ", ".join(f"set_config('{name}', '{value}', true)" for name, value in limits.items())

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql(statement)


def _ask_rested_connections(engine: Engine, rested_seconds: float = _RESTED_SECONDS) -> None:
    """A connection that was used a moment ago is taken at its word: asking whether it lives costs as much as a statement."""

    @event.listens_for(engine, "checkin")
    def note(_connection: Any, record: Any) -> None:
        record.info[_USED_AT] = time.monotonic()

    @event.listens_for(engine, "checkout")
    def ask(connection: Any, record: Any, _proxy: object) -> None:
        if time.monotonic() - record.info.get(_USED_AT, math.inf) < rested_seconds:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool throws away this and all older connections, and opens a new one.
            raise InvalidatePoolError from error


def _tune_sqlite(engine: Engine, lock_wait_ms: int) -> None:
    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        # The driver's own idea of when a transaction begins is switched off; ours is below.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout = {lock_wait_ms:d}")
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.close()

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        takes_lock = connection.get_execution_options().get(_TAKE_WRITE_LOCK, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if takes_lock else "BEGIN")


@dataclass(frozen=True)
class Database:
    """The engine and its session factory."""

    engine: Engine
    sessions: SessionFactory


def open_database(
    url: str, *, lock_wait_ms: int = _WAIT_FOR_LOCK_MS, pool_size: int = 5, overflow: int | None = None
) -> Database:
    """The ledger at this address; connects to nothing yet."""
    engine = create_database_engine(url, lock_wait_ms=lock_wait_ms, pool_size=pool_size, overflow=overflow)
    return Database(engine, sessionmaker(engine, expire_on_commit=False))


@contextmanager
def plainly_writing(sessions: SessionFactory) -> Iterator[Connection]:
    """A connection for one transaction that writes without the mapper, on PostgreSQL: committed at the end, rolled back on any
    error."""
    engine: Engine = sessions.kw["bind"]
    with engine.begin() as connection:
        yield connection


def on_postgres(sessions: SessionFactory) -> bool:
    """Whether the ledger is a PostgreSQL server."""
    return bool(sessions.kw["bind"].dialect.name == "postgresql")


@contextmanager
def writing(sessions: SessionFactory) -> Iterator[Session]:
    """A session for one transaction that writes: committed at the end, rolled back on any error."""
    with sessions() as session, session.begin():
        session.connection(execution_options={_TAKE_WRITE_LOCK: True})
        yield session
