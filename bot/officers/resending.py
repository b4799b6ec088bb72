"""A message that did not reach the citizen, or perhaps did not, is sent once more because an officer says so."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import ownership
from bot.conversations.delivery_figures import send_again
from bot.conversations.outbox import MESSAGE_LIFE
from bot.conversations.ownership import Officer
from bot.conversations.reach import reach_of
from bot.conversations.windows import send_mode
from bot.officers.taking import LEASE, Also, NotOwnerError, nothing_more
from bot.storage.channel_models import Delivery
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Outbound
from bot.storage.wakeup import announce_outbound


class NotResendableError(ValueError):
    """``reason``: ``unknown`` (no such message here, or it needs no sending), ``too_old``, or why the platform takes nothing now
    (``window_closed``, ``unavailable``)."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


def resend_message(
    sessions: SessionFactory,
    conversation_id: str,
    outbound_id: int,
    officer: Officer,
    now: datetime,
    *,
    lease: timedelta = LEASE,
    also: Also = nothing_more,
) -> None:
    """Every part that is dead or ambiguous waits for the sender again; the citizen may read an ambiguous one twice.

    Raises ``NotOwnerError`` and ``NotResendableError``."""
    with writing(sessions) as session:
        if not ownership.renew(session, conversation_id, officer.account, now, now + lease):
            raise NotOwnerError(conversation_id)
        outbound = session.get(Outbound, outbound_id)
        if outbound is None or outbound.conversation_id != conversation_id or outbound.state not in ("dead", "ambiguous"):
            raise NotResendableError("unknown")
        if now - outbound.created_at > MESSAGE_LIFE:
            raise NotResendableError("too_old")
        conversation = session.get_one(Conversation, conversation_id)
        mode = send_mode(reach_of(session, conversation), by_person=outbound.author == "officer", now=now)
        if mode in ("window_closed", "unavailable"):
            raise NotResendableError(mode)
        _wait_again(session, outbound)
        also(session)


def _wait_again(session: Session, outbound: Outbound) -> None:
    parts = session.scalars(select(Delivery.id).where(Delivery.outbound_id == outbound.id).order_by(Delivery.part)).all()
    for part in parts:
        send_again(session, part)
    # A message whose window was closed when it was written has no parts yet.
    outbound.state, outbound.detail = "pending", "sent_again_by_a_person"
    session.flush()
    announce_outbound(session)
