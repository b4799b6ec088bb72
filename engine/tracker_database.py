"""The table of the conversations: one row each, read by one statement and written by one.

Every statement is a transaction of its own (autocommit), so a message costs two round trips. On SQLite both are said at once
where nothing hinders (``engine.tracker_file``). On PostgreSQL each carries its own
limit (``SET LOCAL`` in the same packet): nothing is asked of the server when a connection begins and nothing is remembered by it,
so that a pool in transaction mode (PgBouncer) may stand between.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.engine import URL, Connection, Engine
from sqlalchemy.exc import DBAPIError, DisconnectionError
from sqlalchemy.pool import QueuePool

from engine.json_text import loads
from engine.tracker_file import NotAtOnceError, TrackerFile, file_identity

WAIT_SECONDS = 3.0  # under the private channel's limit for a whole turn
_T = TypeVar("_T")

_METADATA = sa.MetaData()
TRACKERS = sa.Table(
    "trackers",
    _METADATA,
    sa.Column("sender_id", sa.String(255), primary_key=True),
    sa.Column("stamp", sa.String(32), nullable=False, comment="changes with each writing"),
    sa.Column("saved_at", sa.Float(53), nullable=False, comment="seconds since 1970"),
    sa.Column("state", sa.Text, nullable=False, comment="events from which Rasa makes the tracker again, as JSON"),
)
_OF_EARLIER_RELEASES = "events"

_READ = "SELECT stamp, state FROM trackers WHERE sender_id = :sender_id"
_BEGIN = (
    "INSERT INTO trackers (sender_id, stamp, saved_at, state) VALUES (:sender_id, :stamp, :saved_at, :state) "
    "ON CONFLICT (sender_id) DO NOTHING"
)
_REPLACE = (
    "UPDATE trackers SET stamp = :stamp, saved_at = :saved_at, state = :state "
    "WHERE sender_id = :sender_id AND stamp = :loaded_stamp"
)


def database_url(text: str) -> URL:
    """The URL as this environment can use it: PostgreSQL always through psycopg2, whatever driver the text names. ``pooler``,
    with which the ledger's address says that a pool stands between, changes nothing here."""
    url = sa.engine.make_url(text).difference_update_query(["pooler"])
    if url.drivername.partition("+")[0] in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg2")
    return url


def open_engine(url: URL, connections: int) -> Engine:
    """At most ``connections`` connections, each kept; 3 s to make one. Does not connect yet."""
    common: dict[str, Any] = {"isolation_level": "AUTOCOMMIT", "hide_parameters": True, "poolclass": QueuePool}
    common |= {"pool_size": connections, "max_overflow": 0, "pool_timeout": WAIT_SECONDS}
    if url.get_backend_name() != "sqlite":
        # tcp_user_timeout is the client's alone: a server that vanished without a word is noticed.
        limits = {"connect_timeout": int(WAIT_SECONDS), "tcp_user_timeout": int(WAIT_SECONDS * 1000)}
        return sa.create_engine(url, connect_args=limits, **common)
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False}, **common)
    _prepare_sqlite(engine, url.database or "")
    return engine


def _prepare_sqlite(engine: Engine, file: str) -> None:
    """A write-ahead log; and a file that is no longer the one that was opened is opened anew, so that its loss is noticed."""

    def connected(connection: Any, record: Any) -> None:
        connection.execute("PRAGMA journal_mode=WAL")
        record.info["file"] = file_identity(file)

    def taken(_connection: Any, record: Any, _proxy: Any) -> None:
        if record.info.get("file") != file_identity(file):
            raise DisconnectionError("the file of the conversations is another one")

    sa.event.listen(engine, "connect", connected)
    sa.event.listen(engine, "checkout", taken)


