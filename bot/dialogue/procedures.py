"""Answering questions about procedures: one bubble per facet, one clarifying question at most."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import date

from bot.catalogue.answers.facts import AnswerContext, facet_button, person_button, source_of
from bot.catalogue.answers.render import case_question, facet_answer, overview
from bot.catalogue.schema import Procedure
from bot.dialogue.cases import case_in_text, outside_age, sibling_for, years_of
from bot.dialogue.facets import FALLBACK, OVERVIEW
from bot.dialogue.filing_stopped import partial_why, stopped_lines
from bot.dialogue.services import Services, place_names
from bot.dialogue.turn import Clause, DialogueState, Pending, Reply
from bot.language.ages import Age
from bot.language.normalise import fold
from bot.messages import BotMessage, Button
from bot.texts import say

_OLD_LEVEL = re.compile(r"\bmuc (?:do )?[34]\b")
"""Levels 3 and 4 have two meanings since 2026 (NĐ 224/2026 art. 16): whoever says one is told which is meant."""

_AGE_IN_NAME = re.compile(r"(?:từ )?(?:đủ |dưới |trên )?\d+ tuổi(?: trở lên)?")

FOLLOW_UPS = ("documents", "fee", "processing_time", "place", "steps")
MAX_OPTIONS = 4
_REMEMBERED = 3


def context_of(state: DialogueState, services: Services) -> AnswerContext:
    """What the answers need to know of the conversation."""
    # A place of an older catalogue may be gone.
    names = place_names(services, [state.place_id]) if state.place_id else []
    active, code = services.switches(), state.procedure_code or ""
    return AnswerContext(
        services.catalogue.agencies,
        services.today(),
        state.case_id,
        names[0] if names else None,
        active.facets_off(code),
        stopped_lines(active, code, services, names[0] if names else None),
        partial_why(code, services),
        services.cards_at,
    )


def at_procedure(state: DialogueState, procedure: Procedure, text: str, today: date) -> DialogueState:
    """The state once the talk is about this procedure: the old one is remembered, its case forgotten, a case in the text kept."""
    if state.procedure_code != procedure.code:
        before = [c for c in (state.procedure_code, *state.previous_codes) if c and c != procedure.code]
        state = state.evolve(
            procedure_code=procedure.code, case_id=None, previous_codes=tuple(dict.fromkeys(before))[:_REMEMBERED], facets=()
        )
    case_id = case_in_text(procedure, text, today)
    return state.evolve(case_id=case_id) if case_id else state


def answer_procedure(
    state: DialogueState, procedure: Procedure, facets: Sequence[str], services: Services, text: str = ""
) -> Reply:
    """Turns to this procedure and answers; where ``text`` tells an age that its name excludes, the sibling for that age is
    answered, or the limit is said."""
    today = services.today()
    age = outside_age(procedure, text, today)
    if age is None:
        return answer_facets(at_procedure(state, procedure, text, today), facets, services, text)
    known = services.catalogue.procedures
    limit = _AGE_IN_NAME.sub(f"{years_of(age)} tuổi", procedure.name)
    codes = (*procedure.related, *(hit.code for hit in services.search.search(limit).hits))
    sibling = sibling_for(age, procedure, [known[code] for code in codes if code in known], today)
    if sibling is None:
        return _not_for_this_age(state, procedure, age, facets, services)
    note = BotMessage(say("age_sibling", name=procedure.name, age=_spoken_age(age), other=sibling.name))
    reply = answer_facets(at_procedure(state, sibling, text, today), facets, services, text)
    return replace(reply, messages=(note, *reply.messages))


def _not_for_this_age(state: DialogueState, procedure: Procedure, age: Age, facets: Sequence[str], services: Services) -> Reply:
    """Nothing in the catalogue is for this age: the limit and the conditions are said, and the procedure stays one press away."""
    state = at_procedure(state, procedure, "", services.today())
    lines = [say("age_outside", name=procedure.name, age=_spoken_age(age))]
    conditions = procedure.conditions
    if conditions.certainty == "sure" and conditions.text:
        lines.append(say("age_conditions", text=conditions.text.rstrip(".")))
    show = Button(say("button_show_anyway"), "choose_procedure", {"procedure_code": procedure.code})
    message = BotMessage(
        "\n".join(lines),
        kind="question",
        buttons=(show, person_button()),
        procedure_code=procedure.code,
        sources=(source_of(procedure),),
    )
    pending = Pending("procedure", {procedure.code: procedure.name}, tuple(facets))
    return Reply((message,), state.evolve(pending=pending, misses=0))


def _spoken_age(age: Age) -> str:
    return say(f"age_{age.unit}", number=age.number)


def answer_facets(state: DialogueState, facets: Sequence[str], services: Services, text: str = "") -> Reply:
    """Answers these facets of the state's procedure, in order; stops at a case that must be known first."""
    procedure = services.catalogue.procedures[state.procedure_code or ""]
    state = at_procedure(state, procedure, text, services.today()).evolve(status_shown=False)
    messages: list[BotMessage] = []
    wanted = tuple(dict.fromkeys(facets))
    for index, facet in enumerate(wanted):
        context = context_of(state, services)
        question = None if facet == OVERVIEW else case_question(procedure, facet, context)
        if question:
            options = {b.entities["case_id"]: b.title for b in question.buttons}
            pending = Pending("case", options, wanted[index:])
            return Reply((*messages, question), state.evolve(pending=pending, misses=0, facets=wanted))
        message = overview(procedure, context) if facet == OVERVIEW else facet_answer(procedure, facet, context)
        if facet == "online_level" and names_old_level(text):
            message = replace(message, text=message.text + "\n" + say("level_words"))
        messages.append(message)
    asked = tuple(f for f in wanted if f != OVERVIEW)
    messages[-1] = with_follow_ups(messages[-1], procedure, asked)
    return Reply(tuple(messages), state.evolve(pending=None, misses=0, facets=asked or state.facets))


