"""What a typed turn means as the answer to the question that we asked last."""

import re

from bot.catalogue.answers.facts import ALL_CASES
from bot.dialogue.agencies import agency_now
from bot.dialogue.answering import answer_later, answer_questions
from bot.dialogue.cases import case_in_text
from bot.dialogue.choices import chosen_option
from bot.dialogue.facets import FACET_OF_INTENT, FALLBACK, GUIDES, OVERVIEW
from bot.dialogue.places import chosen_place, settle_place
from bot.dialogue.procedures import answer_facets, answer_procedure, ask_procedure
from bot.dialogue.questions import questions_of
from bot.dialogue.readings import chosen_reading, read_again
from bot.dialogue.services import Services
from bot.dialogue.sureness import SURE
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.language.normalise import fold
from bot.messages import BotMessage
from bot.texts import say

_ASKS = re.compile(r"\b(?:nao|dau|gi|khong|ko)\b")
_OPEN_ANSWERS = frozenset({"inform", FALLBACK, "find_procedure", "affirm", "deny"})
"""Intents under which a text may be the answer to our question and not a question of its own."""


def answer_open_question(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """The reply to an answer of our open question; None where the turn is something else."""
    pending = state.pending
    if pending is None or turn.is_act or (turn.corrects and not turn.text):
        return None
    match pending.kind:
        case "procedure":
            return _chosen_procedure(turn, state, pending, services)
        case "case" if state.procedure_code in services.catalogue.procedures:
            return _chosen_case(turn, state, pending, services)
        case "reading":
            reading = chosen_reading(turn, pending)
            return settle_reading(reading, turn, state, pending, services) if reading else None
        case "place":
            place = None if _asks_itself(turn) else chosen_place(turn, pending, services)
            return settle_place_and_go_on(place, state, pending, services) if place else None
        case "agency":
            agency = chosen_option(turn.text, pending.options)
            if agency:
                return settle_agency(agency, pending.options[agency], state, pending.facets, services)
            return _chosen_procedure(turn, state, pending, services)
        case "confirm":
            return _confirmed(turn, state, pending, services)
    return None


def _asks_itself(turn: Turn) -> bool:
    """Whether the turn is a question of its own ("xã Tam Đa giờ là xã nào") and not the name of a place."""
    asks = _ASKS.search(fold(turn.text)) is not None
    return turn.intent in FACET_OF_INTENT or (turn.intent in GUIDES and asks)


def settle_agency(agency: str, label: str, state: DialogueState, facets: tuple[str, ...], services: Services) -> Reply:
    """Who does this work today, and then where the present procedure is filed; without one, which procedure it is about."""
    now = agency_now(agency, label, services)
    state = state.evolve(pending=None)
    if state.procedure_code in services.catalogue.procedures:
        reply = answer_facets(state, facets or ("place",), services)
    else:
        reply = ask_procedure(state, facets or ("place",), key="agency_which_procedure")
    return Reply((now, *reply.messages), reply.state.evolve(misses=0))


def settle_reading(reading: str, turn: Turn, state: DialogueState, pending: Pending, services: Services) -> Reply:
    """What was asked, read with the chosen meaning; facets that waited for a procedure still wait for it."""
    again = read_again(reading, pending, turn)
    state = state.evolve(pending=Pending("procedure", {}, pending.facets) if pending.facets else None)
    return answer_open_question(again, state, services) or answer_questions(again, state, services)


def settle_place_and_go_on(place: str, state: DialogueState, pending: Pending, services: Services) -> Reply:
    """The place is noted, and what was asked is answered with it."""
    noted = settle_place(place, state, pending.facets, services)
    if noted.state.pending or not pending.facets or noted.state.procedure_code not in services.catalogue.procedures:
        return noted
    answered = answer_facets(noted.state, pending.facets, services)
    return Reply((*noted.messages, *answered.messages), answered.state)


def _confirmed(turn: Turn, state: DialogueState, pending: Pending, services: Services) -> Reply | None:
    state = state.evolve(pending=None)
    # Who says the same again less than surely has not confirmed it: ``sureness.confirm_first`` offers a person then.
    if turn.intent == "affirm" or (turn.intent == pending.about and (turn.is_act or turn.confidence >= SURE)):
        return answer_questions(Turn("", pending.about, 1.0, conversation_id=turn.conversation_id), state, services)
    if turn.intent == "deny" and not turn.corrects:
        return Reply((BotMessage(say("confirm_declined")),), state.evolve(misses=0))
    return None


def _chosen_procedure(turn: Turn, state: DialogueState, pending: Pending, services: Services) -> Reply | None:
    """The text names one of the procedures offered, or another one in answer to "which procedure?"."""
    found = services.search.search(turn.text)
    codes = [hit.code for hit in found.hits]
    # A name that stands by itself comes first: "tách thửa" shares a word, without its mark, with "thừa kế".
    code = codes[0] if found.verdict == "sure" else None
    if code is None and pending.options and pending.kind == "procedure":
        code = chosen_option(turn.text, pending.options)
    if code is None and found.verdict == "choose" and len(both := [c for c in codes if c in pending.options]) == 1:
        code = both[0]
    questions = questions_of(turn, services)
    asks_more = any(q.facet not in (None, OVERVIEW) for q in questions)
    procedure = services.catalogue.procedures.get(code or "")
    if procedure is None or (asks_more and code not in pending.options) or len({q.code for q in questions}) > 1:
        return None
    facets = [q.facet for q in questions if q.facet and q.facet != OVERVIEW] or list(pending.facets) or [OVERVIEW]
    told = ". ".join([*(clause.text for clause in pending.asked), turn.text])
    reply = answer_procedure(state, procedure, facets, services, told)
    return answer_later(reply, pending, turn.conversation_id, services)


def _chosen_case(turn: Turn, state: DialogueState, pending: Pending, services: Services) -> Reply | None:
    """The text names one of the cases offered; a text that names another procedure is a new question."""
    procedure = services.catalogue.procedures[state.procedure_code or ""]
    case_id = case_in_text(procedure, turn.text, services.today()) or chosen_option(turn.text, pending.options)
    if case_id is None and turn.intent in _OPEN_ANSWERS and "tat ca" in fold(turn.text):
        case_id = ALL_CASES
    elsewhere = services.search.search(turn.text)
    if elsewhere.verdict == "sure" and elsewhere.hits[0].code != procedure.code and turn.intent not in ("inform", FALLBACK):
        return None
    if case_id is None:
        return None
    reply = answer_facets(state.evolve(case_id=case_id), pending.facets or ("documents",), services)
    return answer_later(reply, pending, turn.conversation_id, services)
