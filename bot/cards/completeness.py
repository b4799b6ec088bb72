"""Which cards are full: what a citizen must find on each, and what is missing where. Pure, but for one query of small rows."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.accounts.scope import AgencyScope
from bot.cards.card import ServiceCard
from bot.catalogue.schema import Origin
from bot.storage.card_models import ServiceCardVersion

NEEDED = ("papers", "time", "fee", "result", "place")
"""What a full card states, in the card's order."""

WATCHED = (*NEEDED, "online_level")
"""And what is counted beside it: whether it can be filed online, and then the published level, which many sources leave out."""


@dataclass(frozen=True, slots=True)
class CardLine:
    """One card in the list. ``missing``: of ``WATCHED``; ``doubtful``: how many of its facts carry a caution."""

    code: str
    name: str
    field: str
    origin: str
    version: int
    as_of: str
    missing: tuple[str, ...]
    doubtful: int

    @property
    def full(self) -> bool:
        """Whether nothing needed is missing."""
        return not set(self.missing) & set(NEEDED)


@dataclass(frozen=True)
class CardFigures:
    """How many cards there are, how many are full, and how many lack each thing."""

    total: int
    full: int
    lacking: tuple[tuple[str, int], ...]

    @property
    def share(self) -> float | None:
        """The share of full cards; None where there is none."""
        return self.full / self.total if self.total else None


def missing_on(card: ServiceCard) -> tuple[str, ...]:
    """What the card does not state. A record past its day states nothing."""
    online = card.online
    stated = {
        "papers": card.papers_state != "unknown",
        "time": bool(card.times),
        "fee": bool(card.fees),
        "result": card.result is not None,
        "place": bool(card.receiving) and card.expired_on is None,
        "online_level": online.available is False or (online.available is True and online.level != "unknown"),
    }
    return tuple(name for name in WATCHED if not stated[name])


def doubts_on(card: ServiceCard) -> int:
    """How many facts of the card carry a caution."""
    cautions = [time.caution for time in card.times] + [fee.caution for fee in card.fees]
    cautions += [fact.caution for fact in (card.result, card.conditions, card.handled) if fact]
    cautions += [card.papers_caution, card.steps_caution, card.online.caution]
    return sum(caution is not None for caution in cautions)


def card_lines(session: Session, scope: AgencyScope, origin: Origin) -> list[CardLine]:
    """The standing cards of an origin by code: those that an agency of the scope receives or decides."""
    row = ServiceCardVersion
    columns = (row.code, row.name, row.field, row.origin, row.version, row.as_of, row.missing, row.doubtful, row.agencies)
    rows = session.execute(select(*columns).where(row.live_until.is_(None), row.origin == origin).order_by(row.code))
    return [
        CardLine(*one[:6], tuple(one.missing.split(",")) if one.missing else (), one.doubtful)
        for one in rows
        if scope.everything or any(scope.allows(agency) for agency in one.agencies.split(","))
    ]


def figures_of(lines: Sequence[CardLine]) -> CardFigures:
    """The figures over these cards."""
    lacking = Counter(name for line in lines for name in line.missing)
    return CardFigures(len(lines), sum(line.full for line in lines), tuple((name, lacking[name]) for name in WATCHED))
