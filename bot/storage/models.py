"""The ledger: who talks with us, what came in, what went out, and who may speak (contract §5 of the architecture page)."""

from datetime import datetime
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    CheckConstraint,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bot.storage.columns import ROW_ID, UtcDateTime

NEWS_KEY = "campaign:"
"""Begins the key of every line of a campaign."""
OUTBOUND_IS_ANSWER = f"substr(idempotency_key, 1, {len(NEWS_KEY)}) <> '{NEWS_KEY}'"
"""Of a row of ``outbound``: it is no news of a campaign."""


class Base(DeclarativeBase):
    """Base of all tables. Constraints get fixed names, so that a later migration can name them on both databases."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map: ClassVar[dict[Any, Any]] = {datetime: UtcDateTime, dict[str, Any]: JSON(none_as_null=True)}


def _as_received(context: Any) -> datetime:
    """A row that says nothing else keeps the moment of its arrival."""
    received: datetime = context.get_current_parameters()["received_at"]
    return received


class Conversation(Base):
    """One citizen on one channel. ``speaker`` says who may speak; it has no check constraint on purpose: a newer release
    may write a word that this one does not know, and unknown means silent."""

    __tablename__ = "conversation"
    __table_args__ = (
        UniqueConstraint("channel", "account", "external_id"),
        # The few that people have, which every worker looks through each minute.
        Index(
            "ix_conversation_with_people",
            "speaker",
            sqlite_where=text("speaker IN ('waiting', 'officer')"),
            postgresql_where=text("speaker IN ('waiting', 'officer')"),
        ),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(64))
    external_id: Mapped[str] = mapped_column(String(128))
    speaker: Mapped[str] = mapped_column(String(16), default="bot")
    lease_owner: Mapped[str | None] = mapped_column(String(80))
    lease_until: Mapped[datetime | None]
    fence: Mapped[int] = mapped_column(ROW_ID, default=0)
    not_before: Mapped[datetime | None]
    expects: Mapped[str | None] = mapped_column(String(40))
    last_seq: Mapped[int] = mapped_column(Integer, default=0)
    rasa_session: Mapped[int] = mapped_column(Integer, default=1)
    opened_at: Mapped[datetime]
    last_inbound_at: Mapped[datetime | None]
    acted_at: Mapped[datetime | None]
    """The citizen's last act by the platform's clock: its window for our messages counts from here."""
    unavailable_reason: Mapped[str | None] = mapped_column(String(80))
    unavailable_at: Mapped[datetime | None]
    officer_until: Mapped[datetime | None]
    """Set while an officer answers in the platform's own inbox: after this moment of silence the bot may speak again."""
    owner_account: Mapped[str | None] = mapped_column(String(64))
    """The account of the officer who owns it in the console, with their name as citizens see it, since when, and the lease."""
    owner_name: Mapped[str | None] = mapped_column(String(120))
    owner_since: Mapped[datetime | None]
    owner_until: Mapped[datetime | None]
    verified_phone: Mapped[bytes | None] = mapped_column(LargeBinary)
    verified_phone_at: Mapped[datetime | None]
    send_owner: Mapped[str | None] = mapped_column(String(80))
    send_lease_until: Mapped[datetime | None]
    send_fence: Mapped[int] = mapped_column(ROW_ID, default=0)
    send_not_before: Mapped[datetime | None]


