"""The ledger's table of guided submissions: e-forms that are being filled in."""

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Integer, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.models import Base


class EFormDraft(Base):
    """A filled-in e-form on its way. ``content`` holds all that the citizen said, encrypted; ``person`` is a keyed hash of
    citizen id and telephone number, by which its owner finds it again from elsewhere. ``revision`` guards against two writers."""

    __tablename__ = "eform_draft"
    __table_args__ = (
        CheckConstraint(
            "stage IN ('filling', 'papers', 'review', 'paused', 'confirmed', 'cancelled')",
            name="stage_known",
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    procedure_code: Mapped[str] = mapped_column(String(12))
    stage: Mapped[str] = mapped_column(String(10))
    person: Mapped[str | None] = mapped_column(String(64), index=True)
    revision: Mapped[int] = mapped_column(Integer)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    opened_at: Mapped[datetime]
    touched_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)
