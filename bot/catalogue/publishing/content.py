"""The reviewed catalogue in force, for every process: the published release where there is one, else the files that ship.

The release's files come out of the database into a folder of this machine, so that several machines need no shared disk. A folder
appears whole or not at all, and one that was touched is written anew.
"""

import contextlib
import logging
import secrets
import shutil
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.catalogue.load import Catalogue, CatalogueError, load_catalogue
from bot.catalogue.publishing.archive import BrokenArchiveError, fingerprint, fingerprints, read_folder, rebased, unpack
from bot.catalogue.publishing.releases import (
    NOTHING_PUBLISHED,
    ContentState,
    NoReleaseError,
    Release,
    live_release,
    live_state,
    packed_files,
)
from bot.settings import Settings
from bot.storage.database import SessionFactory, is_missing_file, open_database

logger = logging.getLogger(__name__)

KEPT_FOLDERS = 5
"""Folders of releases that stay on this machine, newest first."""

UNUSABLE = (SQLAlchemyError, CatalogueError, BrokenArchiveError, NoReleaseError, OSError)
"""What taking over a release may raise: the database is away, the files are broken, the disk is full."""

_MAKING = ".making-"
_LOOK_SECONDS = 1.0


@cache
def _shipped(folder: Path) -> Catalogue:
    """The shipped files change only with the product, hence with a restart: they are read once a process."""
    return load_catalogue(folder)


@dataclass(frozen=True)
class ReviewedContent:
    """The reviewed catalogue and where it stands. ``release`` None: the shipped files. ``both_changed``: files that trainers
    and a newer product changed, where the trainers' stand."""

    catalogue: Catalogue
    folder: Path
    state: ContentState = NOTHING_PUBLISHED
    release: Release | None = None
    both_changed: tuple[str, ...] = ()

    def describe(self) -> dict[str, Any]:
        """For health pages."""
        return {
            "release": self.release.number if self.release else None,
            "commit": self.release.commit[:12] if self.release else None,
            "published_at": self.release.published_at.isoformat(timespec="seconds") if self.release else None,
            "both_changed": list(self.both_changed),
        }


class ReviewedSource:
    """Where the reviewed catalogue comes from. ``shipped``: the folder that ships; ``published``: where releases are written."""

    def __init__(self, shipped: Path, published: Path) -> None:
        self.shipped, self._published = shipped, published

    @classmethod
    def from_settings(cls, settings: Settings) -> "ReviewedSource":
        """As the settings name the folders."""
        return cls(settings.data_dir / "catalogue", settings.training_folder / "published")

    @cached_property
    def shipped_files(self) -> Mapping[str, bytes]:
        """The files that ship: they change only with the product, hence with a restart."""
        return read_folder(self.shipped)

    def without_database(self) -> ReviewedContent:
        """The shipped files. Raises ``CatalogueError``."""
        return ReviewedContent(_shipped(self.shipped), self.shipped)

    def read(self, session: Session) -> ReviewedContent:
        """What is live now, checked whole. Raises one of ``UNUSABLE``; nothing is in force by that."""
        state, release = live_state(session), live_release(session)
        if release is None or release.archive_sha256 is None:
            return ReviewedContent(_shipped(self.shipped), self.shipped, state, release)
        published = unpack(packed_files(session, release))
        if release.base_files and dict(release.base_files) != fingerprints(self.shipped_files):
            try:
                return self._on_newer_files(published, state, release)
            except CatalogueError as error:
                # Halves of two states that do not fit: the state that two people approved stands whole.
                logger.warning("catalogue.release_not_rebased", extra={"reason": str(error.problems[:1])})
        folder = self._folder(_folder_name(release.commit, published), published)
        return ReviewedContent(load_catalogue(folder), folder, state, release)

    def _on_newer_files(self, published: Mapping[str, bytes], state: ContentState, release: Release) -> ReviewedContent:
        made = rebased(published, release.base_files, self.shipped_files)
        folder = self._folder(_folder_name(release.commit, made.files), made.files)
        return ReviewedContent(load_catalogue(folder), folder, state, release, made.both_changed)

    def _folder(self, name: str, files: Mapping[str, bytes]) -> Path:
        folder = self._published / name
        if not _holds(folder, files):
            self._published.mkdir(parents=True, exist_ok=True)
            making = self._published / f"{_MAKING}{secrets.token_hex(8)}"
            _write(making, files)
            _put_in_place(making, folder)
            if not _holds(folder, files):
                raise OSError(f"{folder} could not be written")
        self._tidy(folder)
        return folder

    def _tidy(self, present: Path) -> None:
        """Keeps the newest folders; ``present`` always."""
        present.touch()
        folders = [path for path in self._published.iterdir() if path.is_dir() and not path.name.startswith(".")]
        newest = sorted(folders, key=lambda path: path.stat().st_mtime, reverse=True)
        for path in newest[KEPT_FOLDERS:]:
            if path != present:
                shutil.rmtree(path, ignore_errors=True)


def _folder_name(commit: str, files: Mapping[str, bytes]) -> str:
    """The commit, and what the files really are: the same commit gives other files on another release of the product."""
    return f"{commit[:12] or 'state'}-{fingerprint(fingerprints(files))[:12]}"


def _holds(folder: Path, files: Mapping[str, bytes]) -> bool:
    try:
        return folder.is_dir() and read_folder(folder) == dict(files)
    except (OSError, BrokenArchiveError):
        return False


def _put_in_place(making: Path, folder: Path) -> None:
    """The folder made becomes the one of that name; where another process of this machine was faster, its one stays."""
    aside = making.with_name(making.name + "-old")
    if folder.exists():
        with contextlib.suppress(OSError):
            folder.rename(aside)
    with contextlib.suppress(OSError):
        making.rename(folder)
    for left in (making, aside):
        shutil.rmtree(left, ignore_errors=True)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


class ReviewedNow:
    """The reviewed catalogue for pages and tables: read again where another release went live (looked for at most once a second),
    the last good one where it cannot be read. Thread-safe."""

    def __init__(self, source: ReviewedSource, sessions: SessionFactory) -> None:
        self._source, self._sessions = source, sessions
        self._lock = threading.Lock()
        self._present: ReviewedContent | None = None
        self._looked = 0.0
        self.problem: str | None = None

    def content(self, *, at_once: bool = False) -> ReviewedContent:
        """What is live; ``at_once`` after an act of one's own. Raises ``CatalogueError`` only where nothing was ever read and the
        shipped files are broken."""
        with self._lock:
            now = time.monotonic()
            if self._present is not None and not at_once and now - self._looked < _LOOK_SECONDS:
                return self._present
            self._looked = now
            try:
                with self._sessions() as session:
                    if self._present is None or live_state(session) != self._present.state:
                        self._present = self._source.read(session)
                self.problem = None
            except UNUSABLE as error:
                self.problem = type(error).__name__
                if self._present is None:
                    self._present = self._source.without_database()
            return self._present

    def catalogue(self) -> Catalogue:
        """See ``content``."""
        return self.content().catalogue


def folder_in_force(settings: Settings) -> Path:
    """The folder of the catalogue that is live, for what is read once at a start (agencies, places, calendar): the shipped one
    where nothing is published or the release cannot be read."""
    source = ReviewedSource.from_settings(settings)
    if is_missing_file(settings.database_url):
        return source.shipped
    database = open_database(settings.database_url, pool_size=1)
    try:
        with database.sessions() as session:
            return source.read(session).folder
    except UNUSABLE as error:
        logger.warning("catalogue.release_unreadable", extra={"reason": type(error).__name__})
        return source.shipped
    finally:
        database.engine.dispose()
