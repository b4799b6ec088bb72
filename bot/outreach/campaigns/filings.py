"""Filings that began or were finished in a conversation that a campaign brought: counted once each, from the ledger."""

from datetime import datetime, timedelta

from sqlalchemy import and_, or_, select
from sqlalchemy.orm import Session

from bot.outreach.campaigns.counts import count
from bot.storage.campaign_models import CampaignVisit
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import Submission
from bot.storage.eform_models import EFormDraft

COUNTS_FOR = timedelta(days=30)
"""What begins later has other reasons."""

_AT_ONCE = 500


def count_filings(sessions: SessionFactory, now: datetime) -> int:
    """Counts what is new since the last call; returns how many steps. Several callers count nothing twice."""
    begun = select(EFormDraft.id).where(
        EFormDraft.conversation_id == CampaignVisit.conversation_id, EFormDraft.opened_at >= CampaignVisit.at
    )
    filed = select(Submission.portal_draft_id).where(
        Submission.conversation_id == CampaignVisit.conversation_id, Submission.handed_over_at >= CampaignVisit.at
    )
    sent = filed.where(Submission.sent_at.is_not(None))
    wanted = select(CampaignVisit.conversation_id).where(
        CampaignVisit.at > now - COUNTS_FOR,
        or_(
            and_(CampaignVisit.started_at.is_(None), or_(begun.exists(), filed.exists())),
            and_(CampaignVisit.finished_at.is_(None), sent.exists()),
        ),
    )
    with sessions() as session:
        ids = session.scalars(wanted.limit(_AT_ONCE)).all()
    return sum(_count_one(sessions, one, now) for one in ids)


def _count_one(sessions: SessionFactory, conversation_id: str, now: datetime) -> int:
    with writing(sessions) as session:
        visit = session.get(CampaignVisit, conversation_id, with_for_update=True, populate_existing=True)
        if visit is None:
            return 0
        steps = 0
        if visit.started_at is None:
            visit.started_at = now
            count(session, visit.campaign_id, visit.channel, visit.place_id, "started", now)
            steps += 1
        if visit.finished_at is None and _has_sent(session, visit):
            visit.finished_at = now
            count(session, visit.campaign_id, visit.channel, visit.place_id, "finished", now)
            steps += 1
        return steps


def _has_sent(session: Session, visit: CampaignVisit) -> bool:
    sent = select(Submission.portal_draft_id).where(
        Submission.conversation_id == visit.conversation_id,
        Submission.handed_over_at >= visit.at,
        Submission.sent_at.is_not(None),
    )
    return session.scalar(sent.limit(1)) is not None
