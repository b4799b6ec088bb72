"""The names of all procedures in force, imported ones too, for lists and searches by name: read once per switch of version."""

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from types import MappingProxyType

from sqlalchemy.exc import SQLAlchemyError

from bot.catalogue.imported import merged_catalogue
from bot.catalogue.importing.store import Pointer, live_pointer, read_live_list
from bot.catalogue.listing import ProcedureListing
from bot.catalogue.live import UNREADABLE
from bot.catalogue.load import Catalogue, load_catalogue
from bot.catalogue.publishing.content import ReviewedNow
from bot.catalogue.publishing.releases import NOTHING_PUBLISHED, ContentState
from bot.conversations.clock import Clock
from bot.language.normalise import fold
from bot.storage.database import SessionFactory

logger = logging.getLogger(__name__)

MOST_FOUND = 30
LOOKS_EVERY = timedelta(seconds=10)
"""How long a switch of version may go unnoticed here."""


@cache
def _reviewed(folder: Path) -> Catalogue:
    return load_catalogue(folder)


@dataclass(frozen=True, slots=True)
class NamedProcedure:
    """A procedure as a list shows it."""

    code: str
    name: str

    @property
    def words(self) -> str:
        """Code and name, as a field of a form holds them: ``1.001193 Đăng ký khai sinh``."""
        return f"{self.code} {self.name}"


@dataclass(frozen=True)
class _Known:
    pointer: tuple[Pointer, ContentState] | None
    names: Mapping[str, str]
    searched: tuple[tuple[str, NamedProcedure], ...]


class ProcedureNames:
    """Thread-safe. Where an imported version cannot be read, the reviewed procedures stand alone until it can."""

    def __init__(self, folder: Path, sessions: SessionFactory, clock: Clock, reviewed: ReviewedNow | None = None) -> None:
        """``reviewed``: the releases that trainers publish; None: the files of ``folder`` alone."""
        self._folder, self._sessions, self._clock, self._releases = folder, sessions, clock, reviewed
        self._lock = threading.Lock()
        self._known: _Known | None = None
        self._looked_at: datetime | None = None

    def all(self) -> Mapping[str, str]:
        """The names by code, in the order of the alphabet. Raises ``CatalogueError`` where the reviewed files are broken."""
        return self._now().names

    def find(self, typed: str) -> list[NamedProcedure]:
        """The procedures whose code or name holds every word typed, marks aside; at most 30, none for no words. Those that others
        took the place of are found by their code alone."""
        words = fold(typed).split()
        if not words:
            return []
        fitting = (one for text, one in self._now().searched if all(word in text for word in words))
        return [one for one, _ in zip(fitting, range(MOST_FOUND), strict=False)]

    def chosen(self, typed: str) -> NamedProcedure | None:
        """The procedure that a field of a form names: by its code at the beginning, or by words that fit one alone."""
        code = typed.strip().partition(" ")[0]
        name = self.all().get(code)
        if name is not None:
            return NamedProcedure(code, name)
        found = self.find(typed)
        return found[0] if len(found) == 1 else None

    def _now(self) -> _Known:
        known, now = self._known, self._clock()
        if known is not None and self._looked_at is not None and now < self._looked_at + LOOKS_EVERY:
            return known
        # While one reads a new version, others go on with the old one.
        if not self._lock.acquire(blocking=known is None):
            return known or self._now()
        try:
            self._known = self._read(self._known)
            self._looked_at = now
            return self._known
        finally:
            self._lock.release()

    def _read(self, known: _Known | None) -> _Known:
        reviewed, state = _reviewed(self._folder), NOTHING_PUBLISHED
        if self._releases is not None:
            content = self._releases.content()
            reviewed, state = content.catalogue, content.state
        try:
            with self._sessions() as session:
                pointer = (live_pointer(session), state)
                if known is not None and known.pointer == pointer:
                    return known
                imported = read_live_list(session)
            listings = merged_catalogue(reviewed, imported).listings if imported is not None else reviewed.listings
            return _sorted(pointer, listings)
        except UNREADABLE as error:
            if known is not None and isinstance(error, SQLAlchemyError):
                return known
            logger.warning("catalogue.import_unreadable", extra={"reason": type(error).__name__})
            return _sorted(None, reviewed.listings)


def _sorted(pointer: tuple[Pointer, ContentState] | None, listings: tuple[ProcedureListing, ...]) -> _Known:
    ordered = sorted(((fold(one.name), one) for one in listings), key=lambda pair: pair[0])
    names = MappingProxyType({one.code: one.name for _, one in ordered})
    searched = tuple(
        (one.code if one.superseded_by else f"{one.code} {folded}", NamedProcedure(one.code, one.name)) for folded, one in ordered
    )
    return _Known(pointer, names, searched)
