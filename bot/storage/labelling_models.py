"""The ledger's tables of the trainers' labels: messages worth a look, groups of near-duplicates, labels, imports of lists."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Float, ForeignKey, Index, Integer, String, Text, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class LabelCluster(Base):
    """Messages that say nearly the same. ``words_key``: of the first of them; ``vector``: its meaning as half-precision numbers
    in base64, None where no encoder was at hand."""

    __tablename__ = "label_cluster"
    __table_args__ = (Index("ix_label_cluster_words_key", "words_key"), Index("ix_label_cluster_last_at", "last_at"))

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    words_key: Mapped[str] = mapped_column(String(64))
    vector: Mapped[str | None] = mapped_column(Text)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class LabelItem(Base):
    """One message that trainers should look at. ``text`` has private numbers only as placeholders that name their kind and lead
    nowhere (``⟦phone:x1⟧``); ``words_key`` is the same for texts that differ in case, marks and punctuation alone. ``state``:
    ``open``, ``asked`` (waits for a colleague's advice), ``second`` (waits for a second trainer), ``held`` (its group waits for
    one), ``disputed`` (two trainers differ), ``done``, ``left_out`` (nothing to learn from)."""

    __tablename__ = "label_item"
    __table_args__ = (
        CheckConstraint(
            "state IN ('open', 'asked', 'second', 'held', 'disputed', 'done', 'left_out')",
            name="state_known",
        ),
        Index("uq_label_item_inbound_id", "inbound_id", unique=True),
        Index(
            "uq_label_item_imported",
            "words_key",
            unique=True,
            sqlite_where=text("import_id IS NOT NULL"),
            postgresql_where=text("import_id IS NOT NULL"),
        ),
        Index("ix_label_item_conversation_id", "conversation_id"),
        Index("ix_label_item_state", "state", "cluster_id", "at"),
        Index("ix_label_item_cluster_at", "cluster_id", "at"),
        Index(
            "ix_label_item_not_grouped",
            "id",
            sqlite_where=text("cluster_id IS NULL"),
            postgresql_where=text("cluster_id IS NULL"),
        ),
        Index("ix_label_item_words_key", "words_key"),
        Index("ix_label_item_at", "at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    """None for an imported message, and once a label that the training data hold is kept without its conversation."""
    inbound_id: Mapped[int | None] = mapped_column(ROW_ID)
    import_id: Mapped[int | None] = mapped_column(ForeignKey("label_import.id"), index=True)
    cluster_id: Mapped[int | None] = mapped_column(ForeignKey("label_cluster.id"))
    channel: Mapped[str] = mapped_column(String(20))
    at: Mapped[datetime]
    """When it was received; for an imported message when it was taken in."""
    text: Mapped[str] = mapped_column(Text)
    words_key: Mapped[str] = mapped_column(String(64))
    intent: Mapped[str | None] = mapped_column(String(80))
    confidence: Mapped[float | None] = mapped_column(Float)
    ranking: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """The model's likeliest intents: pairs of name and confidence, the likeliest first."""
    procedure_code: Mapped[str | None] = mapped_column(String(12))
    state: Mapped[str] = mapped_column(String(10), default="open")
    apart: Mapped[bool] = mapped_column(default=False)
    """A trainer said that it does not belong to its group: it is never grouped again."""
    held_by: Mapped[str | None] = mapped_column(String(64))
    held_until: Mapped[datetime | None]
    """Who is looking at it now, so that two trainers at work are not shown the same one."""
    asked_by: Mapped[str | None] = mapped_column(String(64))
    asked_name: Mapped[str | None] = mapped_column(String(120))
    asked_to: Mapped[str | None] = mapped_column(String(64))
    asked_at: Mapped[datetime | None]
    asked_note: Mapped[str | None] = mapped_column(Text)


