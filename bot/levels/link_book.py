"""Looks at links in the ledger: which link is due, and what the last look found."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.catalogue.schema import Procedure
from bot.levels.outcomes import OUTCOMES, PERSON_KNOWS_BETTER, UNDECIDED, WORKS, LinkFinding, Outcome
from bot.levels.verdicts import FRESH, LinkLook
from bot.storage.level_models import LinkCheck

DAILY = timedelta(hours=24)
"""The product looks at a link no oftener."""


@dataclass(frozen=True)
class OfficialPage:
    """The link of a procedure, with what its page should show."""

    procedure_code: str
    names: tuple[str, ...]
    url: str


def pages_to_check(procedures: Iterable[Procedure]) -> list[OfficialPage]:
    """The links of the procedures that can be filed online, or of which that is not known."""
    return [
        OfficialPage(one.code, tuple(dict.fromkeys((one.name, one.official_name))), one.official_link.url)
        for one in procedures
        if one.online.available is not False
    ]


def note_look(session: Session, page: OfficialPage, finding: LinkFinding, now: datetime, by: str | None = None) -> LinkCheck:
    """Keeps what a look found, in the caller's transaction."""
    row = LinkCheck(
        procedure_code=page.procedure_code,
        url=page.url,
        checked_at=now,
        outcome=finding.outcome,
        detail=finding.detail[:200],
        final_host=finding.final_host[:253],
        checked_by=by,
    )
    session.add(row)
    session.flush()
    return row


def last_looks(session: Session, urls: Mapping[str, str]) -> dict[str, LinkLook]:
    """The look that counts at the present link of each procedure (``urls``: by code): the last one, or a person's before it where
    a program cannot tell. A look at a former link says nothing."""
    newest, by_person = (_newest(session, urls, people=people) for people in (False, True))
    return {
        code: by_person[code] if look.outcome in PERSON_KNOWS_BETTER and code in by_person else look
        for code, look in newest.items()
    }


def _newest(session: Session, urls: Mapping[str, str], *, people: bool) -> dict[str, LinkLook]:
    newest = select(func.max(LinkCheck.id)).group_by(LinkCheck.procedure_code, LinkCheck.url)
    if people:
        newest = newest.where(LinkCheck.checked_by.is_not(None))
    rows = session.scalars(select(LinkCheck).where(LinkCheck.id.in_(newest)))
    return {row.procedure_code: look_of(row) for row in rows if urls.get(row.procedure_code) == row.url}


@dataclass(frozen=True)
class LinkHealth:
    """How many official links there are, and what the look that counts says of each: it works, it is broken, only a person can
    tell; or nobody looked within ``FRESH``. The four add up to ``links``."""

    links: int
    working: int
    broken: int
    undecided: int
    unchecked: int


def link_health(session: Session, pages: Collection[OfficialPage], now: datetime) -> LinkHealth:
    """The health of these links."""
    looks = last_looks(session, {page.procedure_code: page.url for page in pages})
    fresh = [look.outcome for look in looks.values() if now - look.checked_at <= FRESH]
    working, undecided = sum(one in WORKS for one in fresh), sum(one in UNDECIDED for one in fresh)
    broken = len(fresh) - working - undecided
    return LinkHealth(len(pages), working, broken, undecided, len(pages) - len(fresh))


def look_of(row: LinkCheck) -> LinkLook:
    """A row as the audit reads it; an outcome that another release wrote counts as none of ours."""
    known: Outcome = row.outcome if row.outcome in OUTCOMES else "other_content"
    return LinkLook(known, row.checked_at, row.checked_by, row.detail, row.final_host)


def due_page(session: Session, pages: Collection[OfficialPage], now: datetime) -> OfficialPage | None:
    """The link at which nobody has looked for the longest time, where that is a day or more; one never looked at comes first."""
    last = {
        (code, url): at
        for code, url, at in session.execute(
            select(LinkCheck.procedure_code, LinkCheck.url, func.max(LinkCheck.checked_at))
            .where(LinkCheck.checked_at > now - DAILY * 400)
            .group_by(LinkCheck.procedure_code, LinkCheck.url)
        )
    }
    waiting = [page for page in pages if (at := last.get((page.procedure_code, page.url))) is None or at <= now - DAILY]
    never = datetime.min.replace(tzinfo=now.tzinfo)
    return min(waiting, key=lambda page: (last.get((page.procedure_code, page.url)) or never, page.procedure_code), default=None)


def looks_at(session: Session, procedure_code: str, limit: int = 20) -> list[LinkCheck]:
    """The newest looks first."""
    wanted = select(LinkCheck).where(LinkCheck.procedure_code == procedure_code).order_by(LinkCheck.id.desc()).limit(limit)
    return list(session.scalars(wanted))
