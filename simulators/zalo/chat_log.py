"""What was said between people and the Official Account, as the reading interfaces tell it."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ChatRow:
    """One message. ``from_user``: whether the person wrote it."""

    message_id: str
    user_id: str
    user_name: str
    from_user: bool
    kind: str
    text: str
    at_ms: int


class ChatLog:
    """All messages, oldest first."""

    def __init__(self, oa_id: str, oa_name: str) -> None:
        self._oa_id, self._oa_name = oa_id, oa_name
        self._rows: list[ChatRow] = []

    def add(self, row: ChatRow) -> None:
        """Notes a message."""
        self._rows.append(row)

    def find(self, message_id: str) -> ChatRow | None:
        """The message with this id, or None."""
        return next((row for row in reversed(self._rows) if row.message_id == message_id), None)

    def conversation(self, user_id: str, offset: int, count: int) -> list[dict[str, Any]]:
        """The latest messages with one person, newest first."""
        rows = [row for row in reversed(self._rows) if row.user_id == user_id]
        return [self._told(row) for row in rows[offset : offset + count]]

    def recent(self, offset: int, count: int) -> list[dict[str, Any]]:
        """The last message of each conversation, newest first."""
        latest: dict[str, ChatRow] = {}
        for row in reversed(self._rows):
            latest.setdefault(row.user_id, row)
        return [self._told(row) for row in list(latest.values())[offset : offset + count]]

    def forget(self, user_id: str) -> None:
        """Removes one person's messages."""
        self._rows = [row for row in self._rows if row.user_id != user_id]

    def clear(self) -> None:
        """Removes all."""
        self._rows.clear()

    def _told(self, row: ChatRow) -> dict[str, Any]:
        person, account = (row.user_id, row.user_name), (self._oa_id, self._oa_name)
        sender, receiver = (person, account) if row.from_user else (account, person)
        return {
            "src": 1 if row.from_user else 0,
            "time": row.at_ms,
            "type": row.kind,
            "message": row.text,
            "message_id": row.message_id,
            "from_id": sender[0],
            "to_id": receiver[0],
            "from_display_name": sender[1],
            "to_display_name": receiver[1],
        }