class TrackerDatabase:
    """The table ``trackers`` at ``url``, made at the first use that succeeds. Methods block, and raise SQLAlchemy's errors.

    A connection that turns out to be broken is replaced, and the statement said again once: a reading is repeatable, and a
    writing whose first try had come through is recognised by its stamp.
    """

    def __init__(self, url: URL, connections: int, wait_seconds: float = WAIT_SECONDS) -> None:
        self.engine = open_engine(url, connections)
        self._limit = (
            "" if self.engine.dialect.name == "sqlite" else f"SET LOCAL statement_timeout = {int(wait_seconds * 1000)}; "
        )
        self._read, self._begin, self._replace = map(self._for_driver, (_READ, _BEGIN, _REPLACE))
        self._has_table = False
        self._has_earlier_table = False
        file = self.engine.url.database if self.engine.dialect.name == "sqlite" else None
        self._file = TrackerFile(file) if file and file != ":memory:" else None

    def check(self) -> None:
        """Raises unless the table can be read."""
        self._on_connection(lambda connection: self._say(connection, "SELECT stamp FROM trackers LIMIT 1", {}).first())

    def size(self) -> int | None:
        """Bytes of the table on PostgreSQL, of the file on SQLite; None where there is no file."""
        if self.engine.dialect.name == "sqlite":
            file = self.engine.url.database
            return Path(file).stat().st_size if file and Path(file).is_file() else None
        statement = "SELECT pg_total_relation_size('trackers')"
        return self._on_connection(lambda connection: int(self._say(connection, statement, {}).scalar() or 0))

    def sender_ids(self) -> list[str]:
        """All conversations."""
        statement = "SELECT sender_id FROM trackers ORDER BY sender_id"
        return self._on_connection(lambda connection: list(self._say(connection, statement, {}).scalars()))

    def read(self, sender_id: str) -> tuple[str | None, list[dict[str, Any]]] | None:
        """Stamp and events of a conversation, or None. The stamp is None for one that an earlier release wrote."""

        def found(connection: Connection) -> tuple[str | None, list[dict[str, Any]]] | None:
            row, _count = self._quickly(connection, self._read, {"sender_id": sender_id})
            if row is not None:
                return row[0], loads(row[1])
            events = self._earlier_events(connection, sender_id)
            return (None, events) if events else None

        return self._on_connection(found)

    def read_at_once(self, sender_id: str) -> tuple[str | None, list[dict[str, Any]]] | None:
        """As ``read``, without waiting for anybody. Raises ``NotAtOnceError``."""
        row, _changed = self._at_once(self._read, {"sender_id": sender_id})
        if row is not None:
            return row[0], loads(row[1])
        if self._has_earlier_table:
            raise NotAtOnceError("an earlier release may have written it")
        return None

    def write_at_once(self, *values: Any) -> None:
        """As ``write``, without waiting for anybody; ``on_disk`` waits for the disk. Raises ``NotAtOnceError``, also where
        ``write`` may say False."""
        if self._at_once(*self._writing(*values))[1] != 1:
            raise NotAtOnceError("something else may stand there by now")

    async def on_disk(self) -> None:
        """See ``TrackerFile.on_disk``."""
        if self._file is not None:
            await self._file.on_disk()

    def _at_once(self, statement: str, values: dict[str, Any]) -> tuple[Any, int]:
        if self._file is None or not self._has_table:
            raise NotAtOnceError("there is no file, or no table yet")
        return self._file.say(statement, values)

    def write(self, sender_id: str, loaded_stamp: str | None, stamp: str, saved_at: float, state: str) -> bool:
        """Puts ``state`` in the place of what bears ``loaded_stamp`` (None: of nothing). False, and nothing is changed, where
        something else stands there by now."""
        statement, values = self._writing(sender_id, loaded_stamp, stamp, saved_at, state)

        def written(connection: Connection) -> bool:
            if self._quickly(connection, statement, values)[1] == 1:
                return True
            row = self._say(connection, _READ, {"sender_id": sender_id}).first()
            return row is not None and bool(row.stamp == stamp)

        return self._on_connection(written)

    def _writing(
        self, sender_id: str, loaded_stamp: str | None, stamp: str, saved_at: float, state: str
    ) -> tuple[str, dict[str, Any]]:
        """Its statement and values."""
        values = {"sender_id": sender_id, "stamp": stamp, "saved_at": saved_at, "state": state}
        if loaded_stamp is None:
            return self._begin, values
        return self._replace, {**values, "loaded_stamp": loaded_stamp}

    def _say(self, connection: Connection, statement: str, values: dict[str, Any]) -> Any:
        return connection.execute(sa.text(self._limit + statement), values)

    def _for_driver(self, statement: str) -> str:
        """The statement with its values by name as the driver reads it: SQLite's as it stands, PostgreSQL's in its own way."""
        if self.engine.dialect.name == "sqlite":
            return statement
        return str(sa.text(self._limit + statement).compile(dialect=self.engine.dialect))

    def _quickly(self, connection: Connection, statement: str, values: dict[str, Any]) -> tuple[Any, int]:
        """The first row, if any, and the number of rows of one of the two statements of a turn, as the driver takes them: what
        SQLAlchemy does around a statement costs several times as much. Errors are SQLAlchemy's all the same."""
        driver = connection.connection
        cursor = driver.cursor()
        try:
            cursor.execute(statement, values)
            return (cursor.fetchone() if cursor.description else None), cursor.rowcount
        except self.engine.dialect.dbapi.Error as error:
            lost = self.engine.dialect.is_disconnect(error, driver.connection, cursor)
            if lost:
                connection.invalidate(error)
            raise DBAPIError.instance(
                None, None, error, self.engine.dialect.dbapi.Error, hide_parameters=True, connection_invalidated=lost
            ) from error
        finally:
            cursor.close()

    def _on_connection(self, work: Callable[[Connection], _T]) -> _T:
        try:
            return self._once(work)
        except DBAPIError as error:
            if not error.connection_invalidated:
                raise
            return self._once(work)

    def _once(self, work: Callable[[Connection], _T]) -> _T:
        with self.engine.connect() as connection:
            if not self._has_table:
                _METADATA.create_all(connection)
                self._has_earlier_table = sa.inspect(connection).has_table(_OF_EARLIER_RELEASES)
                self._has_table = True
            return work(connection)

    def _earlier_events(self, connection: Connection, sender_id: str) -> list[dict[str, Any]]:
        """What releases before this table (and stock Rasa) wrote, a row an event."""
        if not self._has_earlier_table:
            return []
        statement = "SELECT data FROM events WHERE sender_id = :sender_id ORDER BY id"
        return [loads(data) for data in self._say(connection, statement, {"sender_id": sender_id}).scalars()]
