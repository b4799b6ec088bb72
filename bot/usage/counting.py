"""Counts a month anew from the ledger. The same rows give the same counts however often; what is gone from the ledger by its time
of retention is never counted again, so that a count never sinks because rows went."""

import logging
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import case, delete, func, insert, or_, select, tuple_
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.retention.policy import Periods
from bot.storage.database import SessionFactory, writing
from bot.storage.evidence_models import RegisteredDossier, UsageCount
from bot.storage.models import Conversation, Handoff
from bot.storage.officer_models import Rating
from bot.storage.rights_models import DailyCount
from bot.storage.survey_models import ConversationRating
from bot.storage.usage_models import FormProgress, UsageMonth
from bot.usage.measures import (
    ABANDONED_AFTER_DAYS,
    MEASURES,
    PERIODS,
    QUESTION_INTENT_PREFIX,
    QUESTION_INTENTS,
    QUESTION_OUTCOMES,
    Source,
)
from bot.usage.months import begin_of, end_of, month_of, months_between, moved

logger = logging.getLogger(__name__)

RECOUNTED_MONTHS = 13
"""How many months, this one among them, each night's count goes through: papers may be asked for long after the receipt."""

AgencyOf = Callable[[str], str]
"""The receiving agency of a procedure, by its code; empty where none is known."""

Cell = tuple[str, str, str, str, str, str]
"""Measure, procedure, agency, place, channel, detail."""

_KEY = (
    UsageCount.measure, UsageCount.procedure_code, UsageCount.agency, UsageCount.place_id, UsageCount.channel, UsageCount.detail
)  # fmt: skip
_AT_ONCE = 500


def countable(month: date, source: Source, periods: Periods, now: datetime) -> bool:
    """Whether all rows of the month can still be there."""
    return begin_of(month) > now - periods[PERIODS[source]].length


def months_to_count(session: Session, now: datetime) -> list[date]:
    """The months that a count goes through by default: the last ``RECOUNTED_MONTHS``, from the first of which there is a row."""
    dossiers = (RegisteredDossier.received_at, RegisteredDossier.ended_at)
    earliest = (FormProgress.opened_at, Handoff.opened_at, ConversationRating.rated_at, *dossiers)
    begun = [month_of(first) for column in earliest if (first := session.scalar(select(func.min(column)))) is not None]
    day = session.scalar(select(func.min(DailyCount.day)))
    begun += [day.replace(day=1)] if day is not None else []
    last = month_of(now)
    return months_between(max(min(begun, default=last), moved(last, 1 - RECOUNTED_MONTHS)), last)


def count_months(
    sessions: SessionFactory, agency_of: AgencyOf, periods: Periods, now: datetime, months: list[date] | None = None
) -> Mapping[date, int]:
    """Counts months anew, each written in a transaction of its own; returns how many cells each has now."""
    if months is None:
        with sessions() as session:
            months = months_to_count(session, now)
    cells = {}
    for month in months:
        try:
            cells[month] = _count_and_write(sessions, month, agency_of, periods, now)
        except IntegrityError:
            # Somebody else counted the very same month for the first time: theirs stands.
            logger.info("usage.counted_elsewhere", extra={"month": f"{month:%Y-%m}"})
    return cells


def _count_and_write(sessions: SessionFactory, month: date, agency_of: AgencyOf, periods: Periods, now: datetime) -> int:
    # Counted from one snapshot and without a lock: on SQLite a writer holds up everybody.
    with sessions() as session:
        if session.get_bind().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        counted = count_month(session, month, agency_of, periods, now)
    if counted.sources:
        with writing(sessions) as session:
            write_month(session, counted)
    return len(counted.cells)


@dataclass(frozen=True)
class CountedMonth:
    """What was counted of a month at a moment. ``sources``: of which tables all rows could still be there."""

    month: date
    at: datetime
    sources: tuple[Source, ...]
    cells: Mapping[Cell, int]


