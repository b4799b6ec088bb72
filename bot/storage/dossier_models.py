"""The ledger's tables around dossiers: submissions on their way, watches, notices, confirmed identities, wrong proofs."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import CheckConstraint, Date, ForeignKey, Index, Integer, LargeBinary, String, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class PortalEventSeen(Base):
    """An event of the portal's webhook that was carried out: written in the transaction that does what it asks for."""

    __tablename__ = "portal_event"

    event_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    type: Mapped[str] = mapped_column(String(60))
    received_at: Mapped[datetime] = mapped_column(index=True)


class PortalCursor(Base):
    """How far the portal's changes were read by polling: one row per kind of list."""

    __tablename__ = "portal_cursor"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    cursor: Mapped[str | None] = mapped_column(String(200))
    polled_at: Mapped[datetime]


class Submission(Base):
    """A draft at the portal that began in a conversation. ``receipt`` holds the dossier's code and look-up code, encrypted, from
    the moment at which the portal told that the citizen has sent it."""

    __tablename__ = "submission"
    __table_args__ = (
        CheckConstraint("kind IN ('submission', 'supplement')", name="kind_known"),
        CheckConstraint("state IN ('handed_over', 'sent', 'expired', 'discarded')", name="state_known"),
    )

    portal_draft_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    draft_id: Mapped[str] = mapped_column(String(64), unique=True)
    """Our own id, the idempotency key of the draft's creation."""
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    procedure_code: Mapped[str | None] = mapped_column(String(12))
    kind: Mapped[str] = mapped_column(String(10))
    state: Mapped[str] = mapped_column(String(12))
    receipt: Mapped[bytes | None] = mapped_column(LargeBinary)
    handed_over_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    told_at: Mapped[datetime | None]


class PaperToAttach(Base):
    """A paper on its way to a draft at the portal. Tried until it is there or refused; the key makes a repetition harmless."""

    __tablename__ = "paper_to_attach"
    __table_args__ = (
        UniqueConstraint("portal_draft_id", "paper", "attachment_id"),
        CheckConstraint("state IN ('waiting', 'attached', 'refused', 'gone')", name="state_known"),
        Index(
            "ix_paper_to_attach_waiting",
            "try_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    portal_draft_id: Mapped[str] = mapped_column(ForeignKey("submission.portal_draft_id"))
    paper: Mapped[str] = mapped_column(String(80))
    title: Mapped[str] = mapped_column(String(300))
    attachment_id: Mapped[int] = mapped_column(ROW_ID)
    state: Mapped[str] = mapped_column(String(10))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    try_at: Mapped[datetime]
    detail: Mapped[str | None] = mapped_column(String(120))


class DossierWatch(Base):
    """A dossier whose changes a citizen wants to hear of, with their consent. ``id`` is our reference at the portal; the code is
    not kept: ``dossier_key`` is a keyed hash by which the same dossier is found again, ``shown`` is the masked code.
    ``asked``: the portal is being asked to watch."""

    __tablename__ = "dossier_watch"
    __table_args__ = (
        CheckConstraint("state IN ('asked', 'active', 'unsubscribed', 'ended')", name="state_known"),
        Index(
            "uq_dossier_watch_active",
            "conversation_id",
            "dossier_key",
            unique=True,
            sqlite_where=text("state = 'active'"),
            postgresql_where=text("state = 'active'"),
        ),
        Index(
            "ix_dossier_watch_to_end_at_portal",
            "state",
            sqlite_where=text("NOT portal_ended"),
            postgresql_where=text("NOT portal_ended"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    dossier_key: Mapped[str] = mapped_column(String(64), index=True)
    shown: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(12))
    consent_at: Mapped[datetime]
    consent_text: Mapped[str] = mapped_column(String(40))
    """Which text was agreed to, by the key of our texts: the proof of an informed consent."""
    proofs: Mapped[bytes | None] = mapped_column(LargeBinary)
    """Both proofs, encrypted, while the portal does not answer: gone when it does, or after a day."""
    status_code: Mapped[str | None] = mapped_column(String(20))
    supplement_deadline: Mapped[date | None] = mapped_column(Date)
    changed_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    end_reason: Mapped[str | None] = mapped_column(String(40))
    portal_ended: Mapped[bool] = mapped_column(default=False)
    """Whether the portal was told that the watch ended (or said itself that nothing more will come)."""


class DossierNotice(Base):
    """One thing to tell about a watched dossier: told once, or not at all with the reason. ``occasion`` is the portal's change
    id, or our own name for a reminder."""

    __tablename__ = "dossier_notice"
    __table_args__ = (
        UniqueConstraint("watch_id", "occasion"),
        CheckConstraint("kind IN ('change', 'answer', 'supplement_reminder', 'pick_up_reminder')", name="kind_known"),
        CheckConstraint("state IN ('waiting', 'told', 'not_told')", name="state_known"),
        Index(
            "ix_dossier_notice_waiting",
            "due_at",
            sqlite_where=text("state = 'waiting'"),
            postgresql_where=text("state = 'waiting'"),
        ),
        Index(
            "ix_dossier_notice_missed",
            "watch_id",
            sqlite_where=text("state = 'not_told' AND content IS NOT NULL"),
            postgresql_where=text("state = 'not_told' AND content IS NOT NULL"),
        ),
        Index("ix_dossier_notice_outbound_id", "outbound_id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    watch_id: Mapped[str] = mapped_column(ForeignKey("dossier_watch.id"))
    occasion: Mapped[str] = mapped_column(String(80))
    kind: Mapped[str] = mapped_column(String(20))
    content: Mapped[dict[str, Any] | None]
    """What the portal told, without the dossier's code; gone once the notice is told, or never will be. What could not be told
    because the citizen was out of reach keeps it for their next message."""
    occurred_at: Mapped[datetime]
    """When the portal says that it happened: the order of a dossier's changes."""
    state: Mapped[str] = mapped_column(String(10))
    due_at: Mapped[datetime]
    reason: Mapped[str | None] = mapped_column(String(80))
    """Why it was not told, or told elsewhere, or later."""
    outbound_id: Mapped[int | None] = mapped_column(ForeignKey("outbound.id"))
    created_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class IdentityLink(Base):
    """Whose a conversation is, as the portal's login confirmed it: a keyed hash, never the number itself."""

    __tablename__ = "identity_link"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    person: Mapped[str] = mapped_column(String(64), index=True)
    confirmed_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class KnownDossier(Base):
    """What the portal last told of a dossier to somebody with these very proofs, encrypted: spoken, with its time, while the
    portal is away. ``proofs_key`` is a keyed hash of code and second proof."""

    __tablename__ = "known_dossier"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    proofs_key: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[bytes] = mapped_column(LargeBinary)
    told_at: Mapped[datetime]
    expires_at: Mapped[datetime] = mapped_column(index=True)


class WrongProof(Base):
    """A try at somebody's dossier. Under a conversation it counts as wrong until it proves right and goes; under the keyed hash
    of a network address every try counts. ``scope`` says which of the two ``key`` is."""

    __tablename__ = "wrong_proof"
    __table_args__ = (
        CheckConstraint("scope IN ('conversation', 'address')", name="scope_known"),
        Index("ix_wrong_proof_key", "scope", "key", "at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    attempt_id: Mapped[str] = mapped_column(String(32), index=True)
    scope: Mapped[str] = mapped_column(String(12))
    key: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime] = mapped_column(index=True)
