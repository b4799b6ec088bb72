"""The ledger's tables of published states of the reviewed catalogue, and of differences that an import brought."""

from datetime import datetime
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from bot.storage.columns import ROW_ID
from bot.storage.models import Base


class ContentArchive(Base):
    """All files of one state of the reviewed catalogue, packed and in letters (base64: bytes in the ledger are always
    encrypted ones, and these are public). Named by its content, so that a state is kept once."""

    __tablename__ = "content_archive"

    sha256: Mapped[str] = mapped_column(String(64), primary_key=True)
    packed: Mapped[str] = mapped_column(Text)
    made_at: Mapped[datetime]


class ContentRelease(Base):
    """One switch of the reviewed catalogue: a state that was published, or an earlier one returned to. ``archive_sha256`` None:
    the files that ship with the product. ``base_files``: the hash of each shipped file on which the state was built.
    ``previous_id``: the release that one click leads back to; None leads to the shipped files."""

    __tablename__ = "content_release"
    __table_args__ = (CheckConstraint("kind IN ('published', 'returned')", name="kind_known"),)

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(12))
    commit_sha: Mapped[str] = mapped_column(String(64))
    archive_sha256: Mapped[str | None] = mapped_column(String(64))
    base_files: Mapped[dict[str, Any]]
    published_by: Mapped[str] = mapped_column(String(80))
    published_at: Mapped[datetime]
    reason: Mapped[str] = mapped_column(String(400))
    previous_id: Mapped[int | None] = mapped_column(ForeignKey("content_release.id"))


class ContentPointer(Base):
    """Which release is live: one row. ``changes`` rises with every change of what is spoken (a refused difference too), so that
    all processes notice with one small query. ``compared_version`` and ``compared_content``: what the differences that stand
    there were found between."""

    __tablename__ = "content_pointer"

    name: Mapped[str] = mapped_column(String(20), primary_key=True)
    release_id: Mapped[int | None] = mapped_column(ForeignKey("content_release.id"))
    changes: Mapped[int] = mapped_column(ROW_ID, default=0)
    compared_version: Mapped[int | None] = mapped_column(ROW_ID)
    compared_content: Mapped[str | None] = mapped_column(String(64))


class ImportDifference(Base):
    """One part of one procedure that an import states otherwise than the reviewed facts (``kind`` reviewed) or than the import
    before (``kind`` imported). ``kept_sha256``: the imported record that holds the old words, which a refusal keeps in use.
    ``passed``: it differs no more, or a newer difference took its place."""

    __tablename__ = "import_difference"
    __table_args__ = (
        CheckConstraint("kind IN ('reviewed', 'imported')", name="kind_known"),
        CheckConstraint("state IN ('open', 'accepted', 'refused', 'passed')", name="state_known"),
        UniqueConstraint("kind", "code", "part", "new_sha256", name="uq_import_difference_value"),
        Index("ix_import_difference_state", "state", "kind", "code"),
    )

    id: Mapped[int] = mapped_column(ROW_ID, primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    code: Mapped[str] = mapped_column(String(12))
    part: Mapped[str] = mapped_column(String(20))
    name: Mapped[str] = mapped_column(String(400))
    old_words: Mapped[str] = mapped_column(Text)
    new_words: Mapped[str] = mapped_column(Text)
    new_sha256: Mapped[str] = mapped_column(String(64))
    kept_sha256: Mapped[str | None] = mapped_column(String(64))
    source_name: Mapped[str] = mapped_column(String(200))
    source_as_of: Mapped[str] = mapped_column(String(10))
    version_id: Mapped[int] = mapped_column(ROW_ID)
    found_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(String(10), default="open")
    decided_by: Mapped[str | None] = mapped_column(String(80))
    decided_at: Mapped[datetime | None]
    reason: Mapped[str | None] = mapped_column(String(400))
    proposal_id: Mapped[int | None] = mapped_column(ROW_ID)
