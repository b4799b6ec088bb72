"""How the outcome of a status question is told: pure, from plain data to neutral messages.

Says the status in words, source and time, the dates, who must act and what now. Never a name, never the whole dossier code,
never a date that the portal did not give.
"""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

from bot.catalogue.schema import WorkingCalendar
from bot.clock import VIETNAM_TIME
from bot.dossiers.asking import FactorWay, next_minute, person, spoken_instant, way_buttons
from bot.dossiers.lateness import lateness
from bot.dossiers.lookup import Found, LockedOut, NotFoundOrWrongFactor, PortalAway, StatusOutcome
from bot.dossiers.next_steps import detail_texts, free_text, next_step_lines, procedure_name, timeline_lines
from bot.dossiers.status_table import StatusMeaning, StatusTable, status_table
from bot.dossiers.working_days import CalendarEndsError, working_days_until
from bot.language.formats import spoken_date
from bot.language.masking import masked
from bot.messages import BotMessage, Button, Source
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
    ways: Collection[FactorWay] = (),
    can_tell_later: bool = False,
) -> list[BotMessage]:
    """The messages for an outcome, in order. ``now`` is aware; ``calendar`` counts the working days that are left, and
    without it, or outside its years, no count is told. ``ways``: what else than the look-up code the portal takes as proof;
    ``can_tell_later``: whether changes of a dossier can be told."""
    statuses = table or status_table()
    match outcome:
        case Found():
            return _found(outcome, calendar, now.astimezone(VIETNAM_TIME), language, statuses)
        case NotFoundOrWrongFactor(factor=factor):
            key = "dossier_not_found" if factor == "lookup_code" else "dossier_not_opened"
            buttons = (*way_buttons(ways, language), person(language))
            return [BotMessage(say(key, language), kind="question", buttons=buttons, facet=FACET, expects="lookup_code")]
        case LockedOut(until=until):
            text = say("dossier_locked_out", language, time=spoken_instant(next_minute(until)))
            return [BotMessage(text, kind="notice", buttons=(person(language),), facet=FACET)]
        case PortalAway():
            later = (Button(say("dossier_button_tell_later", language), "subscribe_updates"),) if can_tell_later else ()
            return _away(outcome, (*later, person(language)), language, statuses)


def _found(found: Found, calendar: WorkingCalendar | None, now: datetime, language: str, table: StatusTable) -> list[BotMessage]:
    dossier = found.dossier
    meaning = table.meaning(dossier.source_system, dossier.status_code)
    due = _due_line(dossier, meaning, calendar, now, language)
    state = _state(dossier, table, language, due=due, stale=found.stale)
    text = " ".join([*next_step_lines(dossier, meaning, language), *timeline_lines(dossier, language)])
    next_step = BotMessage(text, kind="status", facet=FACET)
    details = [BotMessage(text, kind="status", facet=FACET) for text in detail_texts(found, meaning, language)]
    messages = [state, next_step, *details, *_apology(dossier, meaning, calendar, now, language)]
    return [*messages[:-1], replace(messages[-1], buttons=(person(language),))]


def _away(outcome: PortalAway, buttons: tuple[Button, ...], language: str, table: StatusTable) -> list[BotMessage]:
    """What was last known, with its time, and nothing concluded from it; or the honest line."""
    known = outcome.last_known
    if known is None:
        return [BotMessage(say("dossier_portal_away", language), kind="apology", buttons=buttons, facet=FACET)]
    told = spoken_instant(outcome.told_at or known.as_of)
    notice = BotMessage(say("dossier_portal_away_known", language, time=told), kind="apology", facet=FACET)
    state = _state(known, table, language, due=_plain_due(known, language), stale=False)
    return [notice, replace(state, buttons=buttons)]


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


def _apology(
    dossier: Dossier, meaning: StatusMeaning | None, calendar: WorkingCalendar | None, now: datetime, language: str
) -> list[BotMessage]:
    """The apology where the dossier is late. Where the meaning of the status is not certain, no lateness is claimed."""
    if meaning is None or meaning.flattened or dossier.due_at is None:
        return []
    keys = {"late_now": "dossier_late_now", "ended_late": "dossier_ended_late"}
    key = keys.get(lateness(dossier, meaning.status.clock, now))
    if key is None:
        return []
    ended = dossier.ended_at.day if key == "dossier_ended_late" and dossier.ended_at else now.date()
    late = _days_left(dossier.due_at.day, ended, calendar)
    by = say("dossier_late_by", language, count=f"{late:02d}") if late else ""
    text = say(key, language, code=_shown_code(dossier), day=spoken_date(dossier.due_at.day), by=by)
    return [BotMessage(text, kind="apology", facet=FACET)]