def count_month(session: Session, month: date, agency_of: AgencyOf, periods: Periods, now: datetime) -> CountedMonth:
    """Counts one month; writes nothing. What can no longer be counted wholly is left out."""
    sources = tuple(source for source in PERIODS if countable(month, source, periods, now))
    cells: Counter[Cell] = Counter()
    for source in sources:
        for measure, procedure, agency, place, channel, detail, n in _COUNTED[source](session, month, now):
            cells[(measure, procedure or "", agency or agency_of(procedure or ""), place or "", channel, detail or "")] += int(n)
    return CountedMonth(month, now, sources, {cell: n for cell, n in cells.items() if n})


def write_month(session: Session, counted: CountedMonth) -> None:
    """Writes it over the month's earlier count, in the caller's transaction: all of it or nothing. A later count stays."""
    # Two counts of one month come one after the other.
    row = session.get(UsageMonth, counted.month, with_for_update=True)
    if row is None:
        session.add(row := UsageMonth(month=counted.month, counted_at=counted.at))
        session.flush()
    elif row.counted_at > counted.at:
        return
    row.counted_at = counted.at
    measures = [name for name, one in MEASURES.items() if one.source in counted.sources]
    mine = (UsageCount.month == counted.month, UsageCount.measure.in_(measures))
    before = {_cell(key): n for *key, n in session.execute(select(*_KEY, UsageCount.n).where(*mine))}
    changed = [cell for cell in before.keys() | counted.cells.keys() if before.get(cell) != counted.cells.get(cell)]
    for batch in range(0, len(changed), _AT_ONCE):
        old = [cell for cell in changed[batch : batch + _AT_ONCE] if cell in before]
        session.execute(delete(UsageCount).where(UsageCount.month == counted.month, tuple_(*_KEY).in_(old)))
    rows = [_row(counted.month, cell, counted.cells[cell]) for cell in changed if cell in counted.cells]
    if rows:
        session.execute(insert(UsageCount), rows)


def _row(month: date, cell: Cell, n: int) -> dict[str, Any]:
    measure, procedure, agency, place, channel, detail = cell
    return {
        "month": month, "measure": measure, "procedure_code": procedure, "agency": agency, "place_id": place, "channel": channel,
        "detail": detail, "n": n,
    }  # fmt: skip


def _cell(key: Sequence[str]) -> Cell:
    measure, procedure, agency, place, channel, detail = key
    return measure, procedure, agency, place, channel, detail


def _within(column: InstrumentedAttribute[Any], month: date) -> tuple[Any, Any]:
    return column >= begin_of(month), column < end_of(month)


_Counted = tuple[str, str | None, str | None, str | None, str, str | None, int]


def _questions(session: Session, month: date, _now: datetime) -> Iterator[_Counted]:
    asks = or_(
        DailyCount.intent.startswith(QUESTION_INTENT_PREFIX, autoescape=True),
        DailyCount.intent.in_(QUESTION_INTENTS),
    )
    groups = (DailyCount.procedure_code, DailyCount.channel, DailyCount.outcome)
    wanted = (
        select(*groups, func.sum(DailyCount.messages))
        .where(DailyCount.day >= month, DailyCount.day < moved(month, 1), asks, DailyCount.outcome.in_(QUESTION_OUTCOMES))
        .group_by(*groups)
    )
    for procedure, channel, outcome, n in session.execute(wanted):
        yield "questions", procedure, None, None, channel, outcome, n


