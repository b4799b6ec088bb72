"""One element of a webhook's ``messaging`` or ``standby``, with what every event needs of it."""

from dataclasses import dataclass
from datetime import datetime

from bot.conversations.events import IgnoredEvent, Origin
from connectors.facebook.account import CHANNEL, FacebookAccount
from connectors.facebook.webhook_json import JsonObject, UnreadableError, digest_of, id_in, moment_in


@dataclass(frozen=True)
class Item:
    """``kind`` is the platform's name of the part that makes it an event (``message``, ``read`` …). ``standby``: another app
    has the thread and we only listen. ``raw`` is a body that holds this event alone."""

    kind: str
    data: JsonObject
    account: FacebookAccount
    raw: bytes
    standby: bool = False

    @property
    def name(self) -> str:
        """The event's name in our list of events."""
        return f"standby.{self.kind}" if self.standby else self.kind

    @property
    def at(self) -> datetime | None:
        """The platform's time of the event."""
        return moment_in(self.data, "timestamp")

    def party(self, role: str) -> str | None:
        """The id of the ``sender`` or the ``recipient``; None where it is not told. Raises ``UnreadableError``."""
        value = self.data.get(role)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise UnreadableError(f"{role} is no object")
        return id_in(value, "id")

    @property
    def from_page(self) -> bool:
        """Whether our page is the sender."""
        return self.party("sender") == self.account.page_id

    @property
    def is_ours(self) -> bool:
        """Whether our page takes part. Events of the page alone name it as their recipient."""
        return self.account.page_id in (self.party("sender"), self.party("recipient"))

    @property
    def citizen(self) -> str:
        """The other party's page-scoped id. Raises ``UnreadableError`` where there is none."""
        found = self.party("recipient" if self.from_page else "sender")
        if found is None or found == self.account.page_id:
            raise UnreadableError("no citizen takes part")
        return found

    def origin(self, message_id: str | None = None, *, name: str | None = None) -> Origin:
        """Where the event comes from. Events without a message id of their own are known by their content, which the platform
        repeats unchanged."""
        event_id = message_id or f"{self.name[:40]}:{self.data.get('timestamp', '')!s:.20}:{digest_of(self.data, 32)}"
        return Origin(CHANNEL, self.account.page_id, _plain(event_id), name or self.name, self.raw, self.at)

    def ignored(self, detail: str = "not_used") -> IgnoredEvent:
        """The event as one that means nothing to us."""
        return IgnoredEvent(self.origin(), detail)


def _plain(event_id: str) -> str:
    return "".join(char if "!" <= char <= "~" else "?" for char in event_id)
