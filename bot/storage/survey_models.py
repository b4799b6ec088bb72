"""The ledger's tables of surveys and of ratings of conversations.

Nothing here leads from an answer to a person: ``survey_sampled`` knows dossiers and no links, ``survey_link`` knows links and no
dossiers, ``survey_answer`` knows neither (docs/decisions/0027). A test holds the columns to that.
"""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class SurveyWave(Base):
    """One survey: dossiers that ended from ``period_from`` to ``period_to`` (both inclusive), a sample of them, and its state.

    ``wanted``: answers wanted in the city; ``expected_response``: percent of the invited who are expected to answer;
    ``spared_months``: nobody is asked who was asked within so many months (the portal knows who that is). ``seed``,
    ``frame_hash`` and ``strata`` (``[{"group", "population", "drawn"}]``) let anybody draw the same sample again."""

    __tablename__ = "survey_wave"
    __table_args__ = (CheckConstraint("state IN ('drawn', 'inviting', 'open', 'closed')", name="state_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    title: Mapped[str] = mapped_column(String(120))
    period_from: Mapped[date] = mapped_column(Date)
    period_to: Mapped[date] = mapped_column(Date)
    wanted: Mapped[int] = mapped_column(Integer)
    expected_response: Mapped[int] = mapped_column(Integer)
    spared_months: Mapped[int] = mapped_column(Integer)
    seed: Mapped[str] = mapped_column(String(64))
    questions_version: Mapped[str] = mapped_column(String(20))
    frame_hash: Mapped[str] = mapped_column(String(64))
    frame_size: Mapped[int] = mapped_column(Integer)
    strata: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10), default="drawn")
    created_by: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[datetime]
    began_at: Mapped[datetime | None]
    closes_on: Mapped[date] = mapped_column(Date)
    """The last day on which an answer is taken."""
    closed_at: Mapped[datetime | None]


class SurveySampled(Base):
    """A dossier of a wave's sample, by the portal's opaque id. No link and no time: what was told to the portal is not kept."""

    __tablename__ = "survey_sampled"
    __table_args__ = (
        CheckConstraint("state IN ('waiting', 'accepted', 'refused')", name="state_known"),
        Index("ix_survey_sampled_record_id", "record_id"),
        {"sqlite_with_rowid": False},
    )

    wave_id: Mapped[int] = mapped_column(ForeignKey("survey_wave.id"), primary_key=True)
    record_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    stratum: Mapped[str] = mapped_column(String(80))
    state: Mapped[str] = mapped_column(String(10), default="waiting")
    reason: Mapped[str | None] = mapped_column(String(40))
    """Why the portal does not invite: its word."""


class SurveyLink(Base):
    """A link that has not been used: the digest of its token. It goes with its answer, and all go when the wave is closed."""

    __tablename__ = "survey_link"
    __table_args__ = ({"sqlite_with_rowid": False},)

    token_sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("survey_wave.id"), index=True)
    stratum: Mapped[str] = mapped_column(String(80))


class SurveyAnswer(Base):
    """What somebody answered: under a random number, on a day, for a group. ``comment`` without private numbers."""

    __tablename__ = "survey_answer"
    __table_args__ = (Index("ix_survey_answer_wave_id", "wave_id"), {"sqlite_with_rowid": False})

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("survey_wave.id"))
    stratum: Mapped[str] = mapped_column(String(80))
    day: Mapped[date] = mapped_column(Date)
    answers: Mapped[dict[str, Any]]
    comment: Mapped[str | None] = mapped_column(Text)


class SurveyExport(Base):
    """An export for an independent firm: asked for by one person, made when another one agrees. The file itself is not kept."""

    __tablename__ = "survey_export"
    __table_args__ = (CheckConstraint("state IN ('asked', 'made', 'refused')", name="state_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    wave_id: Mapped[int] = mapped_column(ForeignKey("survey_wave.id"), index=True)
    recipient: Mapped[str] = mapped_column(String(200))
    certificate: Mapped[str] = mapped_column(Text)
    fingerprint: Mapped[str] = mapped_column(String(64))
    asked_by: Mapped[str] = mapped_column(String(64))
    asked_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="asked")
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_at: Mapped[datetime | None]
    file_sha256: Mapped[str | None] = mapped_column(String(64))


class ConversationRating(Base):
    """Whether a talk with the assistant was good: asked once, answered with one press, or two where it was not. No words.

    ``conversation_id`` is None once the conversation is forgotten: the score stays, so that reports add up. ``intent`` and
    ``procedure_code``: what the talk was last about, empty where that is not known."""

    __tablename__ = "conversation_rating"
    __table_args__ = (
        CheckConstraint("score IN ('good', 'poor')", name="score_known"),
        CheckConstraint("occasion IN ('idle', 'goodbye')", name="occasion_known"),
        Index("ix_conversation_rating_asked_at", "asked_at"),
        Index("ix_conversation_rating_conversation_id", "conversation_id"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    conversation_id: Mapped[str | None] = mapped_column(ForeignKey("conversation.id"))
    occasion: Mapped[str] = mapped_column(String(10))
    channel: Mapped[str] = mapped_column(String(20))
    intent: Mapped[str] = mapped_column(String(60), default="")
    procedure_code: Mapped[str] = mapped_column(String(40), default="")
    asked_at: Mapped[datetime]
    score: Mapped[str | None] = mapped_column(String(8))
    reason: Mapped[str | None] = mapped_column(String(20))
    rated_at: Mapped[datetime | None]
