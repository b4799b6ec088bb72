"""The engine's own store of conversations: what is in it leaves together with the ledger's.

The engine (Rasa) keeps a talk in a row of its table ``trackers`` under the sender's id, ``<conversation>.<session>``; earlier
releases wrote every event into a row of ``events``. Its environment and ours share no code; this module speaks to those two
tables alone, in small statements, so that it never waits long.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from bot.conversations.deletion import changed
from bot.storage.database import Database, SessionFactory, is_missing_file, open_database, writing

TRACKERS = sa.table("trackers", sa.column("sender_id", sa.String), sa.column("saved_at", sa.Float))
EVENTS = sa.table("events", sa.column("id", sa.Integer), sa.column("sender_id", sa.String), sa.column("timestamp", sa.Float))

ROWS_AT_ONCE = 500
SENDERS_AT_ONCE = 100


@dataclass(frozen=True)
class _Kept:
    """A table of the engine's: what tells its rows apart, and when each was written, in seconds since 1970."""

    table: sa.TableClause
    key: sa.ColumnClause[Any]
    written: sa.ColumnClause[float]


_TABLES = (_Kept(TRACKERS, TRACKERS.c.sender_id, TRACKERS.c.saved_at), _Kept(EVENTS, EVENTS.c.id, EVENTS.c.timestamp))


class EngineTrackers:
    """The tables at ``url``. A store that was never written to is empty. Raises SQLAlchemy's errors where it is out of reach."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._database: Database | None = None
        self._tables: Sequence[_Kept] = ()

    def close(self) -> None:
        """Gives the connections back."""
        if self._database is not None:
            self._database.engine.dispose()

    def forget(self, conversation_id: str, sessions: int) -> int:
        """Deletes the first ``sessions`` sessions of a conversation; returns how many rows. Again: 0."""
        senders = [f"{conversation_id}.{number}" for number in range(1, sessions + 1)]
        total = 0
        for begin in range(0, len(senders), SENDERS_AT_ONCE):
            some = senders[begin : begin + SENDERS_AT_ONCE]
            for kept in self._there():
                while deleted := self._delete(kept, kept.table.c.sender_id.in_(some)):
                    total += deleted
        return total

    def idle(self, cutoff: datetime) -> int:
        """How many rows there are of sessions that were last written before ``cutoff``."""
        total = 0
        for kept in self._there():
            rows = (
                sa.select(sa.func.count()).select_from(kept.table).where(kept.table.c.sender_id.in_(_idle_senders(kept, cutoff)))
            )
            with self._sessions() as session:
                total += session.scalar(rows) or 0
        return total

    def forget_idle(self, cutoff: datetime) -> int:
        """Deletes one batch of rows of sessions that were last written before ``cutoff``; returns how many, 0 at the end."""
        for kept in self._there():
            with self._sessions() as session:
                senders: Sequence[str] = session.scalars(_idle_senders(kept, cutoff).limit(SENDERS_AT_ONCE)).all()
            # Of a talk that is taken up again in this very moment, what is new stays.
            old = sa.and_(kept.table.c.sender_id.in_(senders), kept.written < cutoff.timestamp())
            if senders and (deleted := self._delete(kept, old)):
                return deleted
        return 0

    def _delete(self, kept: _Kept, condition: sa.ColumnElement[bool]) -> int:
        some = sa.select(kept.key).where(condition).order_by(kept.key).limit(ROWS_AT_ONCE)
        with writing(self._sessions) as session:
            keys = session.scalars(some).all()
            return changed(session, sa.delete(kept.table).where(kept.key.in_(keys), condition)) if keys else 0

    def _there(self) -> Sequence[_Kept]:
        """Those tables that there are: the engine makes its own when it first writes."""
        if len(self._tables) < len(_TABLES) and (self._database is not None or not is_missing_file(self._url)):
            self._database = self._database or open_database(self._url, pool_size=1)
            names = set(sa.inspect(self._database.engine).get_table_names())
            self._tables = [kept for kept in _TABLES if kept.table.name in names]
        return self._tables

    @property
    def _sessions(self) -> SessionFactory:
        assert self._database is not None
        return self._database.sessions


def _idle_senders(kept: _Kept, cutoff: datetime) -> sa.Select[str]:
    sender = kept.table.c.sender_id
    return sa.select(sender).group_by(sender).having(sa.func.max(kept.written) < cutoff.timestamp())
