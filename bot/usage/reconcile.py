"""Holds a month's counts against the ledger, row by row and in plain Python: shares no query and no rule's code with the
counting, so that a mistake there shows here."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.retention.policy import Periods
from bot.storage.evidence_models import RegisteredDossier, UsageCount
from bot.storage.models import Conversation, Handoff, Inbound, Outbound
from bot.storage.officer_models import Rating
from bot.storage.rights_models import DailyCount
from bot.storage.survey_models import ConversationRating
from bot.storage.usage_models import FormProgress, UsageMonth

Cell = tuple[str, str, str, str, str, str]
_HERE = timezone(timedelta(hours=7))
_AT_ONCE = 2_000
_EMPTIED = ("forgotten", "expired")


@dataclass(frozen=True)
class Difference:
    """A cell of which the count and the rows say different things."""

    measure: str
    procedure_code: str
    agency: str
    place_id: str
    channel: str
    detail: str
    counted: int
    in_rows: int


@dataclass(frozen=True)
class Reconciliation:
    """``left_out``: measures of which the ledger's rows may be gone already, so that nobody can hold them against anything.
    ``emptied``: questions that the count has and the rows cannot show any more, because a citizen had their words deleted."""

    month: date
    counted_at: datetime | None
    cells: int
    differences: tuple[Difference, ...]
    left_out: tuple[str, ...]
    emptied: int = 0


def reconcile(session: Session, month: date, agency_of: Callable[[str], str], periods: Periods) -> Reconciliation:
    """Recomputes every figure of the month as it was when it was counted. Changes nothing."""
    counted_row = session.get(UsageMonth, month)
    if counted_row is None:
        return Reconciliation(month, None, 0, (), ())
    at = counted_row.counted_at
    begun = datetime(month.year, month.month, 1, tzinfo=_HERE)
    groups: Mapping[str, tuple[str, ...]] = {
        "transcript": ("questions", "handoffs", "handoffs_answered", "ratings_good", "ratings_poor"),
        "form_progress": ("started", "finished", "abandoned"),
        "registered_dossier": (
            "dossiers", "ended", "ended_on_time", "electronic_results", "supplements", "supplements_twice",
        ),
        "conversation_rating": ("talks_good", "talks_poor"),
    }  # fmt: skip
    gone = [name for period, names in groups.items() if begun <= at - periods[period].length for name in names]
    rows: Counter[Cell] = Counter()
    own = (_form_rows(session, month, at), _handoff_rows(session, month), _talk_rows(session, month))
    for told in (*own, _dossier_rows(session, month)):
        for measure, code, agency, place, channel, detail in told:
            rows[(measure, code, agency or agency_of(code), place, channel, detail)] += 1
    emptied: Counter[str] = Counter()
    for channel, code, outcome, readable in _question_rows(session, month, at):
        if readable:
            rows[("questions", code, agency_of(code), "", channel, outcome)] += 1
        else:
            emptied[channel] += 1
    counted: Counter[Cell] = Counter()
    for row in session.scalars(select(UsageCount).where(UsageCount.month == month)):
        counted[(row.measure, row.procedure_code, row.agency, row.place_id, row.channel, row.detail)] = row.n
    different, forgiven = _different(counted, rows, emptied)
    shown = tuple(Difference(*cell, counted[cell], rows[cell]) for cell in different if cell[0] not in gone)
    return Reconciliation(month, at, len(counted), shown, tuple(gone), forgiven)


def _different(counted: Counter[Cell], rows: Counter[Cell], emptied: Counter[str]) -> tuple[list[Cell], int]:
    """The cells that differ. Questions of people whose words are gone may be missing in the rows, never in the count."""
    different, forgiven = [], 0
    left = Counter(emptied)
    for cell in sorted(counted.keys() | rows.keys()):
        more = counted[cell] - rows[cell]
        if more == 0:
            continue
        if cell[0] == "questions" and 0 < more <= left[cell[4]]:
            left[cell[4]] -= more
            forgiven += more
            continue
        different.append(cell)
    return different, forgiven


def _here(moment: datetime | None) -> date | None:
    return moment.astimezone(_HERE).date().replace(day=1) if moment is not None else None


def _form_rows(session: Session, month: date, at: datetime) -> Iterator[Cell]:
    for row in session.scalars(select(FormProgress).execution_options(yield_per=_AT_ONCE)):
        if _here(row.opened_at) != month:
            continue
        yield "started", row.procedure_code, "", row.place_id, row.channel, ""
        if row.outcome == "sent":
            yield "finished", row.procedure_code, "", row.place_id, row.channel, ""
        elif row.outcome in ("cancelled", "expired", "discarded") or at - row.touched_at >= timedelta(days=7):
            yield "abandoned", row.procedure_code, "", row.place_id, row.channel, row.step


def _handoff_rows(session: Session, month: date) -> Iterator[Cell]:
    channels = {row.id: row.channel for row in session.scalars(select(Conversation).execution_options(yield_per=_AT_ONCE))}
    known: dict[int, tuple[str, str, str]] = {}
    for row in session.scalars(select(Handoff).execution_options(yield_per=_AT_ONCE)):
        known[row.id] = (row.procedure_code or "", row.place_id or "", channels[row.conversation_id])
        if _here(row.opened_at) == month:
            code, place, channel = known[row.id]
            yield "handoffs", code, "", place, channel, row.reason
            if row.first_answer_at is not None:
                yield "handoffs_answered", code, "", place, channel, ""
    for rating in session.scalars(select(Rating).execution_options(yield_per=_AT_ONCE)):
        if rating.score is not None and _here(rating.rated_at) == month:
            code, place, channel = known[rating.handoff_id]
            yield f"ratings_{rating.score}", code, "", place, channel, ""


def _talk_rows(session: Session, month: date) -> Iterator[Cell]:
    for row in session.scalars(select(ConversationRating).execution_options(yield_per=_AT_ONCE)):
        if row.score is not None and _here(row.rated_at) == month:
            yield f"talks_{row.score}", row.procedure_code, "", "", row.channel, ""


def _dossier_rows(session: Session, month: date) -> Iterator[Cell]:
    for row in session.scalars(select(RegisteredDossier).execution_options(yield_per=_AT_ONCE)):
        if row.missing_since is not None:
            continue
        known = (row.procedure_code, row.agency or "", row.place_id or "", row.channel, "")
        if _here(row.received_at) == month:
            yield "dossiers", *known
            if len(row.supplements) >= 1:
                yield "supplements", *known
            if len(row.supplements) >= 2:
                yield "supplements_twice", *known
        if row.ended_at is not None and _here(row.ended_at) == month:
            yield "ended", *known
            if row.due_at is not None and row.ended_at <= row.due_at:
                yield "ended_on_time", *known
            if row.electronic_result:
                yield "electronic_results", *known


def _question_rows(session: Session, month: date, at: datetime) -> Iterator[tuple[str, str, str, bool]]:
    """Channel, procedure, outcome, and whether the words are still there, of every message of the days that were counted."""
    counted_days = {row.day for row in session.scalars(select(DailyCount))}
    last = max(counted_days, default=date.min)
    begun = datetime(month.year, month.month, 1, tzinfo=_HERE).astimezone(UTC)
    window = (Inbound.received_at >= begun - timedelta(days=1), Inbound.received_at < begun + timedelta(days=33))
    gone = {
        row.id
        for row in session.scalars(select(Conversation).execution_options(yield_per=_AT_ONCE))
        if row.external_id.partition(":")[0] in _EMPTIED
    }
    codes: dict[int, str] = {}
    spoken = select(Outbound).join(Inbound, Inbound.id == Outbound.inbound_id).where(*window)
    for answer in session.scalars(spoken.execution_options(yield_per=_AT_ONCE)):
        code = (answer.message or {}).get("procedure_code")
        if code and answer.inbound_id is not None:
            codes[answer.inbound_id] = min(str(code), codes.get(answer.inbound_id, "~"))
    for row in session.scalars(select(Inbound).where(*window).execution_options(yield_per=_AT_ONCE)):
        day = row.received_at.astimezone(_HERE).date()
        if day.replace(day=1) != month or day > last or day >= at.astimezone(_HERE).date():
            continue
        if row.conversation_id in gone:
            yield row.channel, "", row.outcome or "", False
            continue
        intent = str((row.nlu or {}).get("intent") or (row.act or {}).get("intent") or "")
        asks = intent.startswith("ask_") or intent == "find_procedure"
        if asks and row.outcome in ("answered", "handed_over", "failed_and_told"):
            yield row.channel, codes.get(row.id, "")[:12], row.outcome, True
