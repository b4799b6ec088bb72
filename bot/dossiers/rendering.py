"""How the outcome of a status question is told: pure, from plain data to neutral messages.

Says the status in words, source and time, the dates, who must act and what now. Never a name, never the whole dossier code,
never a date that the portal did not give.
"""

from dataclasses import replace
from datetime import date, datetime

from bot.catalogue.schema import WorkingCalendar
from bot.clock import VIETNAM_TIME
from bot.dossiers.lateness import lateness
from bot.dossiers.lookup import Found, LockedOut, NotFoundOrWrongFactor, PortalAway, StatusOutcome
from bot.dossiers.next_steps import free_text, next_step_lines, procedure_name
from bot.dossiers.status_table import StatusMeaning, StatusTable, status_table
from bot.dossiers.working_days import CalendarEndsError, working_days_until
from bot.language.formats import spoken_date
from bot.language.masking import masked
from bot.messages import BotMessage, Button, MessageKind, Source
from bot.portal.records import Dossier
from bot.texts import say

FACET = "status"


def render_status(
    outcome: StatusOutcome,
    calendar: WorkingCalendar | None,
    now: datetime,
    *,
    language: str = "vi",
    table: StatusTable | None = None,
) -> list[BotMessage]:
    """The messages for an outcome, in order. ``now`` is aware; ``calendar`` counts the working days that are left, and
    without it, or outside its years, no count is told."""
    statuses = table or status_table()
    match outcome:
        case Found(dossier=dossier, stale=stale):
            return _found(dossier, stale, calendar, now.astimezone(VIETNAM_TIME), language, statuses)
        case NotFoundOrWrongFactor():
            return [_with_person(say("dossier_not_found", language), "question", language, expects="lookup_code")]
        case LockedOut(until=until):
            text = say("dossier_locked_out", language, time=spoken_instant(_next_minute(until)))
            return [_with_person(text, "notice", language)]
        case PortalAway(last_known=known):
            return _away(known, language, statuses)


def spoken_instant(moment: datetime) -> str:
    """``14 giờ 30 ngày 05/08/2026``, in Vietnam time."""
    local = moment.astimezone(VIETNAM_TIME)
    return f"{local.hour} giờ {local.minute:02d} ngày {spoken_date(local.date())}"


def _found(
    dossier: Dossier, stale: bool, calendar: WorkingCalendar | None, now: datetime, language: str, table: StatusTable
) -> list[BotMessage]:
    meaning = table.meaning(dossier.source_system, dossier.status_code)
    due = _due_line(dossier, meaning, calendar, now, language)
    state = _state(dossier, table, language, due=due, stale=stale)
    text = " ".join(next_step_lines(dossier, meaning, language))
    next_step = BotMessage(text, kind="status", facet=FACET)
    messages = [state, next_step, *_apology(dossier, meaning, now, language)]
    return [*messages[:-1], replace(messages[-1], buttons=_person(language))]


def _away(known: Dossier | None, language: str, table: StatusTable) -> list[BotMessage]:
    """What was last known, with its time, and nothing concluded from it; or the honest line."""
    if known is None:
        return [_with_person(say("dossier_portal_away", language), "apology", language)]
    notice = BotMessage(say("dossier_portal_away_known", language), kind="apology", facet=FACET)
    state = _state(known, table, language, due=_plain_due(known, language), stale=False)
    return [notice, replace(state, buttons=_person(language))]


