"""The ledger's tables of the level audit: looks at official links, published reasons of partial levels, and decisions on showing
a procedure's online filing. Rows are only added."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class LinkCheck(Base):
    """One look at the page behind a procedure's official link. ``outcome``: one of ``bot.levels.outcomes.OUTCOMES``; ``detail``
    short and ours, never the page's own words; ``final_host``: where redirects ended. ``checked_by``: the login of a person who
    looked with their own eyes, None for the product."""

    __tablename__ = "link_check"
    __table_args__ = (Index("ix_link_check_procedure_code", "procedure_code", "id"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    procedure_code: Mapped[str] = mapped_column(String(40))
    url: Mapped[str] = mapped_column(String(2_000))
    checked_at: Mapped[datetime] = mapped_column(index=True)
    outcome: Mapped[str] = mapped_column(String(30))
    detail: Mapped[str] = mapped_column(String(200), default="")
    final_host: Mapped[str] = mapped_column(String(253), default="")
    checked_by: Mapped[str | None] = mapped_column(String(80))


class PartialReason(Base):
    """Why a procedure can be filed online only in part, as it was published (NĐ 224/2026 art. 14). The newest row of a procedure
    holds. ``still_in_person``: what one must still come for; ``published_where``: the place of publication."""

    __tablename__ = "partial_reason"
    __table_args__ = (
        CheckConstraint(
            "reason_code IN ('presence_required', 'on_site_verification', 'technical_incident', 'other_technical')",
            name="reason_known",
        ),
        Index("ix_partial_reason_procedure_code", "procedure_code", "id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    procedure_code: Mapped[str] = mapped_column(String(40))
    reason_code: Mapped[str] = mapped_column(String(30))
    legal_basis: Mapped[str] = mapped_column(String(300))
    still_in_person_vi: Mapped[str] = mapped_column(String(300))
    still_in_person_en: Mapped[str] = mapped_column(String(300), default="")
    published_where: Mapped[str] = mapped_column(String(300), default="")
    published_on: Mapped[date] = mapped_column(Date)
    noted_by: Mapped[str] = mapped_column(String(80))
    noted_at: Mapped[datetime]


class FilingProposal(Base):
    """What somebody proposes about showing a procedure's online filing. ``state``: ``shown``, ``guidance_only`` or
    ``online_filing_off``. ``from_at`` None: from the approval on. ``warnings``: the codes of the warnings that the proposer was
    shown and took upon themselves. ``evidence``: the figures of the audit at that moment."""

    __tablename__ = "filing_proposal"
    __table_args__ = (
        CheckConstraint("state IN ('shown', 'guidance_only', 'online_filing_off')", name="state_known"),
        Index("ix_filing_proposal_procedure_code", "procedure_code", "id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    procedure_code: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(20))
    reason_code: Mapped[str] = mapped_column(String(30))
    words_vi: Mapped[str] = mapped_column(Text)
    words_en: Mapped[str] = mapped_column(Text, default="")
    legal_basis: Mapped[str] = mapped_column(String(300), default="")
    from_at: Mapped[datetime | None]
    until_at: Mapped[datetime | None]
    review_on: Mapped[date | None] = mapped_column(Date)
    warnings: Mapped[list[str]] = mapped_column(JSON)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    proposed_by: Mapped[str] = mapped_column(String(80))
    proposed_at: Mapped[datetime]


class FilingDecision(Base):
    """How a proposal ended: one row at most. ``order_number``: the order of ``kill_switch`` that the approval gave."""

    __tablename__ = "filing_decision"
    __table_args__ = (CheckConstraint("outcome IN ('approved', 'refused', 'taken_back')", name="outcome_known"),)

    proposal_id: Mapped[int] = mapped_column(ForeignKey("filing_proposal.id"), primary_key=True)
    outcome: Mapped[str] = mapped_column(String(12))
    words: Mapped[str] = mapped_column(String(400), default="")
    decided_by: Mapped[str] = mapped_column(String(80))
    decided_at: Mapped[datetime]
    order_number: Mapped[int | None] = mapped_column(ForeignKey("kill_switch.id"), index=True)
    evidence: Mapped[dict[str, Any]] = mapped_column(JSON)
    """The figures when it was decided; they may have moved since the proposal."""
