"""The portal's word on a draft: what became of it."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.portal.submission import Draft
from bot.storage.dossier_models import Submission


def take_in_draft(session: Session, draft: Draft, now: datetime) -> bool:
    """Notes what became of a draft, in the caller's transaction; whether anything changed. A draft that is not ours, and one of
    which the same was told before, change nothing."""
    row = session.get(Submission, draft.draft_id, with_for_update=True)
    if row is None or row.state != "handed_over":
        return False
    if draft.status == "submitted":
        row.state, row.sent_at = "sent", now
        return True
    if draft.status == "expired":
        row.state = "expired"
        return True
    return False
