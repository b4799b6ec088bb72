"""The month's report of service levels, from what the ledger measured. Only targets and costs in it are entered by hand."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.clock import VIETNAM_TIME
from bot.officers.hours import OpeningHours
from bot.service_levels.solved import WITHIN, AskedMessage, Solved, count_solved
from bot.service_levels.terms import CostItem, Terms
from bot.storage.account_models import Account, AuditEntry
from bot.storage.models import Handoff, Inbound, Outbound
from bot.storage.officer_models import Rating
from bot.storage.switch_models import Outage
from bot.sync_monitor.checks import CheckView, last_check_before
from bot.sync_monitor.uptime import Minutes, days_of, office_minutes

_BATCH = 2_000


@dataclass(frozen=True)
class Month:
    """A month of Vietnam's calendar."""

    first: date

    @classmethod
    def parse(cls, text: str) -> "Month":
        """``2026-11``. Raises ``ValueError``."""
        year, _, month = text.partition("-")
        if len(text) != len("2026-11") or not (year + month).isascii() or not (year + month).isdigit():
            raise ValueError(f"{text[:20]!r}: YYYY-MM")
        if not "2000" <= year < "2200":
            raise ValueError(f"{text}: no year of this product")
        return cls(date(int(year), int(month), 1))

    @property
    def last(self) -> date:
        """Its last day."""
        return (self.first.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)

    @property
    def begins(self) -> datetime:
        """Its first moment."""
        return datetime(self.first.year, self.first.month, 1, tzinfo=VIETNAM_TIME)

    @property
    def ends(self) -> datetime:
        """The first moment after it."""
        after = self.last + timedelta(days=1)
        return datetime(after.year, after.month, after.day, tzinfo=VIETNAM_TIME)

    def __str__(self) -> str:
        return f"{self.first:%Y-%m}"

    @property
    def spoken(self) -> str:
        """As people here write it: ``11/2026``."""
        return f"{self.first:%m/%Y}"

    @property
    def before(self) -> "Month":
        """The month before."""
        return Month((self.first - timedelta(days=1)).replace(day=1))


@dataclass(frozen=True)
class Measure:
    """One measured value against its target. ``unit``: ``share``, ``seconds`` or ``minutes``; ``value`` None: nothing was
    measured; ``n``: of how many. ``at_least``: the target is a floor, else a ceiling."""

    key: str
    value: float | None
    target: float
    n: int
    unit: Literal["share", "seconds", "minutes"]
    at_least: bool
    part: str | None = None

    @property
    def met(self) -> bool | None:
        """Whether the target is met; None where nothing was measured."""
        if self.value is None:
            return None
        return self.value >= self.target if self.at_least else self.value <= self.target


@dataclass(frozen=True)
class UnitUse:
    """One agency's use in the month. ``agency`` None: accounts that work for all."""

    agency: str | None
    accounts: int
    handoffs: int
    conversations: int


@dataclass(frozen=True)
class LevelReport:
    """The whole report."""

    month: Month
    measures: tuple[Measure, ...]
    outcomes: dict[str, int]
    answer_p50: float | None
    minutes_down: dict[str, int]
    outages: int
    solved: Solved
    costs: tuple[CostItem, ...]
    units: tuple[UnitUse, ...]
    last_drill: datetime | None

    @property
    def cost(self) -> int:
        """Đồng in the month."""
        return sum(item.amount for item in self.costs)

    @property
    def cost_per_solved(self) -> float | None:
        """Đồng for a solved question; None where no cost was entered or nothing was solved."""
        return self.cost / self.solved.solved if self.costs and self.solved.solved else None


