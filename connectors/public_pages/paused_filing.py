"""``/tam-ngung``: the procedures whose online filing people stopped, why, until when, and where to file instead; and the same as
JSON. Made of the very orders that the dialogue obeys, so that the page and the answers cannot differ."""

import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.catalogue.importing.record import UnreadableRecordError
from bot.catalogue.in_force import CatalogueInForce
from bot.catalogue.load import CatalogueError
from bot.catalogue.publishing.content import ReviewedNow
from bot.conversations.clock import Clock
from bot.language.normalise import fold
from bot.levels import filing
from bot.levels.filing import Decided
from bot.levels.words import where_to_file
from bot.storage.database import SessionFactory
from bot.switches.words import off_text
from connectors.public_pages.pages import PublicPages, language_of

logger = logging.getLogger(__name__)

PATH = "/tam-ngung"
SCHEMA = "motcua.paused-filing/1"
KEPT = timedelta(seconds=2)
"""However many people look, the ledger is asked no oftener; a decision shows as fast as in the talks."""

_LANGUAGES = ("vi", "en")
_HEADERS = {"Cache-Control": "no-cache"}


@dataclass(frozen=True)
class PausedProcedure:
    """One entry. ``why`` and ``where`` by language; ``until`` None: until a further decision."""

    code: str
    name: str
    state: str
    starts: datetime
    until: datetime | None
    review_on: date | None
    why: dict[str, str]
    where: dict[str, str]

    def to_json(self, now: datetime) -> dict[str, Any]:
        """The entry for machines."""
        return {
            "code": self.code,
            "name": self.name,
            "state": self.state,
            "in_force": self.starts <= now,
            "from": self.starts.isoformat(timespec="seconds"),
            "until": self.until.isoformat(timespec="seconds") if self.until else None,
            "review_on": self.review_on.isoformat() if self.review_on else None,
            "why": self.why,
            "where": self.where,
        }


class PausedFiling:
    """What is stopped now or soon. Safe from several threads."""

    def __init__(self, reviewed: ReviewedNow, sessions: SessionFactory, clock: Clock) -> None:
        self._sessions, self._clock = sessions, clock
        self._in_force = CatalogueInForce(reviewed, sessions)
        self._lock = threading.Lock()
        self._known: tuple[datetime, tuple[PausedProcedure, ...]] | None = None

    def listed(self) -> tuple[PausedProcedure, ...]:
        """The entries, those in force first, by name. Raises ``SQLAlchemyError`` or ``CatalogueError``."""
        now = self._clock()
        with self._lock:
            if self._known is None or not self._known[0] <= now < self._known[0] + KEPT:
                self._known = (now, self._read(now))
            return self._known[1]

    def _read(self, now: datetime) -> tuple[PausedProcedure, ...]:
        with self._sessions() as session:
            found = filing.stops(session, now)
        entries = [entry for one in found if (entry := self._entry(one)) is not None]
        return tuple(sorted(entries, key=lambda entry: (entry.starts > now, fold(entry.name), entry.code)))

    def _entry(self, one: Decided) -> PausedProcedure | None:
        order, row = one.order, one.proposal
        if order is None:
            return None
        catalogue = self._in_force.catalogue().catalogue
        try:
            procedure = catalogue.procedures[row.procedure_code]
        except (KeyError, UnreadableRecordError):
            # No longer in the catalogue: the decision still stands, and so does its name of that time.
            procedure = None
        where = (
            {language: where_to_file(procedure, catalogue.agencies, None, language) for language in _LANGUAGES}
            if procedure
            else {}
        )
        return PausedProcedure(
            code=row.procedure_code,
            name=procedure.name if procedure else str(row.evidence.get("name", row.procedure_code)),
            state=row.state,
            starts=order.from_at,
            until=order.until_at,
            review_on=row.review_on,
            why={language: off_text(order, language) for language in _LANGUAGES},
            where=where,
        )


def paused_filing_routes(reviewed: ReviewedNow, sessions: SessionFactory, clock: Clock) -> APIRouter:
    """The page and its data."""
    router, pages, paused = APIRouter(), PublicPages(), PausedFiling(reviewed, sessions, clock)

    @router.get(PATH)
    def show_paused_filing(request: Request) -> Response:
        language = language_of(request.query_params.get("lang"))
        found = _read(paused.listed)
        status = 200 if found is not None else 503
        return pages.show(
            "paused_filing.html",
            status=status,
            language=language,
            headers=_HEADERS,
            listed=found,
            now=clock(),
            data=f"{PATH}.json",
        )

    @router.get(f"{PATH}.json")
    def paused_filing_data() -> Response:
        found, now = _read(paused.listed), clock()
        if found is None:
            return JSONResponse({"schema": SCHEMA, "failed": "unavailable"}, 503, _HEADERS)
        told = [one.to_json(now) for one in found]
        return JSONResponse({"schema": SCHEMA, "at": now.isoformat(timespec="seconds"), "paused": told}, headers=_HEADERS)

    return router


def _read(listed: Callable[[], tuple[PausedProcedure, ...]]) -> tuple[PausedProcedure, ...] | None:
    """The entries; None where they cannot be read now: an empty list would say that everything can be filed online."""
    try:
        return listed()
    except (SQLAlchemyError, CatalogueError) as error:
        logger.error("paused_filing.not_read", extra={"error": type(error).__name__})
        return None
