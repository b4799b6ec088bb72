"""The ledger's tables of the review of transcripts: the index that is searched, judgements of answers, replies that wait for a
second person."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, Float, ForeignKey, Index, Integer, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base

SEARCH_STRUCTURES = "transcript_words"
"""How the names of the databases' own search structures over ``transcript_index`` begin (FTS5 on SQLite, GIN on PostgreSQL): made
by the migration, no part of the models."""


class TranscriptIndex(Base):
    """One line of a transcript as it is searched. ``words``: without marks, lower case, one space between; private numbers are in
    their masked form. The other columns are what lines are filtered by: for a citizen's message how it was understood and what
    became of it, for an answer the same of the message that it answers."""

    __tablename__ = "transcript_index"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq"),
        Index("ix_transcript_index_at", "at"),
        Index("ix_transcript_index_outbound_id", "outbound_id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    at: Mapped[datetime]
    speaks: Mapped[str] = mapped_column(String(8))
    words: Mapped[str] = mapped_column(Text)
    intent: Mapped[str | None] = mapped_column(String(80))
    confidence: Mapped[float | None] = mapped_column(Float)
    procedure_code: Mapped[str | None] = mapped_column(String(12))
    outcome: Mapped[str | None] = mapped_column(String(24))
    outbound_id: Mapped[int | None] = mapped_column(ROW_ID)


class TranscriptIndexed(Base):
    """How far a conversation is in the index: its lines up to ``seq``. Who writes the index holds this row."""

    __tablename__ = "transcript_indexed"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    seq: Mapped[int] = mapped_column(Integer, default=0)


class AnswerJudgement(Base):
    """What a colleague thinks of an answer of the bot. The one that counts has no ``replaced_at``; those before it are kept.
    Private numbers in ``note`` and ``right_answer`` are masked."""

    __tablename__ = "answer_judgement"
    __table_args__ = (
        CheckConstraint("verdict IN ('right', 'wrong')", name="verdict_known"),
        Index(
            "uq_answer_judgement_one_current",
            "outbound_id",
            "account",
            unique=True,
            sqlite_where=text("replaced_at IS NULL"),
            postgresql_where=text("replaced_at IS NULL"),
        ),
        Index("ix_answer_judgement_conversation_id", "conversation_id"),
        Index("ix_answer_judgement_verdict", "verdict", "at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    outbound_id: Mapped[int] = mapped_column(ROW_ID)
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    verdict: Mapped[str] = mapped_column(String(8))
    fault: Mapped[str | None] = mapped_column(String(24))
    note: Mapped[str] = mapped_column(Text, default="")
    right_answer: Mapped[str] = mapped_column(Text, default="")
    at: Mapped[datetime]
    replaced_at: Mapped[datetime | None]


class ReplyApproval(Base):
    """An officer's message that waits for a second person. ``message`` is as submitted, with placeholders for private numbers;
    what went out is the row ``outbound_id``. ``act``: what it is; after a ``flow`` the assistant has the word. ``file_id``: the
    file that it sends. ``told_at``: when the citizen heard that an answer is being prepared."""

    __tablename__ = "reply_approval"
    __table_args__ = (
        CheckConstraint("state IN ('to_approve', 'approved', 'refused', 'withdrawn')", name="state_known"),
        CheckConstraint("act IN ('reply', 'file', 'phone', 'flow')", name="act_known"),
        Index(
            "ix_reply_approval_waiting",
            "created_at",
            sqlite_where=text("state = 'to_approve'"),
            postgresql_where=text("state = 'to_approve'"),
        ),
        Index("ix_reply_approval_conversation_id", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    team: Mapped[str] = mapped_column(String(64))
    author_account: Mapped[str] = mapped_column(String(64))
    author_name: Mapped[str] = mapped_column(String(120))
    message: Mapped[dict[str, Any]]
    own_key: Mapped[str] = mapped_column(String(80), unique=True)
    act: Mapped[str] = mapped_column(String(12), default="reply")
    file_id: Mapped[int | None] = mapped_column(ROW_ID)
    state: Mapped[str] = mapped_column(String(10), default="to_approve")
    created_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_name: Mapped[str | None] = mapped_column(String(120))
    edited: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str | None] = mapped_column(Text)
    outbound_id: Mapped[int | None] = mapped_column(ROW_ID)
