"""The assistant's own figures of a period: how many, how they ended, how fast. No word of anybody, and nobody's name."""

import math
from collections import Counter
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.reporting.period import Period
from bot.storage.models import Handoff, Inbound, Outbound
from bot.storage.officer_models import Rating
from bot.storage.rights_models import DailyCount


def assistant_figures(session: Session, period: Period) -> dict[str, Any]:
    """Messages and outcomes from ``daily_count``, which outlives the conversations; sessions, handoffs, ratings and times of
    answer from the ledger's rows, while these last. Times are whole seconds: median and the 90th of 100."""
    within = (DailyCount.day >= period.first, DailyCount.day <= period.last)
    return {
        "messages": session.scalar(select(func.coalesce(func.sum(DailyCount.messages), 0)).where(*within)) or 0,
        "by_channel": _sums(session, DailyCount.channel, within),
        "by_outcome": _sums(session, DailyCount.outcome, within),
        "by_intent": _sums(session, DailyCount.intent, within),
        "by_procedure": _sums(session, DailyCount.procedure_code, within),
        "sessions": session.scalar(
            select(func.count(Inbound.conversation_id.distinct())).where(*_in(Inbound.received_at, period))
        )
        or 0,
        "answer_seconds": _spread(_answer_times(session, period)),
        **_handoffs(session, period),
        **_ratings(session, period),
    }


def _handoffs(session: Session, period: Period) -> dict[str, Any]:
    mine = _in(Handoff.opened_at, period)
    by_reason, by_team = Counter[str](), Counter[str]()
    waits: list[int] = []
    found = select(Handoff.reason, Handoff.team, Handoff.opened_at, Handoff.first_answer_at).where(*mine)
    for reason, team, at, answered_at in session.execute(found):
        by_reason[reason] += 1
        by_team[team or ""] += 1
        # An answer after the end of the period is no figure of it: a report made again says the same.
        if answered_at is not None and answered_at < period.end:
            waits.append(_seconds(at, answered_at))
    ended = session.scalar(select(func.count()).select_from(Handoff).where(*_in(Handoff.ended_at, period))) or 0
    return {
        "handoffs_opened": by_reason.total(),
        "handoffs_by_reason": dict(sorted(by_reason.items())),
        "handoffs_by_team": dict(sorted(by_team.items())),
        "handoffs_answered": len(waits),
        "handoffs_ended": ended,
        "handoff_answer_seconds": _spread(waits),
    }


def _ratings(session: Session, period: Period) -> dict[str, Any]:
    scores = select(Rating.score, func.count()).where(*_in(Rating.rated_at, period)).group_by(Rating.score)
    told = {score: n for score, n in session.execute(scores) if score is not None}
    return {"rated_good": told.get("good", 0), "rated_poor": told.get("poor", 0)}


def _answer_times(session: Session, period: Period) -> Iterable[int]:
    """From each message of a citizen to the first thing that the assistant said to it."""
    first = (
        select(Inbound.received_at, func.min(Outbound.created_at))
        .join(Outbound, Outbound.inbound_id == Inbound.id)
        .where(*_in(Inbound.received_at, period), Outbound.author == "bot")
        .group_by(Inbound.id, Inbound.received_at)
    )
    return [_seconds(came, said) for came, said in session.execute(first)]


def _sums(session: Session, column: InstrumentedAttribute[str], within: Iterable[Any]) -> dict[str, int]:
    found = session.execute(select(column, func.sum(DailyCount.messages)).where(*within).group_by(column).order_by(column))
    return {name: int(messages) for name, messages in found}


def _in(column: Any, period: Period) -> tuple[Any, Any]:
    return column >= period.begin, column < period.end


def _seconds(start: datetime, end: datetime) -> int:
    return max(0, math.floor((end - start).total_seconds()))


def _spread(seconds: Iterable[int]) -> dict[str, int | None]:
    ordered = sorted(seconds)
    return {"of": len(ordered), "median": _at(ordered, 50), "p90": _at(ordered, 90)}


def _at(ordered: list[int], percent: int) -> int | None:
    """The nearest rank."""
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)] if ordered else None