class Inbound(Base):
    """One event from a citizen. ``text`` holds placeholders instead of private numbers; the body as it came is encrypted."""

    __tablename__ = "inbound"
    __table_args__ = (
        UniqueConstraint("channel", "account", "event_id"),
        UniqueConstraint("conversation_id", "seq"),
        CheckConstraint(
            "outcome IN ('answered', 'handed_over', 'waiting_for_officer', 'ignored', 'failed_and_told')", name="outcome_known"
        ),
        Index(
            "ix_inbound_due",
            "due_at",
            "id",
            "conversation_id",
            sqlite_where=text("outcome IS NULL"),
            postgresql_where=text("outcome IS NULL"),
        ),
        Index(
            "ix_inbound_raw_kept", "received_at", sqlite_where=text("raw IS NOT NULL"), postgresql_where=text("raw IS NOT NULL")
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(64))
    event_id: Mapped[str] = mapped_column(String(200))
    seq: Mapped[int] = mapped_column(Integer)
    text: Mapped[str | None] = mapped_column(Text)
    act: Mapped[dict[str, Any] | None]
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    received_at: Mapped[datetime] = mapped_column(index=True)
    order_at: Mapped[datetime] = mapped_column(default=_as_received)
    """The place in the conversation: the platform's own time where it tells one, else the arrival."""
    due_at: Mapped[datetime] = mapped_column(default=_as_received)
    """Not answered before this moment, so that an earlier message that comes in a little later is answered first."""
    circumstances: Mapped[dict[str, Any] | None]
    """What else is known of it: ``cut``, ``late``, ``stale_button``, ``attachments`` (see ``bot.conversations.events``),
    ``address`` (a keyed hash of the network address), ``traceparent`` (under which the next step's span hangs)."""
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    outcome: Mapped[str | None] = mapped_column(String(24))
    outcome_detail: Mapped[str | None] = mapped_column(String(120))
    finished_at: Mapped[datetime | None]
    nlu: Mapped[dict[str, Any] | None]


class Outbound(Base):
    """One message to a citizen. A dropped message has no ``seq``: it never got a place in the transcript."""

    __tablename__ = "outbound"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        CheckConstraint("state IN ('pending', 'sent', 'dropped', 'dead', 'ambiguous')", name="state_known"),
        CheckConstraint("author IN ('bot', 'officer', 'system')", name="author_known"),
        Index(
            "ix_outbound_pending",
            "id",
            "conversation_id",
            sqlite_where=text("state = 'pending'"),
            postgresql_where=text("state = 'pending'"),
        ),
        Index(
            "ix_outbound_pending_answers",
            "id",
            "conversation_id",
            sqlite_where=text(f"state = 'pending' AND {OUTBOUND_IS_ANSWER}"),
            postgresql_where=text(f"state = 'pending' AND {OUTBOUND_IS_ANSWER}"),
        ),
        Index(
            "ix_outbound_unsent",
            "created_at",
            sqlite_where=text("state IN ('dead', 'ambiguous')"),
            postgresql_where=text("state IN ('dead', 'ambiguous')"),
        ),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"), index=True)
    seq: Mapped[int | None] = mapped_column(Integer)
    author: Mapped[str] = mapped_column(String(10))
    author_account: Mapped[str | None] = mapped_column(String(64))
    author_name: Mapped[str | None] = mapped_column(String(120))
    message: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10))
    detail: Mapped[str | None] = mapped_column(String(160))
    idempotency_key: Mapped[str] = mapped_column(String(80), unique=True)
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]


class ButtonToken(Base):
    """What a button means. The citizen's side sees only the token; it works in its own conversation alone."""

    __tablename__ = "button"

    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), index=True)
    outbound_id: Mapped[int] = mapped_column(ForeignKey("outbound.id"), index=True)
    position: Mapped[int] = mapped_column(Integer)
    title: Mapped[str] = mapped_column(Text)
    act: Mapped[dict[str, Any]]


class PrivateValue(Base):
    """A citizen's number, encrypted. After its time only the masked form stays, which the transcript shows."""

    __tablename__ = "private_value"
    __table_args__ = (
        Index(
            "ix_private_value_expires_at",
            "expires_at",
            sqlite_where=text("ciphertext IS NOT NULL"),
            postgresql_where=text("ciphertext IS NOT NULL"),
        ),
    )

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"), primary_key=True)
    token: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(40))
    masked: Mapped[str] = mapped_column(Text)
    ciphertext: Mapped[bytes | None] = mapped_column(LargeBinary)
    expires_at: Mapped[datetime]


