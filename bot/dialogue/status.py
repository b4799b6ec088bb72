"""Asking for a dossier's status: two proofs are needed, the code and a second one (``second_factor``).

Texts hold placeholders only; the numbers themselves are revealed inside ``services.dossiers``.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.catalogue.answers.facts import person_button
from bot.dialogue.questions import Question
from bot.dialogue.second_factor import (
    OPEN_KINDS,
    ask_second_factor,
    has_other_ways,
    offer_other_ways,
    second_factor_reply,
)
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.language.masking import placeholders_in
from bot.language.normalise import fold
from bot.messages import BotMessage
from bot.texts import say

Errand = Callable[[Turn, DialogueState, Services, str, str], Reply]
"""Something that is done with a dossier once both proofs are there: the last two arguments are their references."""

NEED_NO_DOSSIER = frozenset({"resume_draft"})
"""Errands for which a confirmed identity is enough."""

_HAS_NONE = re.compile(r"\b(?:khong co|ko co|k co|khong nho|quen|mat|lam mat|khong biet|khong thay)\b")
_ANSWER_LIKE = frozenset({"inform", "nlu_fallback", "affirm", "check_status", "deny"})
_WAITING = OPEN_KINDS | {"dossier_code", "lookup_code"}
_EXPECTS = {kind: kind for kind in ("dossier_code", "lookup_code", "phone_digits", "one_time_code")}
_ABOUT_DOSSIER = frozenset({"processing_time", "place", "result", "fee", "documents"})


def status_again(turn: Turn, questions: Sequence[Question], state: DialogueState, services: Services) -> Reply | None:
    """A question right after a shown status ("vậy bao giờ xong") is about that dossier, as far as the portal tells."""
    if not state.status_shown or not state.dossier_ref or not state.proof_ref or len(questions) != 1:
        return None
    question = questions[0]
    if question.found.verdict != "none" or question.facet not in _ABOUT_DOSSIER:
        return None
    return show_status(turn, state, services, state.dossier_ref, state.proof_ref)


def is_on_the_way(asked: str) -> bool:
    """Whether this open question is one on the way to a dossier's proofs."""
    return asked in _WAITING


def reminder(state: DialogueState) -> tuple[BotMessage, ...]:
    """What we still wait for on the way to a dossier, said again; nothing where we do not wait."""
    kind = state.pending.kind if state.pending else None
    if kind is None or kind not in _WAITING:
        return ()
    return (BotMessage(say(f"status_waiting_{kind}"), kind="question", expects=_EXPECTS.get(kind)),)


def keep_waiting(before: DialogueState, reply: Reply) -> Reply:
    """A question in the middle of a status check was answered: the check goes on, and the citizen is told so."""
    pending = before.pending
    if pending is None or pending.kind not in _WAITING or reply.state.pending or reply.handoff:
        return reply
    if any(message.kind == "status" for message in reply.messages):
        return reply
    last = reply.messages[-1]
    reminder = replace(last, text=last.text + "\n" + say(f"status_waiting_{pending.kind}"), expects=_EXPECTS.get(pending.kind))
    return Reply((*reply.messages[:-1], reminder), reply.state.evolve(pending=pending, dossier_ref=before.dossier_ref))


def status_reply(turn: Turn, state: DialogueState, services: Services, carry_out: Errand) -> Reply | None:
    """The next step of a status question, or None where the turn is about something else.

    A code in the message always counts; without one, the turn counts when it asks for a status or answers our question.
    ``carry_out`` does what the proofs were asked for."""

    def go_on(at: DialogueState, proof: str) -> Reply:
        if at.dossier_ref is None and at.errand not in NEED_NO_DOSSIER:
            return _ask(at.evolve(proof_ref=proof), "dossier_code", say("status_ask_code"))
        return carry_out(turn, at, services, at.dossier_ref or "", proof)

    if reply := second_factor_reply(turn, state, services, go_on):
        return reply
    given = dict(placeholders_in(turn.text))
    open_kind = state.pending.kind if state.pending else None
    waiting = open_kind in ("dossier_code", "lookup_code")
    if not given.keys() & {"dossier_code", "lookup_code"}:
        if turn.intent != "check_status" and not (waiting and turn.intent in _ANSWER_LIKE):
            return None
        if waiting and (turn.intent != "check_status" or _HAS_NONE.search(fold(turn.text))):
            return _ask_again(turn, state, services)
    reference = given.get("dossier_code", state.dossier_ref)
    lookup = given.get("lookup_code") or _kept_proof(turn, state, services, reference)
    state = state.evolve(dossier_ref=reference)
    if reference is None:
        return _ask(state, "dossier_code", say("status_ask_code"))
    if lookup is None:
        return _ask_lookup_code(turn, state, services)
    return carry_out(turn, state, services, reference, lookup)


def _kept_proof(turn: Turn, state: DialogueState, services: Services, reference: str | None) -> str | None:
    """The proof of before: it is for the same dossier, or it is a login, which opens further ones."""
    if state.proof_ref is None or reference == state.dossier_ref:
        return state.proof_ref
    factors = services.factors
    return state.proof_ref if factors is not None and factors.opens_others(state.proof_ref, turn.conversation_id) else None


def _ask(state: DialogueState, kind: str, text: str, *, person: bool = False) -> Reply:
    buttons = (person_button(),) if person else ()
    message = BotMessage(text, kind="question", expects=kind, buttons=buttons)
    pending = Pending("dossier_code") if kind == "dossier_code" else Pending("lookup_code")
    return Reply((message,), state.evolve(pending=pending))


def _ask_again(turn: Turn, state: DialogueState, services: Services) -> Reply:
    if _HAS_NONE.search(fold(turn.text)):
        if state.pending and state.pending.kind == "lookup_code" and state.dossier_ref and has_other_ways(services):
            return offer_other_ways(state, services)
        message = BotMessage(say("status_no_code"), buttons=(person_button(),))
        return Reply((message,), state.evolve(pending=Pending("offer_person"), dossier_ref=None, misses=0))
    person = state.misses > 0
    state = state.evolve(misses=state.misses + 1)
    if state.pending and state.pending.kind == "lookup_code" and state.dossier_ref:
        return _ask(state, "lookup_code", say("status_ask_lookup_again"), person=person)
    return _ask(state, "dossier_code", say("status_ask_code_again"), person=person)


def _ask_lookup_code(turn: Turn, state: DialogueState, services: Services) -> Reply:
    code = services.dossiers.masked_code(state.dossier_ref or "", turn.conversation_id)
    if code is None:
        return _ask(state.evolve(dossier_ref=None), "dossier_code", say("status_code_expired"))
    return ask_second_factor(state, code, services)


def show_status(turn: Turn, state: DialogueState, services: Services, reference: str, lookup: str) -> Reply:
    """The errand ``status``: what the portal tells of the dossier."""
    messages = services.dossiers.answer(reference, lookup, turn.conversation_id, turn.address)
    state = state.evolve(proof_ref=None, status_shown=False, facets=())
    pending: Pending | None = None
    match messages[-1].expects:
        case "lookup_code":
            pending = Pending("lookup_code")
        case "dossier_code":
            pending, state = Pending("dossier_code"), state.evolve(dossier_ref=None)
        case _ if any(message.kind == "status" for message in messages):
            state = state.evolve(proof_ref=lookup, status_shown=True)
        case _ if messages[0].kind == "apology":
            # The portal is away: the proofs were not judged, and wait for the next try.
            state = state.evolve(proof_ref=lookup)
    return Reply(messages, state.evolve(pending=pending, misses=0))