def names_old_level(text: str) -> bool:
    """Whether the text speaks of level 3 or 4."""
    return bool(_OLD_LEVEL.search(fold(text)))


def with_follow_ups(message: BotMessage, procedure: Procedure, asked: Sequence[str]) -> BotMessage:
    """Buttons for what was not asked yet, on a message that has none."""
    if message.buttons:
        return message
    rest = [facet for facet in FOLLOW_UPS if facet not in asked and facet != message.facet][:3]
    return replace(message, buttons=tuple(facet_button(procedure, facet) for facet in rest))


def _choice(procedure: Procedure) -> Button:
    return Button(procedure.name, "choose_procedure", {"procedure_code": procedure.code})


def choose_procedure(
    state: DialogueState,
    codes: Sequence[str],
    facets: Sequence[str],
    services: Services,
    question: str | None = None,
    text: str = "",
) -> Reply:
    """Offers the nearest procedures; what was asked is answered once one is chosen, in the case that ``text`` tells."""
    known = [services.catalogue.procedures[code] for code in dict.fromkeys(codes) if code in services.catalogue.procedures]
    known = known[:MAX_OPTIONS]
    buttons = [_choice(p) for p in known]
    buttons.append(Button(say("choose_other"), "choose_procedure", {"procedure_code": "none"}))
    asked = (Clause(text, FALLBACK, 0.0),) if text else ()
    pending = Pending("procedure", {p.code: p.name for p in known}, tuple(facets), asked)
    message = BotMessage(question or say("choose_procedure"), kind="question", buttons=tuple(buttons))
    return Reply((message,), state.evolve(pending=pending, misses=0))


def offer_others(
    state: DialogueState, codes: Sequence[str], facets: Sequence[str], services: Services
) -> tuple[BotMessage, Pending]:
    """After a likely answer: the other procedures that may have been meant, one press away."""
    others = [services.catalogue.procedures[c] for c in codes if c in services.catalogue.procedures and c != state.procedure_code]
    others = others[: MAX_OPTIONS - 1]
    buttons = tuple(_choice(p) for p in others)
    message = BotMessage(say("offer_others"), kind="question", buttons=buttons)
    # The answered one stays among the options: a follow-up without a name goes on with it.
    options = {p.code: p.name for p in (services.catalogue.procedures[state.procedure_code or ""], *others)}
    return message, Pending("procedure", options, tuple(facets))


def ask_what_then(state: DialogueState, services: Services) -> Reply:
    """The citizen says that we understood wrongly, and not what is meant: asked with what can be asked about the present
    procedure one press away."""
    procedure = services.catalogue.procedures.get(state.procedure_code or "")
    if procedure is None:
        return Reply((BotMessage(say("other_described"), kind="question"),), state.evolve(pending=None, misses=0))
    rest = [facet for facet in FOLLOW_UPS if facet not in state.facets][:3]
    buttons = (*(facet_button(procedure, facet) for facet in rest), person_button())
    message = BotMessage(say("ask_what_then", name=procedure.name), kind="question", buttons=buttons)
    return Reply((message,), state.evolve(pending=Pending("procedure", {}, state.facets), misses=0))


def ask_procedure(state: DialogueState, facets: Sequence[str], key: str = "ask_procedure") -> Reply:
    """Asks which procedure is meant, where nothing so far tells it."""
    message = BotMessage(say(key), kind="question")
    return Reply((message,), state.evolve(pending=Pending("procedure", {}, tuple(facets))))


def ask_whether_same(state: DialogueState, facets: Sequence[str], services: Services) -> Reply:
    """Something was named that is not in the catalogue while a procedure is being spoken of: ask, do not guess."""
    procedure = services.catalogue.procedures[state.procedure_code or ""]
    buttons = (
        Button(say("button_keep_procedure", name=procedure.name), "choose_procedure", {"procedure_code": procedure.code}),
        person_button(),
    )
    text = say("no_certain_answer") + " " + say("still_same", name=procedure.name)
    pending = Pending("procedure", {procedure.code: procedure.name}, tuple(facets))
    return Reply((BotMessage(text, kind="question", buttons=buttons),), state.evolve(pending=pending))
