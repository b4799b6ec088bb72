"""The verdict on one procedure: is its published online level true? Pure: facts and a moment in, codes out.

Three facts are held against each other (NĐ 224/2026 art. 13 and 14): the level that is published, whether the official link leads
to a page about the procedure, and whether dossiers filed online lately ended with an electronic result.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal, get_args

from bot.catalogue.schema import OnlineLevel
from bot.clock import VIETNAM_TIME
from bot.levels.outcomes import UNDECIDED, WORKS, Outcome

WINDOW = timedelta(days=90)
"""Dossiers received in this time count."""
FRESH = timedelta(days=30)
"""A look at a link that is older proves nothing any more."""

Code = Literal[
    "full_on_paper_only",
    "link_broken",
    "no_partial_reason",
    "link_unchecked",
    "level_unknown",
    "results_awaited",
    "dossiers_unknown",
]
CODES: tuple[Code, ...] = get_args(Code)
MISMATCHES: frozenset[Code] = frozenset({"full_on_paper_only", "link_broken", "no_partial_reason"})
"""What is published is not true, or not complete. The other codes say what is not known yet."""


@dataclass(frozen=True)
class DossierFigures:
    """Dossiers of one procedure received within ``WINDOW``. ``filed``: by whatever channel; ``online``: of them filed online;
    ``electronic``: of these ended with an electronic result; ``on_paper``: ended without one; ``untold``: ended, and the portal
    does not say; the rest of ``online`` has not ended."""

    filed: int = 0
    online: int = 0
    electronic: int = 0
    on_paper: int = 0
    untold: int = 0

    @property
    def undecided(self) -> int:
        """Filed online, and it cannot be said yet whether the result is electronic."""
        return self.online - self.electronic - self.on_paper


@dataclass(frozen=True)
class LinkLook:
    """The last look at the link."""

    outcome: Outcome
    checked_at: datetime
    checked_by: str | None = None
    detail: str = ""
    final_host: str = ""


@dataclass(frozen=True)
class LevelFacts:
    """Everything a verdict needs. ``filed_online``: whether the catalogue says that it can be filed online at all.
    ``verified_on``: the day on which a person noted in the catalogue that the page's content is right. ``figures`` None: the
    portal's list of dossiers was never read whole, so that a nought would mean nothing."""

    level: OnlineLevel
    filed_online: bool | None
    look: LinkLook | None
    verified_on: date | None
    figures: DossierFigures | None
    has_partial_reason: bool


@dataclass(frozen=True)
class Verdict:
    """The codes, in the order of ``CODES``; none of them: everything fits."""

    codes: tuple[Code, ...] = ()

    @property
    def ok(self) -> bool:
        """Whether nothing speaks against it and nothing is unknown."""
        return not self.codes

    @property
    def mismatch(self) -> bool:
        """Whether what is published is not true or not complete."""
        return bool(MISMATCHES.intersection(self.codes))


def judge(facts: LevelFacts, now: datetime) -> Verdict:
    """The verdict at this moment."""
    found: set[Code] = set()
    if facts.level == "unknown":
        found.add("level_unknown")
    if facts.level == "partial" and not facts.has_partial_reason:
        found.add("no_partial_reason")
    if facts.level == "full":
        found |= _full(facts.figures)
    if facts.filed_online is not False and facts.level != "info_only":
        found |= _link(facts, now)
    return Verdict(tuple(code for code in CODES if code in found))


def _full(figures: DossierFigures | None) -> set[Code]:
    """Published as wholly online, and nobody got an electronic result. Dossiers that may still bring one are no proof."""
    if figures is None:
        return {"dossiers_unknown"}
    if figures.electronic or not figures.filed:
        return set()
    return {"full_on_paper_only"} if figures.filed > figures.undecided else {"results_awaited"}


def _link(facts: LevelFacts, now: datetime) -> set[Code]:
    look, seen = facts.look, facts.verified_on
    by_person = datetime.combine(seen, time(), VIETNAM_TIME) if seen is not None else None
    if by_person is not None and (look is None or look.outcome in UNDECIDED or look.checked_at < by_person):
        return set() if now - by_person <= FRESH else {"link_unchecked"}
    if look is None or look.outcome in UNDECIDED:
        return {"link_unchecked"}
    if look.outcome not in WORKS:
        return {"link_broken"}
    return set() if now - look.checked_at <= FRESH else {"link_unchecked"}
