"""Answers on fees and time limits: facts that hang under a case and a channel."""

from collections.abc import Sequence

from bot.catalogue.answers.facts import (
    MAX_LINES,
    AnswerContext,
    answer,
    case_name,
    in_case,
    lower_first,
    spoken_notes,
    unknown,
    valid_today,
)
from bot.catalogue.schema import Fee, Procedure, ProcessingTime
from bot.messages import BotMessage
from bot.texts import say


def spoken_label(procedure: Procedure, entry: Fee | ProcessingTime, context: AnswerContext) -> str:
    """Case and channel before an amount, as far as they are needed to tell entries apart."""
    case = None if entry.case == context.case_id else case_name(procedure, entry.case)
    channel = None if entry.channel == "any" else say(f"channel_{entry.channel}")
    return f"{case}, {lower_first(channel)}" if case and channel else case or channel or ""


def spoken_lines(procedure: Procedure, entries: Sequence[Fee | ProcessingTime], context: AnswerContext) -> list[str]:
    """One line per entry; a single unlabelled entry is a sentence, several are a list."""
    lines = []
    for entry in entries:
        label = spoken_label(procedure, entry, context)
        lines.append(f"- {label}: {entry.text}" if label else f"- {entry.text}")
    return lines


def current_fees(procedure: Procedure, context: AnswerContext) -> list[Fee]:
    """The fees that may be spoken today in this case, certain or to be checked."""
    return [
        fee for fee in in_case(procedure.fees, context.case_id) if fee.certainty != "unknown" and valid_today(fee, context.today)
    ]


def current_times(procedure: Procedure, context: AnswerContext) -> list[ProcessingTime]:
    """The time limits that may be spoken today in this case."""
    return [
        time
        for time in in_case(procedure.times, context.case_id)
        if time.certainty != "unknown" and valid_today(time, context.today)
    ]


def fee_answer(procedure: Procedure, context: AnswerContext) -> BotMessage:
    """Fees by case and channel. "Free" is only spoken where the source says so without a condition (``FeeKind``)."""
    fees = current_fees(procedure, context)
    if not fees:
        return unknown(procedure, "fee")
    head = say("head_fee", name=lower_first(procedure.name))
    return answer(
        procedure,
        "fee",
        [head, *spoken_lines(procedure, fees, context)],
        closing=spoken_notes(fees),
        told=[fee.source for fee in fees],
    )


def time_answer(procedure: Procedure, context: AnswerContext) -> BotMessage:
    """Time limits by case and channel, and when the clock starts (valid receipt)."""
    times = current_times(procedure, context)
    if not times:
        return unknown(procedure, "processing_time")
    head = say("head_processing_time", name=lower_first(procedure.name))
    told = any("kể từ" in (time.text or "") for time in times)
    clock = [] if told else [say("clock_note")]
    lines = [head, *spoken_lines(procedure, times, context)]
    told_by = [time.source for time in times]
    return answer(procedure, "processing_time", lines, closing=[*clock, *spoken_notes(times)], told=told_by)


def needs_case(entries: Sequence[Fee | ProcessingTime]) -> bool:
    """Whether the list is too long to show at once although a case would shorten it."""
    return len(entries) > MAX_LINES and len({entry.case for entry in entries}) > 1
