"""The engine's own store of conversations: what is in it leaves together with the ledger's.

The engine (Rasa) writes every event of a talk into one table, ``events``, under the sender's id, ``<conversation>.<session>``.
Its environment and ours share no code; this module speaks to that table alone, in small statements, so that it never waits long.
"""

from collections.abc import Sequence
from datetime import datetime

import sqlalchemy as sa

from bot.conversations.deletion import changed
from bot.storage.database import Database, SessionFactory, is_missing_file, open_database, writing

EVENTS = sa.table("events", sa.column("id", sa.Integer), sa.column("sender_id", sa.String), sa.column("timestamp", sa.Float))

ROWS_AT_ONCE = 500
SENDERS_AT_ONCE = 100


class EngineTrackers:
    """The table at ``url``. A store that was never written to is empty. Raises SQLAlchemy's errors where it cannot be reached."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._database: Database | None = None

    def close(self) -> None:
        """Gives the connections back."""
        if self._database is not None:
            self._database.engine.dispose()

    def forget(self, conversation_id: str, sessions: int) -> int:
        """Deletes the events of the first ``sessions`` sessions of a conversation; returns how many. Again: 0."""
        senders = [f"{conversation_id}.{number}" for number in range(1, sessions + 1)]
        total = 0
        for begin in range(0, len(senders), SENDERS_AT_ONCE):
            some = senders[begin : begin + SENDERS_AT_ONCE]
            while deleted := self._delete(EVENTS.c.sender_id.in_(some)):
                total += deleted
        return total

    def idle(self, cutoff: datetime) -> int:
        """How many events there are in sessions whose last event is older than ``cutoff``."""
        sessions = self._store()
        if sessions is None:
            return 0
        events = sa.select(sa.func.count()).select_from(EVENTS).where(EVENTS.c.sender_id.in_(_idle_senders(cutoff)))
        with sessions() as session:
            return session.scalar(events) or 0

    def forget_idle(self, cutoff: datetime) -> int:
        """Deletes one batch of events of sessions whose last event is older than ``cutoff``; returns how many, 0 at the end."""
        sessions = self._store()
        if sessions is None:
            return 0
        with sessions() as session:
            senders: Sequence[str] = session.scalars(_idle_senders(cutoff).limit(SENDERS_AT_ONCE)).all()
        # Of a talk that is taken up again in this very moment, what is new stays.
        old = sa.and_(EVENTS.c.sender_id.in_(senders), EVENTS.c.timestamp < cutoff.timestamp())
        return self._delete(old) if senders else 0

    def _delete(self, condition: sa.ColumnElement[bool]) -> int:
        sessions = self._store()
        if sessions is None:
            return 0
        some = sa.select(EVENTS.c.id).where(condition).order_by(EVENTS.c.id).limit(ROWS_AT_ONCE)
        with writing(sessions) as session:
            ids = session.scalars(some).all()
            return changed(session, sa.delete(EVENTS).where(EVENTS.c.id.in_(ids))) if ids else 0

    def _store(self) -> SessionFactory | None:
        """The store's sessions, or None where the engine has not made its table yet."""
        if self._database is None:
            if is_missing_file(self._url):
                return None
            database = open_database(self._url, pool_size=1)
            if not sa.inspect(database.engine).has_table(EVENTS.name):
                database.engine.dispose()
                return None
            self._database = database
        return self._database.sessions


def _idle_senders(cutoff: datetime) -> sa.Select[str]:
    last = sa.func.max(EVENTS.c.timestamp)
    return sa.select(EVENTS.c.sender_id).group_by(EVENTS.c.sender_id).having(last < cutoff.timestamp())
