"""Whether a model on trial does worse than the live one: counted from the ledger, judged by an exact test.

The unit is the conversation, because the messages of one citizen are not independent of each other. A conversation counts for the
slot that answered it, since the present share began.
"""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import Integer, and_, case, cast, func, or_, select
from sqlalchemy.orm import Session

from bot.shares import wilson
from bot.storage.models import Inbound
from bot.training.routes import SLOTS, Slot
from bot.training.rules import CanaryRules

Measure = Literal["handoff", "fallback", "failure"]
MEASURES: tuple[Measure, ...] = ("handoff", "fallback", "failure")
_FALLBACK = "nlu_fallback"


@dataclass(frozen=True)
class Counts:
    """Conversations that a slot answered, and in how many of them each thing happened at least once."""

    conversations: int = 0
    handoff: int = 0
    fallback: int = 0
    failure: int = 0

    def of(self, measure: Measure) -> int:
        """The conversations in which it happened."""
        count: int = getattr(self, measure)
        return count

    def to_json(self) -> dict[str, int]:
        """As it is stored at the end of a trial."""
        return {"conversations": self.conversations, **{one: self.of(one) for one in MEASURES}}


def count_since(session: Session, since: datetime) -> dict[Slot, Counts]:
    """What happened in each slot since this moment. A turn that the other slot had to answer counts as a failure of the slot that
    should have."""
    jumped = Inbound.nlu["instead_of"].as_string()
    slot = func.coalesce(jumped, Inbound.nlu["slot"].as_string())
    broke = or_(jumped.is_not(None), Inbound.nlu["failed"].as_string().is_not(None))
    answered = jumped.is_(None)

    def ever(condition: Any) -> Any:
        return func.max(cast(case((condition, 1), else_=0), Integer))

    of_conversation = (
        select(
            slot.label("slot"),
            ever(and_(answered, Inbound.outcome == "handed_over")).label("handoff"),
            ever(and_(answered, Inbound.nlu["intent"].as_string() == _FALLBACK)).label("fallback"),
            ever(broke).label("failure"),
        )
        .where(Inbound.received_at >= since, Inbound.outcome.is_not(None), slot.in_(SLOTS))
        .group_by(Inbound.conversation_id, slot)
        .subquery()
    )
    columns = (func.sum(of_conversation.c[one]) for one in MEASURES)
    rows = session.execute(select(of_conversation.c.slot, func.count(), *columns).group_by(of_conversation.c.slot))
    found = {row[0]: Counts(*(int(value or 0) for value in row[1:])) for row in rows}
    return {one: found.get(one, Counts()) for one in SLOTS}


@dataclass(frozen=True)
class Comparison:
    """One measure on both sides. ``p``: the chance to see at least so many on the trial's side if both were the same; None while
    there is too little to judge."""

    measure: Measure
    canary: int
    canary_n: int
    live: int
    live_n: int
    p: float | None
    worse: bool


def compare(canary: Counts, live: Counts, rules: CanaryRules) -> list[Comparison]:
    """The measures side by side."""
    return [_compared(measure, canary, live, rules) for measure in MEASURES]


def _compared(measure: Measure, canary: Counts, live: Counts, rules: CanaryRules) -> Comparison:
    least = rules.min_conversations_failures if measure == "failure" else rules.min_conversations
    enough = min(canary.conversations, live.conversations) >= least
    sides = (canary.of(measure), canary.conversations, live.of(measure), live.conversations)
    p = greater_p(*sides) if enough else None
    return Comparison(measure, *sides, p, p is not None and p < rules.level)


def worst(comparisons: Iterable[Comparison]) -> Comparison | None:
    """The clearest of the measures that are worse; None where none is."""
    return min((one for one in comparisons if one.worse), key=lambda one: one.p or 0.0, default=None)


def greater_p(first: int, first_n: int, second: int, second_n: int) -> float:
    """Fisher's exact test, one-sided: the chance that, of all that happened, at least ``first`` fall on the first side if the two
    proportions are the same. Right for small counts too. Raises ``ValueError`` where a count exceeds its number."""
    if not (0 <= first <= first_n and 0 <= second <= second_n):
        raise ValueError("a count lies between 0 and its number")
    happened, total = first + second, first_n + second_n
    whole = _log_choose(total, happened)
    tail = (
        _log_choose(first_n, k) + _log_choose(second_n, happened - k) - whole
        for k in range(first, min(first_n, happened) + 1)
        if happened - k <= second_n
    )
    return min(1.0, math.fsum(math.exp(one) for one in tail))


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


def interval(count: int, n: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (0 to 1); the whole range where n is 0."""
    return wilson(count, n) if n > 0 else (0.0, 1.0)


def may_finish(canary: Counts, comparisons: Sequence[Comparison], since: datetime, now: datetime, rules: CanaryRules) -> bool:
    """Whether a trial that finishes itself has lasted long enough, with enough conversations, and nothing is worse."""
    hours = (now - since).total_seconds() / 3600
    judged = all(one.p is not None and not one.worse for one in comparisons)
    return judged and hours >= rules.finish_after_hours and canary.conversations >= rules.finish_min_conversations


def stored_counts(counts: Mapping[Slot, Counts], canary: Slot, live: Slot) -> dict[str, Any]:
    """The figures of a trial as they are kept with the promotion."""
    return {"canary": counts[canary].to_json(), "live": counts[live].to_json()}
