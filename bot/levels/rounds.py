"""Looking at all official links, slowly and one at a time, and calling people where a decision's review is overdue."""

import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from bot.catalogue.load import Catalogue
from bot.levels import filing
from bot.levels.audit import audit_levels
from bot.levels.link_book import OfficialPage, due_page, note_look, pages_to_check
from bot.levels.links import LinkChecker
from bot.levels.outcomes import WORKS, LinkFinding
from bot.storage.database import SessionFactory, writing

logger = logging.getLogger(__name__)

_LIST_KEPT = timedelta(hours=1)
"""Which procedures have dossiers changes slowly."""

MakeChecker = Callable[[frozenset[str]], LinkChecker]


class LinkRounds:
    """Looks at the links of the audited procedures. ``checker``: makes one that may go to these hosts."""

    def __init__(self, sessions: SessionFactory, catalogue: Callable[[], Catalogue], checker: MakeChecker) -> None:
        self._sessions, self._catalogue, self._make = sessions, catalogue, checker
        self._pages: tuple[OfficialPage, ...] = ()
        self._listed_at: datetime | None = None

    def check_next(self, now: datetime) -> tuple[OfficialPage, LinkFinding] | None:
        """Looks at the link that has waited longest, where that is a day or more. Nothing is held open while a page is read."""
        pages = self._listed(now)
        with self._sessions() as session:
            page = due_page(session, pages, now)
        return (page, self.check(page, now)) if page is not None else None

    def check(self, page: OfficialPage, now: datetime) -> LinkFinding:
        """Looks at one link and keeps what was found."""
        finding = self._make(hosts_of(self._listed(now))).look(page.url, page.procedure_code, page.names)
        with writing(self._sessions) as session:
            note_look(session, page, finding, now)
        level = logging.INFO if finding.outcome in WORKS else logging.WARNING
        told = {"procedure": page.procedure_code, "outcome": finding.outcome, "detail": finding.detail}
        logger.log(level, "levels.link_checked", extra=told)
        return finding

    def pages(self, now: datetime) -> tuple[OfficialPage, ...]:
        """All links that are looked at."""
        return self._listed(now)

    def _listed(self, now: datetime) -> tuple[OfficialPage, ...]:
        if self._listed_at is None or not self._listed_at <= now < self._listed_at + _LIST_KEPT:
            catalogue = self._catalogue()
            with self._sessions() as session:
                audited = audit_levels(session, catalogue, now).procedures
            self._pages = tuple(pages_to_check(catalogue.procedures[one.code] for one in audited))
            self._listed_at = now
        return self._pages


def hosts_of(pages: Iterable[OfficialPage]) -> frozenset[str]:
    """The hosts of the catalogue's links."""
    return frozenset(host for page in pages if (host := urlsplit(page.url).hostname))


def call_for_reviews(sessions: SessionFactory, now: datetime) -> int:
    """Logs an alarm where the day of review of a decision that still holds is over; how many there are."""
    with sessions() as session:
        late = filing.overdue(filing.stops(session, now), now)
    if late:
        codes = [one.proposal.procedure_code for one in late[:20]]
        logger.error("alarm.filing_review_overdue", extra={"count": len(late), "procedures": codes})
    return len(late)
