"""The catalogue in force: the reviewed files, merged with the live imported version where the database holds one."""

import logging
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.catalogue.imported import ImportedVersion, merged_catalogue
from bot.catalogue.importing.record import UnreadableRecordError
from bot.catalogue.importing.store import Pointer, live_pointer, read_live
from bot.catalogue.load import Catalogue
from bot.catalogue.publishing.content import UNUSABLE, ReviewedContent, ReviewedSource
from bot.settings import Settings
from bot.storage.database import SessionFactory, is_missing_file, open_database

logger = logging.getLogger(__name__)

UNREADABLE = (SQLAlchemyError, UnreadableRecordError, KeyError, ValueError, TypeError)
"""What reading an imported version may raise: the database is away or not migrated, or another release wrote the rows."""


@dataclass(frozen=True)
class LiveCatalogue:
    """A catalogue, and what is in it. ``version`` None: only the reviewed procedures. ``reviewed``: the reviewed part and its
    release; None where the shipped files were read directly."""

    catalogue: Catalogue
    pointer: Pointer
    version: int | None = None
    imported_at: datetime | None = None
    source_name: str | None = None
    reviewed: ReviewedContent | None = None

    def describe(self) -> dict[str, Any]:
        """For health pages: how many procedures, of which version, from where and of when."""
        reviewed = sum(listing.origin == "reviewed" for listing in self.catalogue.listings)
        return {
            "procedures": len(self.catalogue.procedures),
            "reviewed": reviewed,
            "imported_version": self.version,
            "imported_at": self.imported_at.isoformat(timespec="seconds") if self.imported_at else None,
            "imported_from": self.source_name,
        } | ({"published": self.reviewed.describe()} if self.reviewed else {})


def combined(reviewed: Catalogue, imported: ImportedVersion | None, pointer: Pointer) -> LiveCatalogue:
    """Both as one, or the reviewed one alone."""
    if imported is None:
        return LiveCatalogue(reviewed, pointer)
    merged = merged_catalogue(reviewed, imported)
    return LiveCatalogue(merged, pointer, imported.number, imported.imported_at, imported.source_name)


def read_combined(reviewed: Catalogue, sessions: SessionFactory) -> LiveCatalogue:
    """The catalogue in force now. Raises one of ``UNREADABLE`` where the imported part cannot be read."""
    with sessions() as session:
        imported = read_live(session)
        pointer = Pointer(imported.number, imported.switch) if imported else live_pointer(session)
    return combined(reviewed, imported, pointer)


def reviewed_in_force(source: ReviewedSource, sessions: SessionFactory) -> ReviewedContent:
    """The published release, or the shipped files where it cannot be read, and the log says so. Raises ``CatalogueError`` where
    the shipped files themselves are broken."""
    try:
        with sessions() as session:
            return source.read(session)
    except UNUSABLE as error:
        shipped = source.without_database()
        logger.warning("catalogue.release_unreadable", extra={"reason": type(error).__name__})
        return shipped


def live_catalogue(settings: Settings) -> LiveCatalogue:
    """The catalogue in force under these settings. Without a readable database the shipped procedures stand alone, and the log
    says so. Raises ``CatalogueError`` where the shipped files themselves are broken."""
    source = ReviewedSource.from_settings(settings)
    if is_missing_file(settings.database_url):
        return LiveCatalogue(source.without_database().catalogue, Pointer(None, 0))
    database = open_database(settings.database_url, pool_size=1)
    try:
        reviewed = reviewed_in_force(source, database.sessions)
        return replace(read_combined(reviewed.catalogue, database.sessions), reviewed=reviewed)
    except UNREADABLE as error:
        logger.warning("catalogue.import_unreadable", extra={"reason": type(error).__name__})
        return LiveCatalogue(reviewed.catalogue, Pointer(None, 0), reviewed=reviewed)
    finally:
        database.engine.dispose()
