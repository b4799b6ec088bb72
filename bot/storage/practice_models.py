"""The ledger's tables of officers' practice: exercises made of conversations, and what officers answered."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class PracticeExercise(Base):
    """A conversation up to one question, frozen with its private numbers masked. It goes when the conversation is deleted.
    ``team``: whose conversation it was; others see it only where ``shared`` says that somebody looked for names in it."""

    __tablename__ = "practice_exercise"
    __table_args__ = (UniqueConstraint("conversation_id", "question_seq"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    question_seq: Mapped[int] = mapped_column(Integer)
    content: Mapped[dict[str, Any]]
    team: Mapped[str | None] = mapped_column(String(64))
    shared: Mapped[bool]
    made_by: Mapped[str] = mapped_column(String(64))
    made_name: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class PracticeAttempt(Base):
    """One answer of an officer to one exercise, private numbers masked. ``seconds``: from the question to the answer."""

    __tablename__ = "practice_attempt"
    __table_args__ = (Index("ix_practice_attempt_exercise", "exercise"), Index("ix_practice_attempt_account", "account"))

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    exercise: Mapped[str] = mapped_column(String(80))
    account: Mapped[str] = mapped_column(String(64))
    name: Mapped[str] = mapped_column(String(120))
    team: Mapped[str | None] = mapped_column(String(64))
    answer: Mapped[str] = mapped_column(Text)
    seconds: Mapped[int] = mapped_column(Integer)
    points: Mapped[int] = mapped_column(Integer)
    said: Mapped[int] = mapped_column(Integer)
    missed: Mapped[list[str]] = mapped_column(JSON)
    warnings: Mapped[list[str]] = mapped_column(JSON)
    at: Mapped[datetime]
    remark: Mapped[str | None] = mapped_column(Text)
    remark_name: Mapped[str | None] = mapped_column(String(120))
    remark_at: Mapped[datetime | None]