class Handoff(Base):
    """A conversation given to people. At most one is open per conversation: ``waiting`` in a team's queue or ``taken`` by an
    officer. A ``ticket`` waits while the bot goes on speaking."""

    __tablename__ = "handoff"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'taken', 'withdrawn', 'closed')", name="state_known"),
        Index(
            "uq_handoff_one_open",
            "conversation_id",
            unique=True,
            sqlite_where=text("state IN ('waiting', 'taken')"),
            postgresql_where=text("state IN ('waiting', 'taken')"),
        ),
        Index("ix_handoff_team_state", "team", "state", "opened_at"),
        Index("ix_handoff_conversation_id", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id"))
    inbound_id: Mapped[int | None] = mapped_column(ForeignKey("inbound.id"), index=True)
    reason: Mapped[str] = mapped_column(String(40))
    summary: Mapped[dict[str, Any]]
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    number: Mapped[str | None] = mapped_column(String(16), unique=True)
    """What the citizen is told to name it by."""
    ticket: Mapped[bool] = mapped_column(default=False)
    team: Mapped[str | None] = mapped_column(String(64))
    routed_by: Mapped[str | None] = mapped_column(String(200))
    """Why this team, in a word per step."""
    procedure_code: Mapped[str | None] = mapped_column(String(12))
    place_id: Mapped[str | None] = mapped_column(String(80))
    opened_at: Mapped[datetime]
    told_waiting_at: Mapped[datetime | None]
    waiting_since: Mapped[datetime | None]
    """Since when the citizen waits for a first or another officer; None while they are owed nothing."""
    told_long_wait_at: Mapped[datetime | None]
    answer_due_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    """When it was first taken: the measured wait ends here."""
    taken_by: Mapped[str | None] = mapped_column(String(64))
    first_answer_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    outcome: Mapped[str | None] = mapped_column(String(30))
    follows_id: Mapped[int | None] = mapped_column(ForeignKey("handoff.id"))
    """The handoff that this one takes up again."""


class CatalogueRecord(Base):
    """One imported procedure as it stands in one or more versions of the catalogue. Named by its content: the same record is kept
    once, however many versions hold it. ``listing`` holds the few values of ``payload`` that lists need."""

    __tablename__ = "catalogue_record"

    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    listing: Mapped[str] = mapped_column(Text)
    payload: Mapped[str] = mapped_column(Text)
    first_seen_at: Mapped[datetime]


class CatalogueVersion(Base):
    """One complete version of the imported catalogue. ``live_from`` and ``live_until``: when it was last spoken from."""

    __tablename__ = "catalogue_version"

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    imported_at: Mapped[datetime]
    source_name: Mapped[str] = mapped_column(String(200))
    source_sha256: Mapped[str] = mapped_column(String(64))
    source_format: Mapped[str] = mapped_column(String(20))
    counts: Mapped[dict[str, Any]]
    report: Mapped[dict[str, Any]]
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_version.id"))
    live_from: Mapped[datetime | None]
    live_until: Mapped[datetime | None]


class CatalogueMember(Base):
    """Which record of a procedure a version holds."""

    __tablename__ = "catalogue_member"
    __table_args__ = (ForeignKeyConstraint(["code", "sha256"], ["catalogue_record.code", "catalogue_record.sha256"]),)

    version_id: Mapped[int] = mapped_column(ForeignKey("catalogue_version.id"), primary_key=True)
    code: Mapped[str] = mapped_column(String(12), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64))


class CataloguePointer(Base):
    """Which version is live: one row. ``switches`` rises with every change, so that two imports cannot both believe they won, and
    so that readers notice."""

    __tablename__ = "catalogue_pointer"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    version_id: Mapped[int | None] = mapped_column(ForeignKey("catalogue_version.id"))
    switches: Mapped[int] = mapped_column(ROW_ID, default=0)


class Heartbeat(Base):
    """The last sign of life of a process, by name. ``version``: its release; None where that is older than the column."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(80), primary_key=True)
    kind: Mapped[str] = mapped_column(String(20))
    beat_at: Mapped[datetime]
    version: Mapped[str | None] = mapped_column(String(40))
