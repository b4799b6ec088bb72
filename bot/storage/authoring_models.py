"""The ledger's tables of proposed changes to the training data, the answers and the catalogue. The texts themselves are kept by
Git once a change is approved."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, Integer, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class ChangeProposal(Base):
    """One change that somebody wants. ``base_commit``: the commit of the workspace that its texts were written against;
    ``revision`` grows with every change of the texts; ``checks``: what the checks found of which revision; ``source``: what it
    came from (an import, a commit that it takes back, labelled messages)."""

    __tablename__ = "change_proposal"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'submitted', 'approved', 'refused', 'withdrawn')", name="state_known"),
        Index("ix_change_proposal_state", "state", "updated_at"),
        Index("ix_change_proposal_author", "author_account", "updated_at"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(16))
    title: Mapped[str] = mapped_column(String(200))
    note: Mapped[str] = mapped_column(Text, default="")
    author_account: Mapped[str] = mapped_column(String(64))
    author_name: Mapped[str] = mapped_column(String(120))
    base_commit: Mapped[str] = mapped_column(String(40))
    state: Mapped[str] = mapped_column(String(10), default="draft")
    needs_second: Mapped[bool]
    revision: Mapped[int] = mapped_column(Integer, default=1)
    checks: Mapped[dict[str, Any]]
    source: Mapped[dict[str, Any]]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = mapped_column(String(64))
    decided_name: Mapped[str | None] = mapped_column(String(120))
    reason: Mapped[str] = mapped_column(Text, default="")
    commit_sha: Mapped[str | None] = mapped_column(String(40))


class ProposedFile(Base):
    """The new text of one file; None: the file is to go."""

    __tablename__ = "proposed_file"
    __table_args__ = (UniqueConstraint("proposal_id", "path"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    proposal_id: Mapped[int] = mapped_column(ForeignKey("change_proposal.id", ondelete="CASCADE"))
    path: Mapped[str] = mapped_column(String(200))
    text: Mapped[str | None] = mapped_column(Text)


class WorkspaceTurn(Base):
    """One row. Whoever commits to the workspace holds it, so that processes on several machines take turns."""

    __tablename__ = "workspace_turn"

    name: Mapped[str] = mapped_column(String(10), primary_key=True)
    head: Mapped[str | None] = mapped_column(String(40))
    moved_at: Mapped[datetime]
