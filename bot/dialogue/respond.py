"""``respond``: one citizen turn and the state so far → what to say and the new state.

Order of reading a turn: a pressed button; an answer to our open question; a dossier code; a wish for a person;
then the questions in it, clause by clause.
"""

from dataclasses import replace

from bot.catalogue.answers.facts import ALL_CASES
from bot.catalogue.answers.render import FACETS
from bot.dialogue.choices import case_in_text, chosen_option
from bot.dialogue.facet_words import named_facets, only_names_facets
from bot.dialogue.facets import FALLBACK, GUIDES, OVERVIEW
from bot.dialogue.guides import guide
from bot.dialogue.people import hand_over, miss, offer_person
from bot.dialogue.procedures import (
    answer_facets,
    ask_procedure,
    ask_whether_same,
    at_procedure,
    choose_procedure,
    names_old_level,
    offer_others,
)
from bot.dialogue.questions import Question, goes_back, is_elliptic, questions_of, with_procedures
from bot.dialogue.services import Services, place_names
from bot.dialogue.status import keep_waiting, status_again, status_reply
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.language.places import PlaceMatch
from bot.messages import BotMessage
from bot.texts import say

SURE_OUT_OF_SCOPE = 0.6
"""Below this, "out of scope" is rather a message that was not understood."""

SURE_HANDOFF = 0.8
"""Below this, a person is offered and not called: a handoff silences the bot."""

NEAR_SHARE = 0.6
"""Beside a likely answer only procedures with this share of its score are offered: a far one only puzzles."""

_OPEN_ANSWERS = frozenset({"inform", FALLBACK, "find_procedure", "affirm", "deny"})
"""Intents under which a text may be the answer to our question and not a question of its own."""


def respond(turn: Turn, state: DialogueState, services: Services) -> Reply:
    """Never raises on what a citizen can type; always at least one message."""
    if turn.is_act:
        reply = _answer_act(turn, state, services)
        if reply:
            return reply
    if place := _one_place(services.places.find(turn.text)):
        state = state.evolve(place_id=place)
    reply = _answer_person(turn, state, services) or _answer_open_question(turn, state, services)
    reply = reply or status_reply(turn, state, services) or _answer_questions(turn, state, services)
    return keep_waiting(state, reply)


