"""What a citizen sees on the phone: the judge of what a connector really achieved."""

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, TypedDict

Author = Literal["user", "bot", "officer", "system"]
ButtonKind = Literal["reply", "postback", "url", "phone", "contact", "location"]


class ShownButton(TypedDict):
    """A button as the citizen can tap it; ``value`` is what a tap sends, opens or calls."""

    title: str
    kind: ButtonKind
    value: str


@dataclass(frozen=True)
class ShownMessage:
    """One message on the phone. ``refused`` says why the platform refused it (then the citizen saw nothing);
    ``note`` is for people who read the transcript (edited, deleted, buttons gone …)."""

    id: str
    at: datetime
    author: Author
    text: str = ""
    buttons: Sequence[ShownButton] = ()
    attachments: Sequence[dict[str, Any]] = ()
    refused: str | None = None
    note: str | None = None

    def as_json(self) -> dict[str, Any]:
        """For the control plane."""
        return dataclasses.asdict(self) | {
            "at": self.at.isoformat(),
            "buttons": [dict(button) for button in self.buttons],
            "attachments": [dict(attachment) for attachment in self.attachments],
        }


@dataclass
class _Screen:
    revision: int = 0
    messages: list[ShownMessage] = field(default_factory=list)


class Transcripts:
    """The screens of all users. The revision of a screen rises with every change."""

    def __init__(self) -> None:
        self._screens: dict[str, _Screen] = {}

    def show(self, user: str, message: ShownMessage) -> ShownMessage:
        """Adds a message at the end."""
        screen = self._screens.setdefault(user, _Screen())
        screen.messages.append(message)
        screen.revision += 1
        return message

    def of(self, user: str) -> list[ShownMessage]:
        """All messages of a user, oldest first; empty for a user who never wrote."""
        return list(self._screen(user).messages)

    def find(self, user: str, message_id: str) -> ShownMessage | None:
        """The message with this id that was not refused, or None."""
        return next((m for m in self._screen(user).messages if m.id == message_id and m.refused is None), None)

    def edit(self, user: str, message_id: str, **changes: Any) -> ShownMessage:
        """Replaces fields of a message. Raises ``KeyError`` where there is none with this id."""
        screen = self._screen(user)
        for position, message in enumerate(screen.messages):
            if message.id == message_id and message.refused is None:
                screen.messages[position] = dataclasses.replace(message, **changes)
                screen.revision += 1
                return screen.messages[position]
        raise KeyError(message_id)

    def revision(self, user: str) -> int:
        """How often this user's screen changed."""
        return self._screen(user).revision

    def clear(self) -> None:
        """Forgets everything."""
        self._screens.clear()

    def _screen(self, user: str) -> _Screen:
        return self._screens.get(user) or _Screen()
