"""How calls to platforms ended: of all that ended at the same time, in one transaction."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import lru_cache

from sqlalchemy import Select, and_, bindparam, exists, select, update
from sqlalchemy.orm import Session, aliased, defer

from bot.conversations.ownership import mute
from bot.conversations.platform_parts import EndWritten, PartEnd, PartToSend
from bot.conversations.rate_slots import RatePace, pause_account, resume_account
from bot.storage.channel_models import ChannelAccount, Delivery
from bot.storage.models import Conversation, Outbound

PROBE_EVERY = timedelta(minutes=5)
"""An account that needs a person is tried again this often, so that sending goes on by itself once it is mended."""

MUTED_FOR = timedelta(hours=24)
Ended = tuple[PartToSend, PartEnd]


def write_ends(session: Session, ended: Sequence[Ended], paces: Mapping[str, RatePace], now: datetime) -> list[EndWritten]:
    """Writes how the calls ended and frees their conversations. Where another sender has taken one over meanwhile, only what is
    known of this very part is written."""
    held = _held(session, {part.conversation_id for part, _ in ended})
    messages = _messages_of(session, {part.outbound_id for part, _ in ended})
    return [
        _write_one(session, held.get(part.conversation_id), messages.get(part.outbound_id), part, end, paces, now)
        for part, end in ended
    ]


_ALL_HELD = (
    select(Conversation)
    .where(Conversation.id.in_(bindparam("conversations", expanding=True)))
    .order_by(Conversation.channel, Conversation.account, Conversation.external_id)
    .with_for_update(key_share=True)
    .execution_options(populate_existing=True)
)


def _held(session: Session, conversations: set[str]) -> dict[str, Conversation]:
    """In the order in which everybody takes several, so that nobody waits for each other."""
    rows = session.scalars(_ALL_HELD, {"conversations": sorted(conversations)})
    return {row.id: row for row in rows}


class _Message:
    """A message with all its parts, and whether others of its conversation wait."""

    def __init__(self, outbound: Outbound, others_wait: bool) -> None:
        self.outbound, self.others_wait = outbound, others_wait
        self.parts: list[Delivery] = []


@lru_cache(maxsize=1)
def _all_messages() -> Select[Delivery, Outbound, ChannelAccount, bool]:
    other = aliased(Outbound)
    waits = exists().where(other.conversation_id == Outbound.conversation_id, other.state == "pending", other.id != Outbound.id)
    account = and_(ChannelAccount.channel == Conversation.channel, ChannelAccount.account == Conversation.account)
    return (
        select(Delivery, Outbound, ChannelAccount, waits)
        .join(Outbound, Outbound.id == Delivery.outbound_id)
        .join(Conversation, Conversation.id == Outbound.conversation_id)
        .outerjoin(ChannelAccount, account)
        .where(Delivery.outbound_id.in_(bindparam("messages", expanding=True)))
        .order_by(Delivery.outbound_id, Delivery.part)
        .options(defer(Delivery.call), defer(Delivery.shown), defer(Outbound.message))
    )


def _messages_of(session: Session, outbound_ids: set[int]) -> dict[int, _Message]:
    """Read after the conversations are held. With them, for whoever asks within the transaction, the account: the session knows
    it for as long as somebody holds it."""
    rows = session.execute(_all_messages(), {"messages": sorted(outbound_ids)}).all()
    session.info["accounts_read"] = {row[2] for row in rows}
    found: dict[int, _Message] = {}
    for delivery, outbound, _account, others_wait in rows:
        found.setdefault(outbound.id, _Message(outbound, others_wait)).parts.append(delivery)
    return found


def _write_one(
    session: Session,
    conversation: Conversation | None,
    message: _Message | None,
    part: PartToSend,
    end: PartEnd,
    paces: Mapping[str, RatePace],
    now: datetime,
) -> EndWritten:
    delivery = next((one for one in message.parts if one.id == part.delivery_id), None) if message is not None else None
    if message is None or delivery is None or conversation is None or delivery.state not in ("sending", "ambiguous"):
        return EndWritten(held=False)
    held = conversation.send_fence == part.fence
    if not held and end.state != "sent":
        return EndWritten(held=False)
    write_end(delivery, end, now)
    _note_account(session, part, end, now)
    if end.contact_unavailable is not None:
        conversation.unavailable_reason, conversation.unavailable_at = end.contact_unavailable[:80], now
    if end.muted:
        mute(session, conversation.id, now + MUTED_FOR)
    _settle(message.outbound, message.parts, now)
    if held:
        pace = paces[part.channel]
        conversation.send_owner = conversation.send_lease_until = None
        conversation.send_not_before = end.not_before or (now + pace.per_chat if pace.per_chat else None)
    return EndWritten(held, more=message.others_wait or message.outbound.state == "pending")


def write_end(delivery: Delivery, end: PartEnd, now: datetime) -> None:
    """The end in the part's own row."""
    # The platform may have repeated the message to us before the call ended without an answer: then it has arrived.
    arrived = end.state == "sent" or (end.state == "ambiguous" and delivery.platform_message_id is not None)
    delivery.state = "sent" if arrived else end.state
    delivery.error = end.error[:160] if end.error else None
    if arrived:
        delivery.sent_at = now
        delivery.platform_message_id = end.message_id or delivery.platform_message_id


def _note_account(session: Session, part: PartToSend, end: PartEnd, now: datetime) -> None:
    if end.account_needs is not None:
        pause_account(session, part.channel, part.account, now + PROBE_EVERY, now, needs=end.account_needs)
    elif end.pause_account_until is not None:
        pause_account(session, part.channel, part.account, end.pause_account_until, now)
    elif end.state == "sent":
        resume_account(session, part.channel, part.account, end.quota_left, now)


def settle_unsent(session: Session, outbound: Outbound, reason: str) -> None:
    """Ends a message that may not be said any more. Parts that are out already stay as they are."""
    state = "dropped" if reason == "speaker_changed" else "dead"
    session.execute(
        update(Delivery).where(Delivery.outbound_id == outbound.id, Delivery.state == "pending").values(state=state, error=reason)
    )
    outbound.state, outbound.detail = state, reason
    session.flush()


def settle_outbound(session: Session, outbound_id: int, now: datetime) -> None:
    """A message is as its parts are, once none is left to send: the worst of them names it."""
    session.flush()
    parts = session.scalars(select(Delivery).where(Delivery.outbound_id == outbound_id).order_by(Delivery.part)).all()
    _settle(session.get(Outbound, outbound_id), parts, now)


def _settle(outbound: Outbound | None, parts: Sequence[Delivery], now: datetime) -> None:
    states = {part.state for part in parts}
    if outbound is None or states & {"pending", "sending"}:
        return
    # Parts whose end nobody knew may be known later to have arrived.
    if outbound.state != "pending" and not (outbound.state == "ambiguous" and states == {"sent"}):
        return
    state = next((word for word in ("dead", "ambiguous", "dropped") if word in states), "sent")
    known_before = outbound.detail if outbound.state == "pending" else None
    outbound.detail = next((part.error for part in parts if part.state == state and part.error), known_before)
    outbound.state = state
    outbound.sent_at = max(part.sent_at or now for part in parts) if state == "sent" else None
