"""The entry to all answers: ``facet_answer`` (a facet of a procedure) and ``overview`` (one named without a question)."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from bot.catalogue.answers import amounts, papers, ways
from bot.catalogue.answers.facts import ALL_CASES, AnswerContext, answer, facet_button, lower_first, person_button
from bot.catalogue.schema import Procedure
from bot.language.formats import spoken_date
from bot.messages import BotMessage, Button
from bot.texts import say

OVERVIEW_BUTTONS = ("documents", "fee", "processing_time", "place", "steps", "submission")

_RENDERERS: Mapping[str, Callable[[Procedure, AnswerContext], BotMessage]] = {
    "documents": papers.documents_answer,
    "fee": amounts.fee_answer,
    "processing_time": amounts.time_answer,
    "place": ways.place_answer,
    "steps": ways.steps_answer,
    "conditions": lambda procedure, context: ways.fact_answer(procedure, "conditions", procedure.conditions, context),
    "legal_basis": ways.legal_basis_answer,
    "form": papers.form_answer,
    "result": lambda procedure, context: ways.fact_answer(procedure, "result", procedure.result, context),
    "online_level": ways.online_answer,
    "submission": ways.submission_answer,
}

FACETS = tuple(_RENDERERS)
"""What can be asked about a procedure."""


def facet_answer(procedure: Procedure, facet: str, context: AnswerContext) -> BotMessage:
    """The answer to one facet. A record whose validity ended is not spoken as fact. Raises ``KeyError`` on an unknown facet."""
    if procedure.valid_to and procedure.valid_to < context.today:
        text = say("expired_record", name=lower_first(procedure.name), date=spoken_date(procedure.valid_to))
        return answer(procedure, facet, [text], [person_button()])
    return _RENDERERS[facet](procedure, context)


def case_question(procedure: Procedure, facet: str, context: AnswerContext) -> BotMessage | None:
    """The one question that must come first: which case, where the answer would be too long without it. None if not needed."""
    if context.case_id is not None or len(procedure.cases) < 2:
        return None
    needed = {
        "documents": lambda: papers.needs_case(procedure),
        "fee": lambda: amounts.needs_case(amounts.current_fees(procedure, context)),
        "processing_time": lambda: amounts.needs_case(amounts.current_times(procedure, context)),
    }.get(facet)
    if needed is None or not needed():
        return None
    buttons = [_case_button(procedure, case.name, case.id) for case in procedure.cases[:9]]
    buttons.append(_case_button(procedure, say("all_cases"), ALL_CASES))
    # The common papers of an imported procedure may be a whole page: they are told with the case.
    common = facet == "documents" and procedure.origin == "reviewed"
    lines = papers.common_papers(procedure) if common else []
    lines.append(say("ask_case", name=lower_first(procedure.name), what=say(f"what_{facet}")))
    return replace(answer(procedure, facet, lines, buttons), kind="question")


def _case_button(procedure: Procedure, title: str, case_id: str) -> Button:
    return Button(title, "choose_case", {"case_id": case_id, "procedure_code": procedure.code})


def overview(procedure: Procedure, context: AnswerContext) -> BotMessage:
    """A procedure that was named without a question: what, how long, how much, where, and buttons for the rest; the
    last one opens its service card, where there is one."""
    if procedure.valid_to and procedure.valid_to < context.today:
        return facet_answer(procedure, "steps", context)
    lines = [say("overview", name=procedure.name, code=procedure.code)]
    told = []
    times, fees = amounts.current_times(procedure, context), amounts.current_fees(procedure, context)
    if len(times) == 1 and times[0].certainty == "sure" and "processing_time" not in context.silent:
        lines.append(say("overview_time", text=(times[0].text or "").rstrip(".")))
        told.append(times[0].source)
    if len(fees) == 1 and fees[0].certainty == "sure" and "fee" not in context.silent:
        lines.append(say("overview_fee", text=(fees[0].text or "").rstrip(".")))
        told.append(fees[0].source)
    if "place" not in context.silent:
        lines.append(say("overview_place", agency=context.agency_name(procedure.receiving_agency)))
    if procedure.newer_code:
        lines.append(say("newer_code_listed" if procedure.origin == "imported" else "newer_code", code=procedure.newer_code))
    if procedure.origin == "imported":
        lines.append(say("imported_note"))
    lines.append(say("overview_ask"))
    buttons = [facet_button(procedure, facet) for facet in OVERVIEW_BUTTONS]
    if context.cards_at:
        buttons.append(Button(say("button_card"), url=f"{context.cards_at}/{procedure.code}"))
    return answer(procedure, "overview", lines, buttons, told=told)
