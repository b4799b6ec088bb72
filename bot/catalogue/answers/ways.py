"""Answers on where and how: place, steps, online filing, conditions, result, legal basis."""

from bot.catalogue.answers.facts import (
    MAX_LINES,
    AnswerContext,
    answer,
    facet_button,
    lower_first,
    person_button,
    sentence,
    spoken_notes,
    unknown,
    valid_today,
)
from bot.catalogue.schema import Fact, ImportedProcedure, Procedure
from bot.messages import BotMessage, Button
from bot.texts import say

CENTRES = ("tthcc-xa", "tthcc-tinh")


def place_answer(procedure: Procedure, context: AnswerContext) -> BotMessage:
    """Who receives, who decides, and that any centre of the city receives (NĐ 118/2025: filing not bound by boundary)."""
    name, agency = lower_first(procedure.name), context.agency_name(procedure.receiving_agency)
    lines = [say("place_receive", name=name, agency=agency)]
    if context.place_name and procedure.receiving_agency in CENTRES:
        lines = [say("place_receive_at", name=name, agency=agency, place=context.place_name)]
    handled = procedure.handled_by
    if handled.certainty != "unknown" and handled.text and valid_today(handled, context.today):
        lines.append(say("place_handled", text=handled.text.rstrip(".")))
    decides = context.agency_name(procedure.deciding_agency)
    if procedure.deciding_agency != procedure.receiving_agency and decides not in "\n".join(lines):
        lines.append(say("place_decide", agency=decides))
    if procedure.receiving_agency in CENTRES:
        lines.append(say("place_any_centre"))
    if procedure.online.available:
        lines.append(say("online_at", link=procedure.official_link.url))
    return answer(procedure, "place", lines, closing=spoken_notes([handled]), told=[handled.source])


def steps_answer(procedure: Procedure, _context: AnswerContext) -> BotMessage:
    """The steps, numbered; imported ones with the caution that nobody of us has read them."""
    if not procedure.steps:
        return unknown(procedure, "steps")
    steps = [f"{number}. {step}" for number, step in enumerate(procedure.steps, start=1)]
    buttons = [facet_button(procedure, "documents"), facet_button(procedure, "submission")]
    lines = [say("head_steps", name=lower_first(procedure.name)), *steps]
    note = procedure.steps_note if isinstance(procedure, ImportedProcedure) else None
    closing = [say("check_note", note=note) + " " + say("check_advice")] if note else []
    return answer(procedure, "steps", lines, buttons, closing=closing, told=[procedure.steps_source])


def fact_answer(procedure: Procedure, facet: str, fact: Fact, context: AnswerContext) -> BotMessage:
    """Conditions or result: the fact with its caution, or the honest unknown."""
    if fact.certainty == "unknown" or not fact.text or not valid_today(fact, context.today):
        return unknown(procedure, facet)
    line = say(f"head_{facet}", name=lower_first(procedure.name), text=sentence(fact.text))
    return answer(procedure, facet, line.split("\n"), closing=spoken_notes([fact]), told=[fact.source])


def legal_basis_answer(procedure: Procedure, _context: AnswerContext) -> BotMessage:
    """Numbers of the legal texts as stored; never one that is not stored."""
    if not procedure.legal_basis:
        return answer(procedure, "legal_basis", [say("legal_basis_none", name=lower_first(procedure.name))], [person_button()])
    shown = [f"- {number}" for number in procedure.legal_basis[: MAX_LINES + 3]]
    rest = len(procedure.legal_basis) - len(shown)
    more = [say("more_items", count=rest, link=procedure.official_link.url)] if rest else []
    head = say("head_legal_basis", name=lower_first(procedure.name))
    return answer(procedure, "legal_basis", [head, *shown, *more], told=[procedure.legal_basis_source])


def online_answer(procedure: Procedure, context: AnswerContext) -> BotMessage:
    """Whether it can be filed online; a level only where a source states it."""
    online, link = procedure.online, procedure.official_link.url
    if context.filing_stopped:
        return _stopped_answer(procedure, "online_level", context)
    if online.available is None or online.certainty == "unknown" or not valid_today(online, context.today):
        return unknown(procedure, "online_level")
    lines = [say(_online_key(procedure), name=lower_first(procedure.name), link=link)]
    if online.available and online.level == "partial":
        # The published reason says what one comes for; without one that is said too (NĐ 224/2026 art. 14).
        lines = [context.partial_line] if context.partial_line else [*lines, say("online_partial_why_unpublished")]
    if online.available and online.level in ("full", "partial"):
        lines.append(say("online_at", link=link))
    if online.certainty == "check" and online.note:
        lines.append(say("check_note", note=online.note.rstrip(". ")) + " " + say("check_advice"))
    return answer(procedure, "online_level", lines, _link_buttons(procedure), told=[online.source])


def _online_key(procedure: Procedure) -> str:
    if not procedure.online.available:
        return "online_no"
    return {"full": "online_yes_full", "partial": "online_yes_partial"}.get(procedure.online.level, "online_yes_unknown")


def submission_answer(procedure: Procedure, context: AnswerContext) -> BotMessage:
    """How to file now: the official page where it can be filed online, else the receiving agency."""
    if context.filing_stopped:
        return _stopped_answer(procedure, "submission", context)
    agency = context.agency_name(procedure.receiving_agency)
    key = {True: "submission_online", False: "submission_direct", None: "submission_unknown"}[procedure.online.available]
    lines = [
        say(key, name=lower_first(procedure.name), link=procedure.official_link.url, code=procedure.code, agency=agency),
        *([context.partial_line] if procedure.online.available and context.partial_line else []),
        say("submission_help"),
    ]
    buttons = [*_link_buttons(procedure), facet_button(procedure, "documents"), facet_button(procedure, "fee"), person_button()]
    return answer(procedure, "submission", lines, buttons)


def _stopped_answer(procedure: Procedure, facet: str, context: AnswerContext) -> BotMessage:
    """It is not filed online at present: why, until when, and where to go; no link and no form."""
    buttons = [facet_button(procedure, "documents"), facet_button(procedure, "place"), person_button()]
    return answer(procedure, facet, [*context.filing_stopped, say("submission_help")], buttons)


def _link_buttons(procedure: Procedure) -> list[Button]:
    return [Button(say("button_open_portal"), url=procedure.official_link.url)] if procedure.online.available else []
