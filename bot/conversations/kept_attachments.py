"""What citizens sent beside text and was asked for: read back, and how long it stays in the ledger."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import or_, update
from sqlalchemy.orm import Session

from bot.conversations.private_values import PrivateValues
from bot.storage.channel_models import Attachment
from bot.storage.database import SessionFactory


@dataclass(frozen=True)
class KeptAttachment:
    """A paper as it was taken in."""

    content: bytes = field(repr=False)
    media_type: str | None


def attachment_content(
    sessions: SessionFactory, private: PrivateValues, ref: str, conversation_id: str | None = None
) -> KeptAttachment | None:
    """The attachment with this number, or None where it is gone, cannot be read, or is of another conversation than the one
    named."""
    if not (ref.isascii() and ref.isdigit() and len(ref) < 19):
        return None
    with sessions() as session:
        row = session.get(Attachment, int(ref))
    if row is None or row.content is None or (conversation_id is not None and row.conversation_id != conversation_id):
        return None
    content = private.decrypt(row.content)
    return KeptAttachment(content, row.media_type) if content is not None else None


def forget_expired_attachments(session: Session, now: datetime) -> int:
    """Purges links, contents and names of attachments past their time; returns how many."""
    held = or_(Attachment.source.is_not(None), Attachment.content.is_not(None))
    expired = update(Attachment).where(held, Attachment.expires_at <= now)
    gone = expired.values(source=None, content=None, name=None, state="purged", detail="expired").returning(Attachment.id)
    return len(session.execute(gone).all())
