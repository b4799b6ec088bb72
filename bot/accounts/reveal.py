"""A citizen's private number shown in clear to one officer: only with a reason, and never without an entry in the audit log."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.conversations.clock import Clock
from bot.conversations.private_values import SHOWN_TO_OFFICERS, PrivateValues
from bot.language.masking import find_private, masked
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, PrivateValue

SHORTEST_REASON = 5
LONGEST_REASON = 200

MayOpen = Callable[[Session, AccountView, str], bool]
"""Whether this account may open this conversation now."""


class RevealRefusedError(Exception):
    """The number is not shown; ``reason``: ``not_allowed``, ``reason_missing`` or ``reason_too_long``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Revealed:
    """The number, or its masked form where its time is over. ``masked`` is empty for a number that was never there."""

    value: str | None
    kind: str | None
    masked: str
    expired_at: datetime | None = None


def sees_every_agency(session: Session, account: AccountView, conversation_id: str) -> bool:
    """The rule while nothing says which agency a conversation belongs to: only who works for all agencies may open it."""
    return account.scope.everything and session.get(Conversation, conversation_id) is not None


def _without_private_numbers(text: str) -> str:
    """The text with every private number masked: the audit log is read by people who may not see it."""
    for span in reversed(find_private(text)):
        text = text[: span.start] + masked(span.kind, span.value) + text[span.end :]
    return text


class PrivateValueReveals:
    """Shows private numbers. ``may_open``: the rule of conversations; unknown means no."""

    def __init__(self, sessions: SessionFactory, values: PrivateValues, may_open: MayOpen, clock: Clock) -> None:
        self._sessions, self._values, self._may_open, self._clock = sessions, values, may_open, clock

    def reveal_private_value(self, account: AccountView, conversation_id: str, token: str, reason: str) -> Revealed:
        """The number behind a placeholder's token. The entry in the audit log (who, which conversation, which token, why) is
        committed before the number is read. Refusals for want of a right, and of what opens a dossier, are recorded too. Raises
        ``RevealRefusedError``."""
        why = " ".join(reason.split())
        if len(why) < SHORTEST_REASON:
            raise RevealRefusedError("reason_missing")
        if len(why) > LONGEST_REASON:
            raise RevealRefusedError("reason_too_long")
        subject = f"conversation:{conversation_id[:64]}"
        with writing(self._sessions) as session:
            allowed = account.may(Permission.PRIVATE_VALUES_REVEAL) and self._may_open(session, account, conversation_id)
            row = session.get(PrivateValue, (conversation_id, token)) if allowed else None
            kind = row.kind if row is not None else None
            allowed = allowed and kind in (None, *SHOWN_TO_OFFICERS)
            details = {"token": token[:32], "kind": kind, "reason": _without_private_numbers(why)}
            act = "private_value.revealed" if allowed else "private_value.refused"
            record_audit(session, account.actor, act, subject, details, now=self._clock())
        if not allowed:
            raise RevealRefusedError("not_allowed")
        if row is None:
            return Revealed(None, None, "")
        value = self._values.reveal(token, conversation_id)
        return Revealed(value, row.kind, row.masked, None if value is not None else row.expires_at)