def _state(dossier: Dossier, table: StatusTable, language: str, *, due: str | None, stale: bool) -> BotMessage:
    """The bubble that states what the portal shows."""
    meaning = table.meaning(dossier.source_system, dossier.status_code)
    label = (
        meaning.status.label.in_language(language)
        if meaning
        else say("dossier_status_unknown", language, status_code=dossier.status_code)
    )
    source = table.system_name(dossier.source_system, language) or say("dossier_source_unnamed", language)
    as_of = spoken_instant(dossier.as_of)
    lines = [
        say("dossier_head", language, code=_shown_code(dossier), label=label),
        say("dossier_procedure", language, name=procedure_name(dossier.procedure_name)) if dossier.procedure_name else None,
        say("dossier_received", language, day=spoken_date(dossier.received_at.day)) if dossier.received_at else None,
        due,
        say("dossier_ended", language, day=spoken_date(dossier.ended_at.day)) if dossier.ended_at else None,
        _place_line(dossier, language),
        say("dossier_source", language, source=source, time=as_of) + (" " + say("dossier_stale", language) if stale else ""),
    ]
    return BotMessage(
        "\n".join(line for line in lines if line),
        kind="status",
        procedure_code=dossier.procedure_code,
        facet=FACET,
        sources=(Source(source, as_of, dossier.procedure_code),),
    )


def _shown_code(dossier: Dossier) -> str:
    return masked("dossier_code", dossier.dossier_code)


def _place_line(dossier: Dossier, language: str) -> str | None:
    step, unit = free_text(dossier.current_step), free_text(dossier.current_unit)
    if step and unit:
        return say("dossier_step", language, step=step, unit=unit)
    if step:
        return say("dossier_step_only", language, step=step)
    if unit:
        return say("dossier_unit", language, unit=unit)
    return say("dossier_receiving_unit", language, unit=free_text(dossier.receiving_unit)) if dossier.receiving_unit else None


def _due_line(
    dossier: Dossier, meaning: StatusMeaning | None, calendar: WorkingCalendar | None, now: datetime, language: str
) -> str | None:
    """The due date; with the days left only while the clock runs. Its absence is told only where a date could be expected."""
    clock = meaning.status.clock if meaning else None
    if dossier.due_at is None:
        return say("dossier_due_none", language) if clock in ("runs", "paused", None) else None
    if meaning is None or clock != "runs" or lateness(dossier, meaning.status.clock, now) != "in_time":
        return _plain_due(dossier, language)
    day = spoken_date(dossier.due_at.day)
    if dossier.due_at.day == now.date():
        return say("dossier_due_today", language, day=day)
    left = _days_left(now.date(), dossier.due_at.day, calendar)
    return say("dossier_due_left", language, day=day, count=f"{left:02d}") if left else _plain_due(dossier, language)


def _plain_due(dossier: Dossier, language: str) -> str | None:
    return say("dossier_due", language, day=spoken_date(dossier.due_at.day)) if dossier.due_at else None


def _days_left(today: date, due: date, calendar: WorkingCalendar | None) -> int:
    if calendar is None:
        return 0
    try:
        return working_days_until(today, due, calendar)
    except CalendarEndsError:
        return 0


def _apology(dossier: Dossier, meaning: StatusMeaning | None, now: datetime, language: str) -> list[BotMessage]:
    """The apology where the dossier is late. Where the meaning of the status is not certain, no lateness is claimed."""
    if meaning is None or meaning.flattened or dossier.due_at is None:
        return []
    keys = {"late_now": "dossier_late_now", "ended_late": "dossier_ended_late"}
    key = keys.get(lateness(dossier, meaning.status.clock, now))
    if key is None:
        return []
    text = say(key, language, code=_shown_code(dossier), day=spoken_date(dossier.due_at.day))
    return [BotMessage(text, kind="apology", facet=FACET)]


def _next_minute(moment: datetime) -> datetime:
    """Rounded up, so that a try at the spoken minute is not too early."""
    return datetime.fromtimestamp(-(-moment.timestamp() // 60) * 60, VIETNAM_TIME)


def _with_person(text: str, kind: MessageKind, language: str, expects: str | None = None) -> BotMessage:
    return BotMessage(text, kind=kind, buttons=_person(language), facet=FACET, expects=expects)


def _person(language: str) -> tuple[Button, ...]:
    return (Button(say("dossier_button_person", language), "talk_to_officer"),)
