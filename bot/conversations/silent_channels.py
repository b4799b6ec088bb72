"""Channels on which people silenced the assistant: how often the citizen is told so."""

from datetime import datetime, timedelta

from sqlalchemy import select

from bot.storage.database import SessionFactory
from bot.storage.models import Inbound

TOLD_EVERY = timedelta(hours=1)


def told_lately(sessions: SessionFactory, conversation_id: str, now: datetime) -> bool:
    """Whether the citizen was told within the last hour that the assistant is silent here."""
    told = select(Inbound.id).where(
        Inbound.conversation_id == conversation_id,
        Inbound.outcome == "failed_and_told",
        Inbound.outcome_detail == "channel_off",
        Inbound.finished_at > now - TOLD_EVERY,
    )
    with sessions() as session:
        return session.scalars(told.limit(1)).first() is not None
