"""The end of outreach for one person, at once: nothing that waits for them goes out any more. Used by the list of consents."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Select, delete, select, update
from sqlalchemy.orm import Session

from bot.storage.campaign_models import CampaignPerson, OutreachSubscription


def end_outreach(session: Session, conversations: Sequence[str], reason: str, now: datetime) -> Select[Any]:
    """Drops what these conversations were still to be told by campaigns and forgets where they live. Returns the lines that were
    written already, for the caller to hold back what of them has not gone out."""
    theirs = CampaignPerson.conversation_id.in_(conversations)
    lines = select(CampaignPerson.outbound_id).where(theirs, CampaignPerson.outbound_id.is_not(None))
    waiting = update(CampaignPerson).where(theirs, CampaignPerson.state == "waiting")
    session.execute(waiting.values(state="dropped", reason=reason, finished_at=now))
    session.execute(delete(OutreachSubscription).where(OutreachSubscription.conversation_id.in_(conversations)))
    return lines
