"""``respond``: one citizen turn and the state so far → what to say and the new state.

Order of reading a turn: a wish about one's own data; an open e-form; a pressed button; what is set right; a wish for a person;
an answer to our open question; a dossier code; what must be asked back before it can be understood; then the questions in it,
clause by clause.
"""

from dataclasses import replace

from bot.catalogue.answers.render import FACETS
from bot.dialogue.answering import answer_later, answer_questions
from bot.dialogue.data_rights import rights_reply
from bot.dialogue.errands import asks_for_status_anew, carry_out, errand_reply, named_errand
from bot.dialogue.facet_words import named_facets, only_names_facets
from bot.dialogue.facets import OVERVIEW, SMALL_TALK
from bot.dialogue.guide_steps import guides_reply, with_guide_offer
from bot.dialogue.life_events import chosen_in_menu, life_events_reply, menu_button
from bot.dialogue.meaning import meant
from bot.dialogue.notices import notices_reply, with_watch_offer
from bot.dialogue.open_questions import answer_open_question, settle_agency, settle_place_and_go_on, settle_reading
from bot.dialogue.people import hand_over, offer_person
from bot.dialogue.person_reasons import answer_alarm, reason_given, with_person_reasons
from bot.dialogue.places import one_place, open_place
from bot.dialogue.procedures import answer_facets, answer_procedure, at_procedure
from bot.dialogue.readings import ask_reading
from bot.dialogue.second_factor import names_a_way
from bot.dialogue.services import Services
from bot.dialogue.status import keep_waiting, reminder, status_reply
from bot.dialogue.submission import submission_reply, with_form_offer
from bot.dialogue.sureness import confirm_first, offer_next_likely
from bot.dialogue.switched import answered_within
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.dialogue.without_form import with_way_without_form
from bot.messages import BotMessage
from bot.texts import say

SURE_HANDOFF = 0.8
"""Below this, a person is offered and not called: a handoff silences the bot."""


def respond(turn: Turn, state: DialogueState, services: Services) -> Reply:
    """Never raises on what a citizen can type; always at least one message, or small talk."""

    def otherwise(also: Turn, at: DialogueState) -> Reply:
        return _respond(also, at, services)

    def answer(asked: Turn, at: DialogueState, within: Services) -> Reply:
        reply = notices_reply(asked, at, within, carry_out) or submission_reply(asked, at, within, otherwise)
        reply = reply or _respond(asked, at, within)
        reply = with_form_offer(with_way_without_form(reply, within), within)
        return with_guide_offer(with_watch_offer(reply, asked, within), within)

    # A right of the citizen's and an alarm come before everything, switched off or not.
    reply = rights_reply(turn, state, services) or answer_alarm(turn, state, services)
    reply = reply or answered_within(turn, state, services, answer)
    return with_person_reasons(state, reply)


def _respond(turn: Turn, state: DialogueState, services: Services) -> Reply:
    """The turn as if no form were open."""
    if asks_for_status_anew(turn, state):
        state = state.evolve(errand="status")
    if turn.is_act:
        reply = (
            life_events_reply(turn, state, services) or _answer_act(turn, state, services) or errand_reply(turn, state, services)
        )
        if reply:
            return reply
    else:
        turn = meant(turn, services.search)
    if turn.intent in SMALL_TALK and not turn.is_act:
        return _small_talk(turn, state, services)
    if place := one_place(turn.text, services):
        state = state.evolve(place_id=place)
    elif open_place(turn.text, services):
        # Somewhere else than before, and not known yet where.
        state = state.evolve(place_id=None)
    reply = _answer_person(turn, state, services) or chosen_in_menu(turn, state, services)
    reply = reply or answer_open_question(turn, state, services)
    reply = (
        reply
        or errand_reply(turn, state, services)
        or named_errand(turn, state, services)
        or status_reply(turn, state, services, carry_out)
        or confirm_first(turn, state)
        or guides_reply(turn, state, services)
        or life_events_reply(turn, state, services)
        or ask_reading(turn, state, services)
    )
    reply = reply or offer_next_likely(turn, answer_questions(turn, state, services), services)
    return keep_waiting(state, reply)


