"""Rasa's conversations in SQLite or PostgreSQL, failing aloud.

Stock Rasa answers an unreachable database with an empty in-memory conversation. Here every database error is a
``TrackerStoreAwayError``; the private channel turns it into a 503 and the caller keeps the message.
"""

import asyncio
import json
import logging
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore, TrackerStore
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sqlalchemy.engine import URL, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, sessionmaker

from engine.environment import setting
from engine.metrics import TRACKER_ERRORS, TRACKER_EVENTS, TRACKER_SECONDS

logger = logging.getLogger(__name__)

DEFAULT_URL = "sqlite:///var/tracker.sqlite3"
_WAIT_SECONDS = 3  # under the private channel's limit for a whole turn
_T = TypeVar("_T")


class TrackerStoreAwayError(RasaException):
    """The database of the conversations did not do what was asked. The message names the kind of error, never its data."""


def database_url(text: str) -> URL:
    """The URL as this environment can use it: PostgreSQL always through psycopg2, whatever driver the text names."""
    url = sa.engine.make_url(text)
    if url.drivername.partition("+")[0] in ("postgres", "postgresql"):
        return url.set(drivername="postgresql+psycopg2")
    return url


def open_engine(url: URL) -> Engine:
    """An engine whose waits are short: 3 s to connect, for a lock and for a statement. Does not connect yet."""
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(
            url,
            pool_pre_ping=True,
            pool_size=5,
            max_overflow=5,
            pool_timeout=_WAIT_SECONDS,
            connect_args={"connect_timeout": _WAIT_SECONDS, "options": f"-c statement_timeout={_WAIT_SECONDS * 1000}"},
        )
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)
    engine = sa.create_engine(url, connect_args={"timeout": _WAIT_SECONDS})
    sa.event.listen(engine, "connect", _use_write_ahead_log)
    return engine


def _use_write_ahead_log(connection: Any, _record: Any) -> None:
    connection.execute("PRAGMA journal_mode=WAL")


class LoudTrackerStore(SQLTrackerStore):
    """Keeps trackers in Rasa's own ``events`` table at ``TRACKER_URL``. Raises ``TrackerStoreAwayError``, never falls back.

    A database that is away at start does not stop the start: tables are made at the first use that succeeds. Statements run
    in a thread, so a slow database holds up its own conversation only.
    """

    def __init__(self, domain: Any = None, host: str | None = None, event_broker: Any = None, **kwargs: Any) -> None:
        # Not SQLTrackerStore.__init__: it waits for the database for ever.
        TrackerStore.__init__(self, domain, event_broker, **kwargs)
        self.engine = open_engine(database_url(host or setting("TRACKER_URL", DEFAULT_URL)))
        self.sessionmaker = sessionmaker(bind=self.engine)
        self._has_tables = False

    def _in_session(self, work: Callable[[Session], _T]) -> _T:
        began = time.perf_counter()
        try:
            if not self._has_tables:
                self.Base.metadata.create_all(self.engine)
                self._has_tables = True
            with self.sessionmaker() as session:
                return work(session)
        except SQLAlchemyError as error:
            TRACKER_ERRORS.inc()
            logger.error("tracker_store.away %s", type(error).__name__)
            raise TrackerStoreAwayError(type(error).__name__) from error
        finally:
            TRACKER_SECONDS.observe(time.perf_counter() - began)

    async def _run(self, work: Callable[[Session], _T]) -> _T:
        return await asyncio.to_thread(self._in_session, work)

    async def check(self) -> None:
        """Raises ``TrackerStoreAwayError`` unless the table of events can be read."""
        await asyncio.to_thread(self.check_now)

    def check_now(self) -> None:
        """As ``check``, in the caller's own thread."""
        self._in_session(lambda session: session.query(self.SQLEvent.id).limit(1).all())

    def size(self) -> int | None:
        """Bytes of the table of events on PostgreSQL, of the file on SQLite; None where it cannot be told."""
        if self.engine.dialect.name == "sqlite":
            file = self.engine.url.database
            return Path(file).stat().st_size if file and Path(file).is_file() else None
        query = sa.text(f"SELECT pg_total_relation_size('{self.SQLEvent.__tablename__}')")
        try:
            return self._in_session(lambda session: int(session.execute(query).scalar() or 0))
        except TrackerStoreAwayError:
            return None

    async def keys(self) -> Iterable[str]:
        """Ids of all conversations."""
        rows = await self._run(lambda session: session.query(self.SQLEvent.sender_id).distinct().all())
        return [sender_id for (sender_id,) in rows]

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """The latest session of a conversation; None only when the database says that there is none."""
        return await self._retrieve(sender_id, fetch_events_from_all_sessions=False)

    async def retrieve_full_tracker(self, conversation_id: str) -> DialogueStateTracker | None:
        """All sessions of a conversation; None only when the database says that there is none."""
        return await self._retrieve(conversation_id, fetch_events_from_all_sessions=True)

    async def _retrieve(self, sender_id: str, fetch_events_from_all_sessions: bool) -> DialogueStateTracker | None:
        def stored(session: Session) -> list[str]:
            rows = self._event_query(session, sender_id, fetch_events_from_all_sessions).all()
            TRACKER_EVENTS.observe(len(rows))
            return [row.data for row in rows]

        events = [json.loads(data) for data in await self._run(stored)]
        return DialogueStateTracker.from_dict(sender_id, events, self.domain.slots) if events else None

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Appends the events that are not stored yet, all or none."""

        def append(session: Session) -> None:
            for event in self._additional_events(session, tracker):
                data = event.as_dict()
                intent = data.get("parse_data", {}).get("intent", {}).get("name")
                row = self.SQLEvent(
                    sender_id=tracker.sender_id,
                    type_name=event.type_name,
                    timestamp=data.get("timestamp"),
                    intent_name=intent,
                    action_name=data.get("name"),
                    data=json.dumps(data),
                )
                session.add(row)
            session.commit()

        await self.stream_events(tracker)
        await self._run(append)
