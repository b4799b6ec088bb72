"""The ledger's tables of the yearly review of services. What people said and decided is only ever added."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class ServiceReview(Base):
    """The figures of one service in one year, and what the rules make of them. Made anew until it is decided on."""

    __tablename__ = "service_review"
    __table_args__ = (UniqueConstraint("year", "procedure_code"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    year: Mapped[int] = mapped_column(Integer)
    procedure_code: Mapped[str] = mapped_column(String(40))
    name: Mapped[str] = mapped_column(String(500))
    agency: Mapped[str | None] = mapped_column(String(80))
    published_online: Mapped[bool]
    counts: Mapped[dict[str, Any]]
    suggested: Mapped[dict[str, Any]]
    """Rule's id → ``{"outcome", "clear", "verdict"}``."""
    rules_version: Mapped[str] = mapped_column(String(20))
    rules_sha256: Mapped[str] = mapped_column(String(64))
    made_at: Mapped[datetime]


class ServiceReviewComment(Base):
    """What somebody says to a review. ``stance``: with what the rules suggest, or against it."""

    __tablename__ = "service_review_comment"
    __table_args__ = (CheckConstraint("stance IN ('agrees', 'dissents', 'neutral')", name="stance_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("service_review.id"), index=True)
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    stance: Mapped[str] = mapped_column(String(10))
    words: Mapped[str] = mapped_column(Text)
    at: Mapped[datetime]


class ServiceReviewDecision(Base):
    """A signed decision: the figures and comments that it was made on, sealed with them. The newest holds."""

    __tablename__ = "service_review_decision"
    __table_args__ = (
        CheckConstraint("decision IN ('keep', 'improve', 'stop_online', 'online_only')", name="decision_known"),
        CheckConstraint("decision <> 'online_only' OR assisted_route IS NOT NULL", name="assisted_route_kept"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    review_id: Mapped[int] = mapped_column(ForeignKey("service_review.id"), index=True)
    decision: Mapped[str] = mapped_column(String(12))
    reason: Mapped[str] = mapped_column(Text)
    assisted_route: Mapped[str | None] = mapped_column(Text)
    seen: Mapped[dict[str, Any]]
    """The review and the comments as the signer saw them."""
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    at: Mapped[datetime]
    seal: Mapped[str] = mapped_column(String(64))
