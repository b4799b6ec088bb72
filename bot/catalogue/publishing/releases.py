"""Releases of the reviewed catalogue in the database: published, returned to, listed; one pointer says which is live."""

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from bot.catalogue.publishing.archive import fingerprints, pack
from bot.storage.content_models import ContentArchive, ContentPointer, ContentRelease
from bot.storage.database import SessionFactory, writing

POINTER = "live"
KEPT = 20
"""Releases whose files are kept, newest first; older ones stand in the list without their files."""

Also = Callable[[Session, int], None]
"""What is written in the same transaction, given the new release's number: the audit entry."""


class ReleaseChangedError(Exception):
    """Somebody else published meanwhile; nothing was changed by us."""


class NoReleaseError(Exception):
    """There is no such release, or its files are no longer kept."""


@dataclass(frozen=True, slots=True)
class ContentState:
    """Which release is live (None: the shipped files), and how often what is spoken has changed."""

    release: int | None = None
    changes: int = 0


NOTHING_PUBLISHED = ContentState()


@dataclass(frozen=True, slots=True)
class Release:
    """A release in words. ``held``: its files can still be returned to."""

    number: int
    kind: str
    commit: str
    archive_sha256: str | None
    base_files: Mapping[str, str]
    published_by: str
    published_at: datetime
    reason: str
    previous: int | None
    live: bool
    held: bool


def live_state(session: Session) -> ContentState:
    """The pointer; ``NOTHING_PUBLISHED`` where nothing was published yet."""
    row = session.get(ContentPointer, POINTER, populate_existing=True)
    return ContentState(row.release_id, row.changes) if row else NOTHING_PUBLISHED


def live_release(session: Session) -> Release | None:
    """The live release; None where the shipped files stand."""
    number = live_state(session).release
    return next(iter(_read(session, number)), None) if number is not None else None


def releases(session: Session) -> list[Release]:
    """All releases, newest first."""
    return _read(session)


def _read(session: Session, only: int | None = None) -> list[Release]:
    live = live_state(session).release
    query = select(ContentRelease).order_by(ContentRelease.id.desc())
    rows = session.scalars(query.where(ContentRelease.id == only) if only is not None else query).all()
    held = set(session.scalars(select(ContentArchive.sha256))) if rows else set()
    return [
        Release(
            row.id,
            row.kind,
            row.commit_sha,
            row.archive_sha256,
            row.base_files,
            row.published_by,
            row.published_at,
            row.reason,
            row.previous_id,
            row.id == live,
            row.archive_sha256 is None or row.archive_sha256 in held,
        )
        for row in rows
    ]


def packed_files(session: Session, release: Release) -> bytes:
    """The packed files of a release. Raises ``NoReleaseError``."""
    row = session.get(ContentArchive, release.archive_sha256) if release.archive_sha256 else None
    if row is None:
        raise NoReleaseError(f"the files of release {release.number} are not kept")
    try:
        return base64.b64decode(row.packed, validate=True)
    except ValueError as error:
        raise NoReleaseError(f"the files of release {release.number} are damaged") from error


def publish(
    sessions: SessionFactory,
    files: Mapping[str, bytes],
    shipped: Mapping[str, bytes],
    *,
    commit: str,
    by: str,
    reason: str,
    now: datetime,
    seen: ContentState | None = None,
    also: Also | None = None,
) -> int:
    """Makes these files the live release, in one transaction; its number. The caller has checked them. ``seen``: what was live
    when the files were read. Raises ``ReleaseChangedError`` where somebody else published since, and ``BrokenArchiveError``."""
    packed = pack(files)
    sha256 = hashlib.sha256(packed).hexdigest()
    with writing(sessions) as session:
        live = live_state(session)
        if seen is not None and live != seen:
            raise ReleaseChangedError("another release went live meanwhile")
        if session.get(ContentArchive, sha256) is None:
            session.add(ContentArchive(sha256=sha256, packed=base64.b64encode(packed).decode(), made_at=now))
        release = ContentRelease(
            kind="published",
            commit_sha=commit,
            archive_sha256=sha256,
            base_files=fingerprints(shipped),
            published_by=by,
            published_at=now,
            reason=reason[:400],
            previous_id=live.release,
        )
        number = _switch(session, live, release, also)
        _forget_old(session)
    return number


def go_back(
    sessions: SessionFactory, seen: ContentState, *, by: str, reason: str, now: datetime, also: Also | None = None
) -> int | None:
    """Returns to the release before the live one; its new number. A second return goes one further back, down to the shipped
    files. ``seen``: what the person saw as live; raises ``ReleaseChangedError`` where that changed, ``NoReleaseError`` where
    nothing is before it."""
    with writing(sessions) as session:
        if live_state(session) != seen:
            raise ReleaseChangedError("another release is live now")
        live = session.get(ContentRelease, seen.release) if seen.release is not None else None
        if live is None or live.archive_sha256 is None:
            raise NoReleaseError("the shipped files are live: nothing is before them")
        before = session.get(ContentRelease, live.previous_id) if live.previous_id is not None else None
        if before is not None and session.get(ContentArchive, before.archive_sha256) is None:
            raise NoReleaseError(f"the files of release {before.id} are not kept")
        release = ContentRelease(
            kind="returned",
            commit_sha=before.commit_sha if before else "",
            archive_sha256=before.archive_sha256 if before else None,
            base_files=before.base_files if before else {},
            published_by=by,
            published_at=now,
            reason=reason[:400],
            previous_id=before.previous_id if before else None,
        )
        return _switch(session, seen, release, also)


def mark_changed(session: Session) -> None:
    """Within a transaction: what is spoken changed though the release did not, and every process shall look."""
    _pointer(session)
    session.execute(update(ContentPointer).where(ContentPointer.name == POINTER).values(changes=ContentPointer.changes + 1))


def _pointer(session: Session) -> None:
    if session.get(ContentPointer, POINTER) is None:
        session.add(ContentPointer(name=POINTER, release_id=None, changes=0))
        session.flush()


def _switch(session: Session, seen: ContentState, release: ContentRelease, also: Also | None) -> int:
    session.add(release)
    session.flush()
    _pointer(session)
    moved = session.execute(
        update(ContentPointer)
        .where(ContentPointer.name == POINTER, ContentPointer.changes == seen.changes)
        .values(release_id=release.id, changes=seen.changes + 1)
    )
    if moved.rowcount != 1:  # type: ignore[attr-defined] # an UPDATE's result has it
        raise ReleaseChangedError("another release went live meanwhile")
    if also is not None:
        also(session, release.id)
    return release.id


def _forget_old(session: Session) -> None:
    """Drops the files of releases beyond the last ``KEPT``; the list keeps who, when and why."""
    kept = set(session.scalars(select(ContentRelease.archive_sha256).order_by(ContentRelease.id.desc()).limit(KEPT)))
    old = [sha for sha in session.scalars(select(ContentArchive.sha256)) if sha not in kept]
    if old:
        session.execute(delete(ContentArchive).where(ContentArchive.sha256.in_(old)))