def _forms(session: Session, month: date, now: datetime) -> Iterator[_Counted]:
    untouched = FormProgress.touched_at <= now - timedelta(days=ABANDONED_AFTER_DAYS)
    fate = case(
        (FormProgress.outcome == "sent", "finished"),
        (FormProgress.outcome != "open", "abandoned"),
        (untouched, "abandoned"),
        else_="open",
    ).label("fate")
    # In a subquery, so that the words of the groups are computed once: PostgreSQL would take two equal parameters for two words.
    one = FormProgress
    within = _within(one.opened_at, month)
    told = select(one.procedure_code, one.place_id, one.channel, one.step, fate).where(*within).subquery()
    groups = (told.c.procedure_code, told.c.place_id, told.c.channel, told.c.step, told.c.fate)
    wanted = select(*groups, func.count()).group_by(*groups)
    for procedure, place, channel, step, ending, n in session.execute(wanted):
        yield "started", procedure, None, place, channel, None, n
        if ending != "open":
            yield ending, procedure, None, place, channel, step if ending == "abandoned" else None, n


def _handoffs(session: Session, month: date, _now: datetime) -> Iterator[_Counted]:
    groups = (Handoff.procedure_code, Handoff.place_id, Conversation.channel, Handoff.reason)
    wanted = (
        select(*groups, func.count(), func.count(Handoff.first_answer_at))
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(*_within(Handoff.opened_at, month))
        .group_by(*groups)
    )
    for procedure, place, channel, reason, n, answered in session.execute(wanted):
        yield "handoffs", procedure, None, place, channel, reason, n
        yield "handoffs_answered", procedure, None, place, channel, None, answered
    rated = (Handoff.procedure_code, Handoff.place_id, Conversation.channel, Rating.score)
    ratings = (
        select(*rated, func.count())
        .join(Handoff, Handoff.id == Rating.handoff_id)
        .join(Conversation, Conversation.id == Handoff.conversation_id)
        .where(*_within(Rating.rated_at, month), Rating.score.is_not(None))
        .group_by(*rated)
    )
    for procedure, place, channel, score, n in session.execute(ratings):
        yield f"ratings_{score}", procedure, None, place, channel, None, n


def _talks(session: Session, month: date, _now: datetime) -> Iterator[_Counted]:
    rated = (ConversationRating.procedure_code, ConversationRating.channel, ConversationRating.score)
    within = _within(ConversationRating.rated_at, month)
    wanted = select(*rated, func.count()).where(*within, ConversationRating.score.is_not(None)).group_by(*rated)
    for procedure, channel, score, n in session.execute(wanted):
        yield f"talks_{score}", procedure, None, None, channel, None, n


def _dossiers(session: Session, month: date, _now: datetime) -> Iterator[_Counted]:
    one = RegisteredDossier
    groups = (one.procedure_code, one.agency, one.place_id, one.channel)
    rounds = func.json_array_length(one.supplements)
    received = select(*groups, func.count(), func.sum(case((rounds >= 1, 1), else_=0)), func.sum(case((rounds >= 2, 1), else_=0)))
    names = ("dossiers", "supplements", "supplements_twice")
    yield from _by_dossier(session, received.where(*_within(one.received_at, month)), groups, names)
    in_time = func.sum(case((one.ended_at <= one.due_at, 1), else_=0))
    ended = select(*groups, func.count(), in_time, func.sum(case((one.electronic_result.is_(True), 1), else_=0)))
    names = ("ended", "ended_on_time", "electronic_results")
    yield from _by_dossier(session, ended.where(*_within(one.ended_at, month)), groups, names)


def _by_dossier(session: Session, wanted: Any, groups: tuple[Any, ...], names: tuple[str, ...]) -> Iterator[_Counted]:
    listed = wanted.where(RegisteredDossier.missing_since.is_(None)).group_by(*groups)
    for procedure, agency, place, channel, *counts in session.execute(listed):
        for name, n in zip(names, counts, strict=True):
            yield name, procedure, agency, place, channel, None, n


_COUNTED: Mapping[Source, Callable[[Session, date, datetime], Iterator[_Counted]]] = {
    "daily_count": _questions,
    "form_progress": _forms,
    "handoff": _handoffs,
    "registered_dossier": _dossiers,
    "conversation_rating": _talks,
}
