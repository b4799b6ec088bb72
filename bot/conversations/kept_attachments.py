"""How long what citizens sent beside text stays in the ledger."""

from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from bot.storage.channel_models import Attachment


def forget_expired_attachments(session: Session, now: datetime) -> int:
    """Purges links, contents and names of attachments past their time; returns how many."""
    held = or_(Attachment.source.is_not(None), Attachment.content.is_not(None))
    expired = update(Attachment).where(held, Attachment.expires_at <= now)
    gone = expired.values(source=None, content=None, name=None, state="purged", detail="expired").returning(Attachment.id)
    return len(session.execute(gone).all())
