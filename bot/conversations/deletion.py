"""A citizen's data leave the ledger on their request; that they did stays on record."""

import secrets
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.orm import Session

from bot.conversations.handoffs import open_handoff_of
from bot.messages import BotMessage
from bot.storage.channel_models import Attachment, Delivery
from bot.storage.dossier_models import IdentityLink, KnownDossier
from bot.storage.eform_models import EFormDraft
from bot.storage.models import ButtonToken, Conversation, Handoff, Inbound, Outbound, PrivateValue


def forget_citizen(session: Session, conversation: Conversation, now: datetime) -> None:
    """Removes all that the citizen said or sent and all that was said to them; the rows stay with their times and outcomes, so
    that reports still add up. Who writes again begins as a stranger. The caller holds the conversation's row."""
    mine = conversation.id
    empty = BotMessage("").to_json()
    session.execute(
        update(Inbound)
        .where(Inbound.conversation_id == mine, Inbound.outcome.is_(None))
        .values(outcome="ignored", outcome_detail="forgotten", finished_at=now)
    )
    session.execute(
        update(Inbound).where(Inbound.conversation_id == mine).values(text=None, act=None, raw=None, nlu=None, circumstances=None)
    )
    session.execute(delete(ButtonToken).where(ButtonToken.conversation_id == mine))
    session.execute(delete(EFormDraft).where(EFormDraft.conversation_id == mine))
    session.execute(delete(KnownDossier).where(KnownDossier.conversation_id == mine))
    session.execute(delete(IdentityLink).where(IdentityLink.conversation_id == mine))
    session.execute(delete(PrivateValue).where(PrivateValue.conversation_id == mine))
    session.execute(
        update(Attachment)
        .where(Attachment.conversation_id == mine)
        .values(source=None, content=None, name=None, sha256=None, state="purged", detail="forgotten")
    )
    session.execute(update(Delivery).where(Delivery.conversation_id == mine).values(call={}, shown=""))
    session.execute(
        update(Delivery)
        .where(Delivery.conversation_id == mine, Delivery.state.in_(("pending", "sending")))
        .values(state="dropped", error="forgotten")
    )
    session.execute(
        update(Outbound)
        .where(Outbound.conversation_id == mine, Outbound.state == "pending")
        .values(state="dropped", detail="forgotten")
    )
    session.execute(update(Outbound).where(Outbound.conversation_id == mine).values(message=empty))
    session.execute(update(Handoff).where(Handoff.conversation_id == mine).values(summary={}))
    handoff = open_handoff_of(session, mine)
    if handoff is not None:
        handoff.state, handoff.ended_at = "withdrawn", now
    conversation.external_id = f"forgotten:{secrets.token_hex(8)}"
    conversation.speaker, conversation.officer_until = "closed", None
    conversation.verified_phone = conversation.verified_phone_at = None
    conversation.unavailable_reason, conversation.unavailable_at = "forgotten", now
    conversation.expects = None
    conversation.rasa_session += 1