class LabelReason(Base):
    """Why a message is worth a look."""

    __tablename__ = "label_reason"
    __table_args__ = (Index("ix_label_reason_reason", "reason", "item_id"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("label_item.id", ondelete="CASCADE"), primary_key=True)
    reason: Mapped[str] = mapped_column(String(24), primary_key=True)


class Label(Base):
    """What a trainer says that a message means. ``rank``: 1 the first, 2 the second trainer's of a sampled message, 3 the last
    word. ``batch`` joins the labels that one act gave to a group. ``counts``: whether it may become a training example.
    ``part_start`` and ``part_end``: the part of the text that it is about, where that is not all of it."""

    __tablename__ = "label"
    __table_args__ = (
        CheckConstraint("rank IN (1, 2, 3)", name="rank_known"),
        Index(
            "uq_label_one_of_rank",
            "item_id",
            "rank",
            unique=True,
            sqlite_where=text("undone_at IS NULL"),
            postgresql_where=text("undone_at IS NULL"),
        ),
        Index(
            "ix_label_settled",
            "id",
            sqlite_where=text("counts AND taken_in_at IS NULL AND undone_at IS NULL"),
            postgresql_where=text("counts AND taken_in_at IS NULL AND undone_at IS NULL"),
        ),
        Index("ix_label_account_at", "account", "at"),
        Index("ix_label_batch", "batch"),
        Index("ix_label_proposal_id", "proposal_id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    item_id: Mapped[int] = mapped_column(ForeignKey("label_item.id", ondelete="CASCADE"))
    rank: Mapped[int] = mapped_column(Integer)
    batch: Mapped[str] = mapped_column(String(32))
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    intent: Mapped[str] = mapped_column(String(80))
    procedure_code: Mapped[str | None] = mapped_column(String(12))
    entities: Mapped[list[Any]] = mapped_column(JSON, default=list)
    """Objects with ``kind``, ``start`` and ``end`` in the item's text."""
    part_start: Mapped[int | None] = mapped_column(Integer)
    part_end: Mapped[int | None] = mapped_column(Integer)
    note: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    counts: Mapped[bool]
    undone_at: Mapped[datetime | None]
    taken_in_at: Mapped[datetime | None]
    proposal_id: Mapped[int | None] = mapped_column(ROW_ID)
    """The proposal of a change of the training data that holds it."""


class LabelSkip(Base):
    """A trainer left a message for later."""

    __tablename__ = "label_skip"
    __table_args__ = (Index("ix_label_skip_account_at", "account", "at"),)

    item_id: Mapped[int] = mapped_column(ForeignKey("label_item.id", ondelete="CASCADE"), primary_key=True)
    account: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]


class LabelImport(Base):
    """A list of messages that a trainer brought; the file itself is not kept. ``faults``: pairs of line and reason."""

    __tablename__ = "label_import"
    __table_args__ = (CheckConstraint("state IN ('running', 'done', 'broken')", name="state_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    source_name: Mapped[str] = mapped_column(String(200))
    state: Mapped[str] = mapped_column(String(10))
    bytes_total: Mapped[int] = mapped_column(Integer)
    bytes_done: Mapped[int] = mapped_column(Integer, default=0)
    rows: Mapped[int] = mapped_column(Integer, default=0)
    added: Mapped[int] = mapped_column(Integer, default=0)
    duplicates: Mapped[int] = mapped_column(Integer, default=0)
    refused: Mapped[int] = mapped_column(Integer, default=0)
    faults: Mapped[list[Any]] = mapped_column(JSON, default=list)
    reason: Mapped[str | None] = mapped_column(String(40))
    started_at: Mapped[datetime]
    beat_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]


class LabellingCursor(Base):
    """How far a source of messages was looked through, and whose turn it is to do so (``bot.labelling.turns``)."""

    __tablename__ = "labelling_cursor"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[int] = mapped_column(ROW_ID)


class LabellingSetting(Base):
    """A whole number that trainers may set, by name."""

    __tablename__ = "labelling_setting"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[int] = mapped_column(Integer)
    changed_by: Mapped[str] = mapped_column(String(64))
    changed_at: Mapped[datetime]
