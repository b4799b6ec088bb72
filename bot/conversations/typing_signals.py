"""Which citizens wait for an answer that is being worked on, so that their chat can show it."""

from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import select

from bot.storage.database import SessionFactory
from bot.storage.models import Conversation, Inbound

_SHOWN_AFTER = timedelta(seconds=0.3)
_SHOWN_WITHIN = timedelta(seconds=30)
_REMEMBERED = 2_000


@dataclass(frozen=True)
class WaitingCitizen:
    """Someone whose message is being answered."""

    channel: str
    account: str
    external_id: str


@dataclass
class TypingSignals:
    """Names each waiting message once."""

    sessions: SessionFactory
    channels: Sequence[str]
    _named: OrderedDict[int, None] = field(default_factory=OrderedDict)

    def waiting(self, now: datetime) -> list[WaitingCitizen]:
        """The citizens whose message has waited for a moment and was not named before."""
        rows = select(Inbound.id, Conversation.channel, Conversation.account, Conversation.external_id).join(
            Conversation, Conversation.id == Inbound.conversation_id
        )
        due = rows.where(
            Inbound.outcome.is_(None),
            Inbound.received_at <= now - _SHOWN_AFTER,
            Inbound.received_at >= now - _SHOWN_WITHIN,
            Conversation.channel.in_(list(self.channels)),
            Conversation.speaker == "bot",
        ).limit(20)
        with self.sessions() as session:
            found = [row for row in session.execute(due) if row.id not in self._named]
        for row in found:
            self._named[row.id] = None
        while len(self._named) > _REMEMBERED:
            self._named.popitem(last=False)
        return [WaitingCitizen(row.channel, row.account, row.external_id) for row in found]
