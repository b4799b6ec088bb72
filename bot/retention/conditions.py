"""Which conversations are past a period. Each condition is of a row's conversation id, for one moment."""

from datetime import date, datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, or_, select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.conversations.deletion import KEPT_HANDOFF_REASONS
from bot.storage.models import Conversation, Handoff, Outbound
from bot.storage.rights_models import DailyCount

EXPIRED = "expired:"
"""How the name of a conversation begins whose content is gone because its time was over."""


def day_start(day: date) -> datetime:
    """Midnight in Vietnam at which the day begins."""
    return datetime(day.year, day.month, day.day, tzinfo=VIETNAM_TIME)


def idle_since(cutoff: datetime) -> ColumnElement[bool]:
    """Of a ``Conversation``: nothing was said on either side since ``cutoff``, and nobody waits for a person."""
    said = select(Outbound.id).where(Outbound.conversation_id == Conversation.id, Outbound.created_at > cutoff)
    spoken = said.correlate(Conversation).exists()
    open_one = select(Handoff.id).where(Handoff.conversation_id == Conversation.id, Handoff.state.in_(("waiting", "taken")))
    waits = open_one.correlate(Conversation).exists()
    last = func.coalesce(Conversation.last_inbound_at, Conversation.opened_at)
    return and_(last <= cutoff, Conversation.opened_at <= cutoff, Conversation.speaker.in_(("bot", "closed")), ~spoken, ~waits)


def is_record() -> ColumnElement[bool]:
    """Of a ``Conversation``: it is part of handling a petition or a late dossier."""
    kept = select(Handoff.id).where(Handoff.conversation_id == Conversation.id, Handoff.reason.in_(KEPT_HANDOFF_REASONS))
    return kept.correlate(Conversation).exists()


def past_transcript(transcript: datetime, record: datetime) -> ColumnElement[bool]:
    """Of a ``Conversation``: its content is past its time."""
    return or_(and_(idle_since(transcript), ~is_record()), idle_since(record))


def counted_until(session: Session) -> datetime | None:
    """Messages that came in before this moment are in the daily counts; None where nothing was counted yet."""
    last = session.scalar(select(func.max(DailyCount.day)))
    return day_start(last + timedelta(days=1)) if last is not None else None