def quantile(values: Sequence[float], share: float) -> float | None:
    """The smallest value that at least this share of the values does not exceed (nearest rank); None of nothing."""
    if not values:
        return None
    rank = max(1, -(-int(share * 1000) * len(values) // 1000))
    return sorted(values)[rank - 1]


def level_report(
    session: Session, month: Month, terms: Terms, costs: Sequence[CostItem], hours: OpeningHours, now: datetime
) -> LevelReport:
    """The report; of a month that still runs, up to ``now``. Raises SQLAlchemy's errors."""
    until = min(month.ends, max(now, month.begins))
    answers = _answer_seconds(session, month)
    outcomes = _outcomes(session, month)
    measures = [
        *_availability(session, month, terms, hours, until),
        *_answers(answers, outcomes, terms),
        _undelivered(session, month, terms),
        _first_answers(session, month, terms, hours),
        _sync(session, month, terms),
    ]
    return LevelReport(
        month=month,
        measures=tuple(measures),
        outcomes=outcomes,
        answer_p50=quantile(answers, 0.5),
        minutes_down=_minutes_down(session, month),
        outages=_outages(session, month),
        solved=_solved(session, month),
        costs=tuple(costs),
        units=_units(session, month),
        last_drill=_last_drill(session, month),
    )


def _availability(session: Session, month: Month, terms: Terms, hours: OpeningHours, until: datetime) -> Iterable[Measure]:
    measured = office_minutes(session, month.first, month.last)
    expected = int(hours.between(month.begins, until).total_seconds() // 60)
    targets = terms.targets
    for part in terms.availability_parts:
        minutes = measured.get(part, Minutes())
        looked = minutes.up + minutes.down
        agreed = targets.availability_in_office_hours
        yield Measure("availability", minutes.availability, agreed, looked, "share", at_least=True, part=part)
        known = min(looked / expected, 1.0) if expected else None
        yield Measure("measured", known, targets.measured_in_office_hours, expected, "share", at_least=True, part=part)


def _answer_seconds(session: Session, month: Month) -> list[float]:
    """From the arrival of a message to the first answer sent, for those that the assistant answered."""
    sent = func.min(Outbound.sent_at)
    wanted = (
        select(Inbound.received_at, sent)
        .join(Outbound, Outbound.inbound_id == Inbound.id)
        .where(*_in(month, Inbound.received_at), Inbound.outcome == "answered", Outbound.author == "bot")
        .where(Outbound.sent_at.is_not(None))
        .group_by(Inbound.id, Inbound.received_at)
    )
    rows = session.execute(wanted.execution_options(yield_per=_BATCH))
    return [max((at - received).total_seconds(), 0.0) for received, at in rows if at is not None]


def _outcomes(session: Session, month: Month) -> dict[str, int]:
    counted = select(Inbound.outcome, func.count()).where(*_in(month, Inbound.received_at)).group_by(Inbound.outcome)
    return {outcome or "open": n for outcome, n in session.execute(counted)}


def _answers(answers: Sequence[float], outcomes: dict[str, int], terms: Terms) -> Iterable[Measure]:
    targets = terms.targets
    yield Measure("answer_p95", quantile(answers, 0.95), targets.answer_seconds_p95, len(answers), "seconds", at_least=False)
    total = sum(n for outcome, n in outcomes.items() if outcome not in ("ignored", "open"))
    answered, failed = outcomes.get("answered", 0), outcomes.get("failed_and_told", 0)
    yield Measure("answered", answered / total if total else None, targets.answered_share, total, "share", at_least=True)
    yield Measure("failed", failed / total if total else None, targets.failed_share, total, "share", at_least=False)


def _undelivered(session: Session, month: Month, terms: Terms) -> Measure:
    counted = select(Outbound.state, func.count()).where(*_in(month, Outbound.created_at)).group_by(Outbound.state)
    states: Counter[str] = Counter()
    for state, n in session.execute(counted):
        states[state] = n
    total = sum(states.get(state, 0) for state in ("sent", "dead", "ambiguous"))
    lost = states.get("dead", 0) + states.get("ambiguous", 0)
    return Measure(
        "undelivered", lost / total if total else None, terms.targets.undelivered_share, total, "share", at_least=False
    )


def _first_answers(session: Session, month: Month, terms: Terms, hours: OpeningHours) -> Measure:
    """The median wait of those that came in office hours. One that was never answered has waited the longest."""
    wanted = select(Handoff.opened_at, Handoff.first_answer_at).where(*_in(month, Handoff.opened_at), Handoff.ticket.is_(False))
    waits = [
        hours.between(opened, answered).total_seconds() / 60 if answered else float("inf")
        for opened, answered in session.execute(wanted)
        if hours.is_open(opened)
    ]
    median = quantile(waits, 0.5)
    return Measure("first_answer", median, terms.targets.handoff_first_answer_minutes, len(waits), "minutes", at_least=False)


def _sync(session: Session, month: Month, terms: Terms) -> Measure:
    last: CheckView | None = last_check_before(session, month.begins, month.ends)
    rate = last.rate if last else None
    compared = last.compared if last else 0
    return Measure("sync", rate, terms.targets.sync_difference_rate, compared, "share", at_least=False)


def _minutes_down(session: Session, month: Month) -> dict[str, int]:
    days = days_of(session, month.first, month.last)
    return {part: sum(minutes.down for minutes in found.values()) for part, found in sorted(days.items())}


def _outages(session: Session, month: Month) -> int:
    lasting = (Outage.starts_at < month.ends, Outage.ends_at > month.begins)
    return session.scalar(select(func.count()).select_from(Outage).where(*lasting)) or 0


def _solved(session: Session, month: Month) -> Solved:
    begins, ends = month.begins, month.ends + WITHIN
    codes: dict[int, str] = {}
    said = select(Outbound.inbound_id, Outbound.message).where(
        Outbound.created_at >= begins, Outbound.created_at < ends + WITHIN, Outbound.inbound_id.is_not(None)
    )
    for inbound_id, message in session.execute(said.order_by(Outbound.id).execution_options(yield_per=_BATCH)):
        if code := message.get("procedure_code"):
            codes.setdefault(inbound_id, str(code))
    wanted = select(Inbound.id, Inbound.conversation_id, Inbound.received_at, Inbound.nlu, Inbound.outcome).where(
        Inbound.received_at >= begins, Inbound.received_at < ends
    )
    messages = (
        AskedMessage(conversation, at, (nlu or {}).get("intent"), outcome, codes.get(number))
        for number, conversation, at, nlu, outcome in session.execute(wanted.execution_options(yield_per=_BATCH))
    )
    return count_solved(messages, _troubled(session, begins, ends), month.begins, month.ends)


def _troubled(session: Session, begins: datetime, ends: datetime) -> dict[str, list[datetime]]:
    found: dict[str, list[datetime]] = {}
    handed = select(Handoff.conversation_id, Handoff.opened_at).where(Handoff.opened_at >= begins, Handoff.opened_at < ends)
    poor = select(Rating.conversation_id, Rating.rated_at).where(
        Rating.score == "poor", Rating.rated_at >= begins, Rating.rated_at < ends
    )
    for wanted in (handed, poor):
        for conversation, at in session.execute(wanted):
            if at is not None:
                found.setdefault(conversation, []).append(at)
    return found


def _units(session: Session, month: Month) -> tuple[UnitUse, ...]:
    """By the agencies of the accounts that took the handoffs."""
    accounts = session.execute(select(Account.login, Account.all_agencies, Account.agencies, Account.state)).all()
    taken = session.execute(
        select(Handoff.taken_by, Handoff.conversation_id).where(*_in(month, Handoff.taken_at), Handoff.taken_by.is_not(None))
    ).all()
    agencies = {login: (None,) if everything else tuple(own) for login, everything, own, _ in accounts}
    people = Counter(agency for login, _, _, state in accounts if state == "active" for agency in agencies[login])
    handled: Counter[str | None] = Counter()
    talks: dict[str | None, set[str]] = {}
    for login, conversation in taken:
        for agency in agencies.get(str(login), ()):
            handled[agency] += 1
            talks.setdefault(agency, set()).add(conversation)
    names = sorted(people.keys() | handled.keys(), key=lambda name: (name is not None, name or ""))
    return tuple(UnitUse(name, people[name], handled[name], len(talks.get(name, ()))) for name in names)


def _last_drill(session: Session, month: Month) -> datetime | None:
    """The last exit drill that passed, up to the end of the month."""
    passed = AuditEntry.details.contains('"passed":true', autoescape=True)
    wanted = select(func.max(AuditEntry.at)).where(AuditEntry.act == "vendor.drill", AuditEntry.at < month.ends, passed)
    return session.scalar(wanted)


def _in(month: Month, column: InstrumentedAttribute[Any]) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return column >= month.begins, column < month.ends
