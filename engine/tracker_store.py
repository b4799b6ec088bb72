"""Rasa's conversations in SQLite or PostgreSQL: bounded, two round trips a message, failing aloud.

Stock Rasa keeps every event of a conversation in a row of its own, reads all of them for each message, and answers an unreachable
database with an empty in-memory conversation. Here a conversation is one row that holds what the next turn can depend on
(``engine.short_history``), and every database error is a ``TrackerStoreAwayError``; the private channel turns it into a 503 and
the caller keeps the message.
"""

import asyncio
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from rasa.core.tracker_store import TrackerStore
from rasa.shared.core.trackers import DialogueStateTracker
from rasa.shared.exceptions import RasaException
from sqlalchemy.exc import SQLAlchemyError

from engine.environment import MisconfiguredError, number_setting, setting
from engine.json_text import dumps
from engine.metrics import TRACKER_ERRORS, TRACKER_EVENTS, TRACKER_SECONDS
from engine.short_history import History, shortened
from engine.tracker_database import TrackerDatabase, database_url
from engine.tracker_file import NotAtOnceError

logger = logging.getLogger(__name__)

DEFAULT_URL = "sqlite:///var/tracker.sqlite3"
_T = TypeVar("_T")


class TrackerStoreAwayError(RasaException):
    """The database of the conversations did not do what was asked. The message names the kind of error, never its data."""


class TrackerChangedError(TrackerStoreAwayError):
    """The conversation was written, or forgotten, by somebody else while the turn was computed. Nothing was stored."""


@dataclass(frozen=True)
class _Loaded:
    """What a tracker was made from: the row's stamp (None: there is no row) and the number of events."""

    stamp: str | None
    events: int


class LoudTrackerStore(TrackerStore):
    """Keeps trackers at ``TRACKER_URL``, each in one row. Raises ``TrackerStoreAwayError``, never falls back.

    A database that is away at start does not stop the start. Statements that may wait run in threads of the store's own, as many
    as there are connections (``TRACKER_POOL_SIZE``), so a slow database holds up its own conversations only. A turn is stored
    only onto the state that it was computed from; ``TrackerChangedError`` otherwise.
    """

    def __init__(self, domain: Any = None, host: str | None = None, event_broker: Any = None, **kwargs: Any) -> None:
        if event_broker is not None:
            raise MisconfiguredError("endpoints.yml: an event broker would get shortened conversations; remove event_broker")
        super().__init__(domain, None, **kwargs)
        connections = int(number_setting("TRACKER_POOL_SIZE", 5))
        self.database = TrackerDatabase(database_url(host or setting("TRACKER_URL", DEFAULT_URL)), max(1, connections))
        self.history: History | None = None
        """How much of a conversation the served model looks at; None keeps all of it."""
        self._threads = ThreadPoolExecutor(max(1, connections), thread_name_prefix="tracker")

    def _measured(self, work: Callable[[], _T]) -> _T:
        began = time.perf_counter()
        try:
            return work()
        except SQLAlchemyError as error:
            TRACKER_ERRORS.inc()
            logger.error("tracker_store.away %s", type(error).__name__)
            raise TrackerStoreAwayError(type(error).__name__) from error
        finally:
            TRACKER_SECONDS.observe(time.perf_counter() - began)

    async def _run(self, work: Callable[[], _T]) -> _T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, self._measured, work)

    async def check(self) -> None:
        """Raises ``TrackerStoreAwayError`` unless the conversations can be read."""
        await self._run(self.database.check)

    def check_now(self) -> None:
        """As ``check``, in the caller's own thread."""
        self._measured(self.database.check)

    def size(self) -> int | None:
        """Bytes of the table on PostgreSQL, of the file on SQLite; None where it cannot be told."""
        try:
            return self._measured(self.database.size)
        except TrackerStoreAwayError:
            return None

    async def keys(self) -> Iterable[str]:
        """Ids of all conversations."""
        return await self._run(self.database.sender_ids)

    async def retrieve(self, sender_id: str) -> DialogueStateTracker | None:
        """A conversation, as much of it as is kept; None only when the database says that there is none."""
        found = await self._read(sender_id)
        if found is None:
            return None
        stamp, events = found
        TRACKER_EVENTS.observe(len(events))
        tracker = DialogueStateTracker.from_dict(sender_id, events, self.domain.slots)
        tracker.loaded_from = _Loaded(stamp, len(tracker.events))
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Stores what is new since the tracker was retrieved or saved; nothing new costs nothing."""
        loaded: _Loaded = getattr(tracker, "loaded_from", None) or _Loaded(None, 0)
        if len(tracker.events) == loaded.events:
            return
        stamp, state = secrets.token_hex(16), dumps(shortened(tracker, self.history)).decode()
        saved_at = time.time()
        if not await self._written(tracker.sender_id, loaded.stamp, stamp, saved_at, state):
            logger.error("tracker_store.changed")
            raise TrackerChangedError("changed or forgotten while the turn was computed")
        tracker.loaded_from = _Loaded(stamp, len(tracker.events))

    async def _read(self, sender_id: str) -> tuple[str | None, list[dict[str, Any]]] | None:
        began = time.perf_counter()
        try:
            found = self.database.read_at_once(sender_id)
        except NotAtOnceError:
            return await self._run(lambda: self.database.read(sender_id))
        TRACKER_SECONDS.observe(time.perf_counter() - began)
        return found

    async def _written(self, *values: Any) -> bool:
        began = time.perf_counter()
        try:
            self.database.write_at_once(*values)
        except NotAtOnceError:
            return await self._run(lambda: self.database.write(*values))
        try:
            await self.database.on_disk()
        except OSError as error:
            TRACKER_ERRORS.inc()
            logger.error("tracker_store.not_on_disk %s", type(error).__name__)
            raise TrackerStoreAwayError(type(error).__name__) from error
        TRACKER_SECONDS.observe(time.perf_counter() - began)
        return True