def _answer_act(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """A pressed button. Codes and cases come from our own buttons, but may be older than the catalogue: check them."""
    code = turn.entities.get("procedure_code", state.procedure_code)
    pending = state.pending
    if turn.intent == "choose_procedure" and code not in services.catalogue.procedures:
        return Reply((BotMessage(say("other_described"), kind="question"),), state.evolve(pending=None, misses=state.misses + 1))
    if turn.intent in ("choose_procedure", "choose_case", "show_facet") and code in services.catalogue.procedures:
        state = at_procedure(state, services.catalogue.procedures[code or ""], "")
        if turn.intent == "choose_procedure":
            waiting = pending.facets if pending and pending.kind == "procedure" else ()
            return answer_facets(state, waiting or (OVERVIEW,), services)
        if turn.intent == "choose_case":
            state = state.evolve(case_id=turn.entities.get("case_id"))
            waiting = pending.facets if pending and pending.kind in ("procedure", "case") else ()
            return answer_facets(state, waiting or state.facets or ("documents",), services)
        facet = turn.entities.get("facet", OVERVIEW)
        return answer_facets(state, (facet if facet in FACETS else OVERVIEW,), services)
    return None


def _answer_person(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    intents = {turn.intent, *(clause.intent for clause in turn.clauses)}
    unsure = turn.confidence < SURE_HANDOFF and turn.intent in ("talk_to_officer", "complaint")
    if unsure and only_names_facets(turn.text) and named_facets(turn.text):
        return None
    if turn.intent == "talk_to_officer" and unsure:
        return offer_person(state)
    if "talk_to_officer" in intents:
        return hand_over("asked", turn, state, services)
    if turn.intent == "complaint":
        return offer_person(state, "complaint_unsure") if unsure else hand_over("complaint", turn, state, services)
    if state.pending and state.pending.kind == "offer_person":
        if turn.intent == "affirm":
            return hand_over("two_misses" if state.misses else "asked", turn, state, services)
        if turn.intent == "deny":
            return Reply((BotMessage(say("offer_declined")),), state.evolve(pending=None, misses=0))
    return None


def _answer_open_question(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    pending = state.pending
    if pending is None or turn.is_act:
        return None
    if pending.kind == "procedure":
        return _chosen_procedure(turn, state, pending, services)
    if pending.kind == "case" and state.procedure_code in services.catalogue.procedures:
        return _chosen_case(turn, state, pending, services)
    return None


def _chosen_procedure(turn: Turn, state: DialogueState, pending: Pending, services: Services) -> Reply | None:
    """The text names one of the procedures offered, or another one in answer to "which procedure?"."""
    found = services.search.search(turn.text)
    codes = [hit.code for hit in found.hits]
    code = chosen_option(turn.text, pending.options) if pending.options else None
    if code is None and found.verdict == "sure":
        code = codes[0]
    if code is None and found.verdict == "choose" and len(both := [c for c in codes if c in pending.options]) == 1:
        code = both[0]
    questions = questions_of(turn, services.search)
    asks_more = any(q.facet not in (None, OVERVIEW) for q in questions)
    if code is None or (asks_more and code not in pending.options):
        return None
    facets = tuple(q.facet for q in questions if q.facet not in (None, OVERVIEW)) or pending.facets or (OVERVIEW,)
    state = at_procedure(state, services.catalogue.procedures[code], turn.text)
    return answer_facets(state, [f for f in facets if f], services, turn.text)


def _chosen_case(turn: Turn, state: DialogueState, pending: Pending, services: Services) -> Reply | None:
    """The text names one of the cases offered; a text that names another procedure is a new question."""
    procedure = services.catalogue.procedures[state.procedure_code or ""]
    case_id = case_in_text(procedure, turn.text) or chosen_option(turn.text, pending.options)
    if case_id is None and turn.intent in _OPEN_ANSWERS and "tat ca" in turn.text.casefold().replace("tất cả", "tat ca"):
        case_id = ALL_CASES
    elsewhere = services.search.search(turn.text)
    if elsewhere.verdict == "sure" and elsewhere.hits[0].code != procedure.code and turn.intent not in ("inform", FALLBACK):
        return None
    if case_id is None:
        return None
    return answer_facets(state.evolve(case_id=case_id), pending.facets or ("documents",), services)


def _answer_questions(turn: Turn, state: DialogueState, services: Services) -> Reply:
    current = services.catalogue.procedures.get(state.procedure_code or "")
    questions = with_procedures(questions_of(turn, services.search), state, current)
    if reply := _same_list(questions, state, services) or status_again(turn, questions, state, services):
        return reply
    state = _back_if_asked(turn, state, questions)
    first = questions[0]
    if first.intent == FALLBACK and first.facet is None and len(questions) == 1:
        return miss(state, unknown_procedure=first.found.verdict == "unknown" and len(first.found.mention.split()) > 1)
    messages: list[BotMessage] = []
    for index, question in enumerate(questions):
        if not question.about_procedure:
            reply = _without_procedure(question, turn, state, services)
        elif index and _same(questions[index - 1], question):
            continue
        else:
            reply = _about_procedure(_same_procedure(questions[index:]), turn, state, services)
        messages += reply.messages
        state = reply.state
        if reply.handoff or (state.pending and state.pending.kind in ("procedure", "case")):
            return Reply(tuple(messages), state, reply.handoff)
    return Reply(tuple(messages), state)


def _same_list(questions: list[Question], state: DialogueState, services: Services) -> Reply | None:
    """A question without a name while a list of procedures is open: it is asked about the one that will be chosen."""
    pending = state.pending
    if pending is None or pending.kind != "procedure" or not pending.options or state.procedure_code in pending.options:
        return None
    asked = [q.facet for q in questions if q.facet and q.code is None and q.found.verdict == "none"]
    if not asked or len(asked) < len(questions):
        return None
    facets = tuple(dict.fromkeys((*(f for f in pending.facets if f != OVERVIEW), *asked)))
    return choose_procedure(state, list(pending.options), facets, services)


def _same(one: Question, other: Question) -> bool:
    return one.about_procedure and other.about_procedure and one.code == other.code


def _same_procedure(questions: list[Question]) -> list[Question]:
    """The run of questions about one procedure that begins here."""
    group = [questions[0]]
    for question in questions[1:]:
        if not _same(group[-1], question):
            break
        group.append(question)
    return group


def _about_procedure(group: list[Question], turn: Turn, state: DialogueState, services: Services) -> Reply:
    facets = [question.facet for question in group if question.facet]
    first = group[0]
    if facets == [OVERVIEW] and state.facets and is_elliptic(first.text) and first.found.verdict != "none":
        facets = list(state.facets)
    if first.code in services.catalogue.procedures:
        state = at_procedure(state, services.catalogue.procedures[first.code or ""], turn.text)
        reply = answer_facets(state, facets, services, turn.text)
        if first.found.likely and first.found.hits[0].code == first.code and reply.state.pending is None:
            best = first.found.hits[0].score
            near = [hit.code for hit in first.found.hits[1:] if hit.score >= NEAR_SHARE * best]
            if not near:
                return reply
            others, pending = offer_others(reply.state, near, facets, services)
            return Reply((*reply.messages, others), reply.state.evolve(pending=pending))
        return reply
    if first.found.verdict == "choose":
        return choose_procedure(state, [hit.code for hit in first.found.hits], facets, services, first.found.question)
    if first.found.verdict == "unknown":
        if state.procedure_code in services.catalogue.procedures and first.facet != OVERVIEW:
            return ask_whether_same(state, facets, services)
        return miss(state, unknown_procedure=True)
    if facets == ["online_level"] and names_old_level(first.text):
        return Reply((BotMessage(say("level_words")),), state)
    return ask_procedure(state, [] if facets == [OVERVIEW] else facets)


def _without_procedure(question: Question, turn: Turn, state: DialogueState, services: Services) -> Reply:
    state = state.evolve(pending=None)
    if question.intent == "check_status":
        reply = status_reply(Turn(question.text, "check_status", 1.0, conversation_id=turn.conversation_id), state, services)
        if reply:
            return reply
    if question.intent == "out_of_scope" and turn.confidence < SURE_OUT_OF_SCOPE:
        return miss(state)
    if question.intent in GUIDES:
        return _guided(question, turn, state, services)
    if question.intent == "inform" and (places := services.places.find(turn.text)):
        return _told_place(places, turn, state, services)
    if question.intent in ("affirm", "deny"):
        return Reply(
            (BotMessage(say("affirm_open" if question.intent == "affirm" else "offer_declined")),), state.evolve(misses=0)
        )
    return miss(state)


def _guided(question: Question, turn: Turn, state: DialogueState, services: Services) -> Reply:
    """A guide; a procedure named beside it becomes the one spoken of, and the authorisation of one names its papers."""
    if question.intent == "start_over":
        state = DialogueState(place_id=state.place_id)
    # Place names are looked for as typed: a clause has its shorthand written out ("tien" may be a name).
    message = guide(question.intent, turn.text if question.intent == "ask_new_place" else question.text, services)
    code = question.found.hits[0].code if question.found.verdict == "sure" else state.procedure_code
    procedure = services.catalogue.procedures.get(code or "")
    if procedure is None:
        return Reply((message,), state.evolve(misses=0))
    state = at_procedure(state, procedure, "")
    if question.intent == "start_over":
        return answer_facets(state, (OVERVIEW,), services)
    if question.intent == "authorise_someone":
        reply = answer_facets(state, ("documents",), services, question.text)
        return Reply((BotMessage(say("authorise_procedure")), *reply.messages), reply.state)
    return Reply((message,), state.evolve(misses=0))


def _one_place(places: list[PlaceMatch]) -> str | None:
    """The one unit that the text names; None where it names none or several, or a name that may be several."""
    only = places[0] if len(places) == 1 else None
    return only.place_ids[0] if only and len(only.place_ids) == 1 and not only.ambiguous else None


def _told_place(places: list[PlaceMatch], turn: Turn, state: DialogueState, services: Services) -> Reply:
    """The citizen says where they are: noted where it is one unit, asked back where the name may be several."""
    if place := _one_place(places):
        return Reply((BotMessage(say("place_noted", place=place_names(services, [place])[0])),), state.evolve(misses=0))
    return Reply((guide("ask_new_place", turn.text, services),), state.evolve(misses=0))


def _back_if_asked(turn: Turn, state: DialogueState, questions: list[Question]) -> DialogueState:
    """ "quay lại thủ tục lúc nãy": the procedure before the present one becomes the present one."""
    if not goes_back(turn.text) or not state.previous_codes or any(q.found.verdict == "sure" for q in questions):
        return state
    previous, *others = state.previous_codes
    before = (state.procedure_code, *others) if state.procedure_code else tuple(others)
    for index, question in enumerate(questions):
        if question.about_procedure:
            questions[index] = replace(question, code=previous)
    return state.evolve(procedure_code=previous, previous_codes=before, case_id=None)
