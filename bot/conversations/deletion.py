"""A citizen's data leave the ledger on their request; that they did stays on record."""

import secrets
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.conversations.handoffs import end_handoff, open_handoff_of
from bot.conversations.ownership import end_for_good
from bot.messages import BotMessage
from bot.review.forgetting import forget_review
from bot.storage.channel_models import Attachment, Delivery
from bot.storage.dossier_models import DossierNotice, DossierWatch, IdentityLink, KnownDossier
from bot.storage.eform_models import EFormDraft
from bot.storage.models import ButtonToken, Conversation, Handoff, Inbound, Outbound, PrivateValue
from bot.storage.officer_models import OfficerNote


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
    _end_watches(session, mine, now)
    session.execute(update(OfficerNote).where(OfficerNote.conversation_id == mine).values(text=""))
    forget_review(session, mine, now)
    handoff = open_handoff_of(session, mine)
    if handoff is not None:
        end_handoff(session, handoff, now, "forgotten", withdrawn=True)
    end_for_good(session, mine)
    conversation.external_id = f"forgotten:{secrets.token_hex(8)}"
    conversation.verified_phone = conversation.verified_phone_at = None
    conversation.unavailable_reason, conversation.unavailable_at = "forgotten", now
    conversation.expects = None
    conversation.rasa_session += 1


def _end_watches(session: Session, conversation_id: str, now: datetime) -> None:
    """No dossier is followed any more (the portal hears of it in the worker's rounds), and nothing is left that names one."""
    mine = select(DossierWatch.id).where(DossierWatch.conversation_id == conversation_id)
    session.execute(
        update(DossierNotice)
        .where(DossierNotice.watch_id.in_(mine), DossierNotice.state == "waiting")
        .values(state="not_told", reason="forgotten", finished_at=now)
    )
    session.execute(update(DossierNotice).where(DossierNotice.watch_id.in_(mine)).values(content=None))
    session.execute(
        update(DossierWatch)
        .where(DossierWatch.conversation_id == conversation_id, DossierWatch.state.in_(("asked", "active")))
        .values(state="ended", end_reason="forgotten", ended_at=now)
    )
    session.execute(
        update(DossierWatch)
        .where(DossierWatch.conversation_id == conversation_id)
        .values(shown="", dossier_key="", status_code=None, supplement_deadline=None, proofs=None)
    )
