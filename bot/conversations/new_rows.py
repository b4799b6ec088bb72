"""Rows of a group of events that nobody reads before the group is committed: gathered, and written with one statement a table."""

from dataclasses import dataclass, field
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.orm import Session

from bot.storage.channel_models import ChannelEvent
from bot.storage.models import Inbound

_INTO_INBOUND, _INTO_EVENTS = insert(cast("Table", Inbound.__table__)), insert(cast("Table", ChannelEvent.__table__))


@dataclass
class NewRows:
    """Citizens' messages and platforms' other events, as values of their columns."""

    _messages: list[dict[str, Any]] = field(default_factory=list)
    _events: list[dict[str, Any]] = field(default_factory=list)

    def add_message(self, **values: Any) -> None:
        """A row of ``inbound``."""
        self._messages.append(values)

    def add_event(self, **values: Any) -> None:
        """A row of ``channel_event``."""
        self._events.append(values)

    def has_message_of(self, conversation_id: str) -> bool:
        """Whether a message of this conversation is not written yet."""
        return any(one["conversation_id"] == conversation_id for one in self._messages)

    def write(self, session: Session) -> None:
        """Writes what was gathered, and what the session holds. Raises ``IntegrityError`` where an event came before."""
        session.flush()
        connection = session.connection()
        if self._messages:
            connection.execute(_INTO_INBOUND, _one_or_all(self._messages))
        if self._events:
            connection.execute(_INTO_EVENTS, _one_or_all(self._events))
        self._messages, self._events = [], []


def _one_or_all(rows: list[dict[str, Any]]) -> dict[str, Any] | list[dict[str, Any]]:
    """Several go to PostgreSQL through the driver's pipeline, which costs more than it saves for one."""
    return rows[0] if len(rows) == 1 else rows
