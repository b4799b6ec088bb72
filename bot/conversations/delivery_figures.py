"""How sending goes, per channel: what waits, what was not delivered and why."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.storage.channel_models import ChannelAccount, Delivery
from bot.storage.models import Conversation, Inbound, Outbound


@dataclass(frozen=True)
class ChannelFigures:
    """The ledger's view of one channel. ``unsent`` counts messages that are dead or ambiguous, by reason."""

    channel: str
    last_inbound_at: datetime | None
    waiting: int
    oldest_waiting_at: datetime | None
    unsent: Counter[str]
    unreachable: int
    state: str
    reason: str | None
    paused_until: datetime | None


def channel_figures(session: Session, channel: str, since: datetime) -> ChannelFigures:
    """The figures; ``unsent`` since the moment given."""
    of_channel = select(Conversation.id).where(Conversation.channel == channel)
    pending = session.execute(
        select(func.count(), func.min(Outbound.created_at)).where(
            Outbound.state == "pending", Outbound.conversation_id.in_(of_channel)
        )
    ).one()
    unsent = session.execute(
        select(Outbound.state, Outbound.detail, func.count())
        .where(Outbound.state.in_(("dead", "ambiguous")), Outbound.created_at >= since, Outbound.conversation_id.in_(of_channel))
        .group_by(Outbound.state, Outbound.detail)
    )
    account = session.scalars(select(ChannelAccount).where(ChannelAccount.channel == channel)).first()
    return ChannelFigures(
        channel=channel,
        last_inbound_at=session.scalar(select(func.max(Inbound.received_at)).where(Inbound.channel == channel)),
        waiting=pending[0],
        oldest_waiting_at=pending[1],
        unsent=Counter({f"{state}: {detail or '?'}": count for state, detail, count in unsent}),
        unreachable=session.scalar(
            select(func.count()).where(Conversation.channel == channel, Conversation.unavailable_reason.is_not(None))
        )
        or 0,
        state=account.state if account is not None else "ok",
        reason=account.reason if account is not None else None,
        paused_until=account.paused_until if account is not None else None,
    )


@dataclass(frozen=True)
class UnsentPart:
    """A call that did not reach the citizen for sure, for the list that people look at."""

    delivery_id: int
    outbound_id: int
    conversation_id: str
    channel: str
    state: str
    error: str | None
    attempts: int
    created_at: datetime


def unsent_parts(session: Session, limit: int = 100) -> list[UnsentPart]:
    """The newest dead and ambiguous parts."""
    rows = session.execute(
        select(Delivery, Conversation.channel)
        .join(Conversation, Conversation.id == Delivery.conversation_id)
        .where(Delivery.state.in_(("dead", "ambiguous")))
        .order_by(Delivery.id.desc())
        .limit(limit)
    )
    return [
        UnsentPart(d.id, d.outbound_id, d.conversation_id, channel, d.state, d.error, d.attempts, d.created_at)
        for d, channel in rows
    ]


def send_again(session: Session, delivery_id: int) -> bool:
    """A person decides that a dead or ambiguous part is sent once more; False where it is neither."""
    delivery = session.get(Delivery, delivery_id, with_for_update=True)
    if delivery is None or delivery.state not in ("dead", "ambiguous"):
        return False
    outbound = session.get_one(Outbound, delivery.outbound_id)
    delivery.state, delivery.attempts, delivery.error = "pending", 0, None
    outbound.state, outbound.detail = "pending", "sent_again_by_a_person"
    return True