def _small_talk(turn: Turn, state: DialogueState, services: Services) -> Reply:
    """Thanks, a greeting, a farewell. What is open stays open; "xong rồi, cảm ơn" after a login is its answer."""
    if state.pending and state.pending.kind == "login":
        answered = status_reply(replace(turn, intent="inform"), state, services, carry_out)
        if answered is not None:
            return answered
    offered = (menu_button(),) if turn.intent in ("greet", "bot_challenge") and services.catalogue.life_events else ()
    return Reply(reminder(state), state, small_talk=turn.intent, offered=offered)


def _answer_act(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """A pressed button. What it carries comes from our own buttons, but may be older than the catalogue: check it."""
    match turn.intent:
        case "choose_procedure":
            return _pressed_procedure(turn, state, services)
        case "choose_case" | "show_facet":
            return _pressed_part(turn, state, services)
        case "choose_place":
            pending = state.pending if state.pending and state.pending.kind == "place" else Pending("place")
            return settle_place_and_go_on(turn.entities.get("place_id", ""), state, pending, services)
        case "inform":
            return _pressed_meaning(turn, state, services)
    return None


def _pressed_procedure(turn: Turn, state: DialogueState, services: Services) -> Reply:
    pending = state.pending if state.pending and state.pending.kind == "procedure" else Pending("procedure")
    procedure = services.catalogue.procedures.get(turn.entities.get("procedure_code") or state.procedure_code or "")
    if procedure is None:
        return Reply((BotMessage(say("other_described"), kind="question"),), state.evolve(pending=None, misses=state.misses + 1))
    # Who presses the procedure itself after an age outside its limits wants to see it all the same.
    told = "" if tuple(pending.options) == (procedure.code,) else ". ".join(clause.text for clause in pending.asked)
    reply = answer_procedure(state, procedure, pending.facets or (OVERVIEW,), services, told)
    return answer_later(reply, pending, turn.conversation_id, services)


def _pressed_part(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """A case or a facet of a procedure."""
    procedure = services.catalogue.procedures.get(turn.entities.get("procedure_code") or state.procedure_code or "")
    if procedure is None:
        return None
    pending = state.pending
    state = at_procedure(state, procedure, "", services.today())
    if turn.intent == "choose_case":
        state = state.evolve(case_id=turn.entities.get("case_id"))
        waiting = pending.facets if pending and pending.kind in ("procedure", "case") else ()
        reply = answer_facets(state, waiting or state.facets or ("documents",), services)
        return answer_later(reply, pending, turn.conversation_id, services)
    facet = turn.entities.get("facet", OVERVIEW)
    return answer_facets(state, (facet if facet in FACETS else OVERVIEW,), services)


def _pressed_meaning(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """A meaning of a word, or the work of an agency that was asked about."""
    pending = state.pending
    if pending and pending.kind == "reading" and (reading := turn.entities.get("procedure_mention")):
        return settle_reading(reading, turn, state, pending, services)
    agency = turn.entities.get("agency", "")
    if pending and pending.kind == "agency" and agency in services.catalogue.agencies:
        return settle_agency(agency, pending.options.get(agency, ""), state, pending.facets, services)
    if reading := turn.entities.get("procedure_mention"):
        # An old button: the meaning alone is what the citizen now says.
        return answer_questions(Turn(reading, "find_procedure", 1.0, conversation_id=turn.conversation_id), state, services)
    return None


def _answer_person(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    sure = {turn.intent, *(clause.intent for clause in turn.clauses if clause.confidence >= SURE_HANDOFF)}
    unsure = turn.confidence < SURE_HANDOFF and turn.intent in ("talk_to_officer", "complaint")
    if unsure and only_names_facets(turn.text) and named_facets(turn.text):
        return None
    if unsure and names_a_way(turn, state):
        return None
    if turn.intent == "talk_to_officer" and unsure:
        return offer_person(state)
    if "talk_to_officer" in sure:
        return hand_over(reason_given(turn, state), turn, state, services)
    if turn.intent == "complaint":
        return offer_person(state, "complaint_unsure") if unsure else hand_over("complaint", turn, state, services)
    if state.pending and state.pending.kind == "offer_person":
        if turn.intent == "affirm":
            return hand_over(reason_given(turn, state, "two_misses" if state.misses else "asked"), turn, state, services)
        if turn.intent == "deny":
            return Reply((BotMessage(say("offer_declined")),), state.evolve(pending=None, misses=0))
    return None
