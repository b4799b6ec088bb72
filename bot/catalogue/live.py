"""The catalogue in force: the reviewed files, merged with the live imported version where the database holds one."""

import logging
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from bot.catalogue.imported import ImportedVersion, merged_catalogue
from bot.catalogue.importing.record import UnreadableRecordError
from bot.catalogue.importing.store import Pointer, live_pointer, read_live
from bot.catalogue.load import Catalogue, load_catalogue
from bot.storage.database import SessionFactory, is_missing_file, open_database

logger = logging.getLogger(__name__)

UNREADABLE = (SQLAlchemyError, UnreadableRecordError, KeyError, ValueError, TypeError)
"""What reading an imported version may raise: the database is away or not migrated, or another release wrote the rows."""


@dataclass(frozen=True)
class LiveCatalogue:
    """A catalogue, and which imported version is in it. ``version`` None: only the reviewed procedures."""

    catalogue: Catalogue
    pointer: Pointer
    version: int | None = None
    imported_at: datetime | None = None
    source_name: str | None = None

    def describe(self) -> dict[str, Any]:
        """For health pages: how many procedures, of which version, from where and of when."""
        reviewed = sum(listing.origin == "reviewed" for listing in self.catalogue.listings)
        return {
            "procedures": len(self.catalogue.procedures),
            "reviewed": reviewed,
            "imported_version": self.version,
            "imported_at": self.imported_at.isoformat(timespec="seconds") if self.imported_at else None,
            "imported_from": self.source_name,
        }


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


def live_catalogue(folder: Path, url: str) -> LiveCatalogue:
    """The catalogue in force under these settings. Without a readable database the reviewed procedures stand alone, and the log
    says so. Raises ``CatalogueError`` where the reviewed files themselves are broken."""
    reviewed = load_catalogue(folder)
    nothing = LiveCatalogue(reviewed, Pointer(None, 0))
    if is_missing_file(url):
        return nothing
    database = open_database(url, pool_size=1)
    try:
        return read_combined(reviewed, database.sessions)
    except UNREADABLE as error:
        logger.warning("catalogue.import_unreadable", extra={"reason": type(error).__name__})
        return nothing
    finally:
        database.engine.dispose()
