"""The ledger's table of service cards: every state that a procedure's card ever had, numbered and dated. Of no person."""

from datetime import date, datetime

from sqlalchemy import CheckConstraint, Date, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class ServiceCardVersion(Base):
    """One state of one procedure's card. ``content``: ``bot.cards.card.card_json``; ``sha256``: of it without the day of its
    data, so that newer data that say the same make no new version. ``live_until`` None: it stands now.

    ``name``, ``field``, ``words`` (folded: code, names, other names), ``as_of``, ``made_from``, ``looks_again_on`` and
    what counts its gaps are of the newest making and change in place."""

    __tablename__ = "service_card"
    __table_args__ = (
        CheckConstraint("origin IN ('reviewed', 'imported')", name="origin_known"),
        UniqueConstraint("code", "version", name="uq_service_card_version"),
        Index("ix_service_card_live", "live_until", "code"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    code: Mapped[str] = mapped_column(String(12))
    version: Mapped[int] = mapped_column(Integer)
    origin: Mapped[str] = mapped_column(String(10))
    name: Mapped[str] = mapped_column(Text)
    field: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    content: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    agencies: Mapped[str] = mapped_column(Text)
    """Ids of the receiving and the deciding agency, comma separated."""
    missing: Mapped[str] = mapped_column(String(120))
    """What a full card states and this one does not (``bot.cards.completeness.WATCHED``), comma separated."""
    doubtful: Mapped[int] = mapped_column(Integer)
    """How many of its facts carry a caution."""
    as_of: Mapped[str] = mapped_column(String(10))
    made_from: Mapped[str] = mapped_column(String(64))
    """What it was made from: where that is the same and no fact ends, nothing has to be made anew."""
    looks_again_on: Mapped[date | None] = mapped_column(Date)
    made_at: Mapped[datetime]
    """When this state was last made, be it that it only got newer data."""
    live_from: Mapped[datetime]
    live_until: Mapped[datetime | None]
