"""What the pages of the yearly review work with."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from bot.accounts.view import AccountView
from bot.service_reviews.figures import SHARES, YearFigures
from bot.service_reviews.making import YearlyReviews
from bot.service_reviews.record import decisions_of, reviews_of, seal_holds
from bot.service_reviews.rules import JudgedRule, judge
from bot.shares import LEAST_SHOWN, Share
from bot.storage.service_review_models import ServiceReview, ServiceReviewDecision
from console.texts import label

PICTURE_WIDTH = 200


@dataclass(frozen=True)
class ShownShare:
    """A share with its picture: places in units of a drawing ``PICTURE_WIDTH`` wide. ``thresholds``: of the rules on it."""

    name: str
    share: Share
    shown: bool
    of: str
    percent: str
    range: str
    at: float
    low: float
    high: float
    thresholds: tuple[float, ...]


@dataclass(frozen=True)
class ListedReview:
    """A line of the list."""

    review: ServiceReview
    verdicts: tuple[str, ...]
    clear: bool
    decision: ServiceReviewDecision | None


class ServiceReviewDesk:
    """``keys``: the ledger's keys, comma separated; the first seals."""

    def __init__(self, reviews: YearlyReviews, keys: str) -> None:
        self.reviews, self._keys = reviews, keys

    @property
    def key(self) -> str:
        """What decisions are sealed with."""
        return self._keys.split(",")[0]

    def listed(self, session: Session, account: AccountView, year: int) -> list[ListedReview]:
        """The year's reviews that the account may see: those of its agencies, or all."""
        rows = [row for row in reviews_of(session, year) if account.scope.allows(row.agency)]
        decisions = decisions_of(session, [row.id for row in rows])
        listed = [_listed(row, decisions.get(row.id, [])) for row in rows]
        # What the rules point at comes first; names keep their order within.
        return sorted(listed, key=lambda one: (one.decision is not None, not one.verdicts))

    def seal_holds(self, signed: ServiceReviewDecision) -> bool:
        """Whether a decision is as it was signed."""
        return seal_holds(signed, self._keys)

    def judged(self, row: ServiceReview) -> tuple[JudgedRule, ...]:
        """The rules in force over a review's figures."""
        return judge(self.reviews.rules().rules, YearFigures(row.counts), published_online=row.published_online)


def shown_shares(counts: Mapping[str, int], judged: Sequence[JudgedRule]) -> list[ShownShare]:
    """All shares of a review with their pictures."""
    figures = YearFigures(counts)
    bounds: dict[str, set[float]] = {}
    for rule in judged:
        for one in rule.conditions:
            if one.condition.share is not None:
                bounds.setdefault(one.condition.share, set()).add(one.condition.threshold)
    return [_shown(name, figures.share(name), sorted(bounds.get(name, ()))) for name in SHARES]


def shown_count(count: int) -> str:
    """A count as pages and files show it: small ones lead to persons, and are only said to be small."""
    return label("service_review_few") if 0 < count < LEAST_SHOWN else str(count)


def leads_to_persons(share: Share) -> bool:
    """Whether the part, or what is left of the whole, is so small that the share would tell of single persons."""
    return any(0 < count < LEAST_SHOWN for count in (share.part, share.whole - share.part))


def percent(value: float) -> str:
    """``84,3 %``."""
    return f"{value * 100:.1f}".replace(".", ",") + " %"


def _shown(name: str, share: Share, thresholds: Sequence[float]) -> ShownShare:
    hidden = leads_to_persons(share)
    value, (low, high) = share.value or 0.0, share.interval or (0.0, 0.0)
    few = label("service_review_few") if hidden else "–"
    return ShownShare(
        name=name,
        share=share,
        shown=not hidden and share.whole > 0,
        of=f"{few}/{shown_count(share.whole)}" if hidden else f"{share.part}/{share.whole}",
        percent=few if hidden or share.value is None else percent(share.value),
        range="–" if hidden or share.interval is None else f"{percent(low)} – {percent(high)}",
        at=round(value * PICTURE_WIDTH, 1),
        low=round(low * PICTURE_WIDTH, 1),
        high=round(high * PICTURE_WIDTH, 1),
        thresholds=tuple(round(one * PICTURE_WIDTH, 1) for one in thresholds),
    )


def _listed(row: ServiceReview, decisions: Sequence[ServiceReviewDecision]) -> ListedReview:
    met = [one for one in row.suggested.values() if one["outcome"] == "met"]
    verdicts = tuple(sorted({one["verdict"] for one in met}))
    return ListedReview(row, verdicts, any(one["clear"] for one in met), decisions[0] if decisions else None)
