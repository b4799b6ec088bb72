"""Kill switches and outages in the talk: what is off is not said; its words are said instead, and a person is offered.

``before`` looks at what the citizen wants, ``after`` at every message on its way out, whichever path of the dialogue made it.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Any, cast

from bot.catalogue.answers.facts import person_button
from bot.dialogue.filing_stopped import where_instead, without_offers, without_online_filing
from bot.dialogue.left_out import without_facets
from bot.dialogue.services import Services, Submissions
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.eforms.asking import EFORM_INTENT
from bot.language.masking import names_a_dossier
from bot.messages import BotMessage
from bot.switches.board import Active, Order
from bot.switches.words import off_text, outage_text
from bot.texts import say

Answer = Callable[[Turn, DialogueState, Services], Reply]

_STATUS = "check_status"
_WAITS_FOR_CODE = frozenset({"dossier_code", "lookup_code", "phone_digits", "one_time_code", "login"})
_ANSWER_LIKE = frozenset({"inform", "nlu_fallback", "affirm", "deny"})
_FILING = "start_submission"
_QUESTION = "ask_"
_OTHER_MATTERS = frozenset({"talk_to_officer", "complaint", _STATUS})


def answered_within(turn: Turn, state: DialogueState, services: Services, answer: Answer) -> Reply:
    """The reply of ``answer``, without anything that is switched off, with the outages that last."""
    active = services.switches()
    if not active.offs and not active.outages:
        return answer(turn, state, services)
    services = without_online_filing(services, active)
    if services.submissions is not None:
        services = replace(services, submissions=cast(Submissions, _FormsThatAreOn(services.submissions, active)))
    reply = before(turn, state, services, active, answer)
    if order := _draft_off(reply.state.draft_id, turn, services, active):
        # A draft was taken up in words.
        reply = _only(_kept_message(order, state, services), reply.state.evolve(draft_id=None))
    reply = without_offers(after(reply, active), active, services)
    return _with_outages(reply, turn, state, active)


class _FormsThatAreOn:
    """Guided submission without the forms that are off."""

    def __init__(self, forms: Submissions, active: Active) -> None:
        self._forms, self._active = forms, active

    def has_form(self, procedure_code: str) -> bool:
        """See ``Submissions.has_form``."""
        return self._active.filing_off(procedure_code) is None and self._forms.has_form(procedure_code)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._forms, name)


def before(turn: Turn, state: DialogueState, services: Services, active: Active, answer: Answer) -> Reply:
    """What is off is said at once; what else the message asks is answered."""
    touched = turn.entities.get("draft") if turn.is_act and turn.entities.get("do") != "status" else None
    if order := _draft_off(touched or state.draft_id, turn, services, active):
        notice = _kept_message(order, state, services)
        paused = state.evolve(draft_id=None, pending=None)
        asks = not turn.is_act and (turn.intent.startswith(_QUESTION) or turn.intent in _OTHER_MATTERS)
        return _led_by([notice], before(turn, paused, services, active, answer)) if asks else _only(notice, paused)
    if turn.is_act and turn.intent == EFORM_INTENT and turn.entities.get("do") == "open":
        order = active.filing_off(turn.entities.get("procedure_code", ""))
        if order is not None:
            return _only(off_message(order, _where(order, state, services)), state)
    said = dict.fromkeys(_intents_of(turn, state))
    orders = {intent: order for intent in said if (order := active.off("intent", intent))}
    if not orders:
        return answer(turn, state, services)
    notices = [off_message(order) for order in dict.fromkeys(orders.values())]
    rest = tuple(clause for clause in turn.clauses if clause.intent not in orders)
    if turn.is_act or not rest or len(turn.clauses) < 2 or turn.intent not in {clause.intent for clause in turn.clauses}:
        return Reply(tuple(notices), state.evolve(pending=Pending("offer_person"), misses=0))
    kept = replace(turn, text=". ".join(clause.text for clause in rest), clauses=rest, intent=rest[0].intent)
    return _led_by(notices, answer(replace(kept, confidence=rest[0].confidence), state, services))


def after(reply: Reply, active: Active) -> Reply:
    """The reply with every message that is off exchanged for its words, once each."""
    told: dict[int, BotMessage] = {}
    messages: list[BotMessage] = []
    for message in reply.messages:
        order = active.answer_off(message.procedure_code, message.facet) if message.procedure_code else None
        if order is None:
            messages.append(_without_filing(_without_named_facets(message, active), active))
        elif order.number not in told:
            told[order.number] = off_message(order)
            messages.append(told[order.number])
    if not told:
        return replace(reply, messages=tuple(messages))
    pending = reply.state.pending
    # A question that is not asked any more must not wait for its answer.
    if pending is None or (pending.kind in ("case", "procedure", "place") and messages[-1] in told.values()):
        pending = Pending("offer_person")
    return Reply(tuple(messages), reply.state.evolve(pending=pending), reply.handoff)


def off_message(order: Order, where: str = "") -> BotMessage:
    """The words said instead, where it is filed meanwhile, and the way to a person."""
    return BotMessage("\n".join(filter(None, (off_text(order), where))), kind="notice", buttons=(person_button(),))


def _where(order: Order, state: DialogueState, services: Services) -> str:
    return where_instead(order, services, state.place_id)


def _only(message: BotMessage, state: DialogueState) -> Reply:
    return Reply((message,), state.evolve(pending=Pending("offer_person"), misses=0))


def _led_by(notices: list[BotMessage], reply: Reply) -> Reply:
    return replace(reply, messages=(*notices, *reply.messages))


def _intents_of(turn: Turn, state: DialogueState) -> list[str]:
    """The intents of a turn; one that gives a dossier's code, or answers our question for it, asks for the status."""
    intents = [clause.intent for clause in turn.clauses] or [turn.intent]
    if turn.is_act or len(turn.clauses) < 2:
        intents = [turn.intent]
    waits = state.pending is not None and state.pending.kind in _WAITS_FOR_CODE
    if names_a_dossier(turn.text) or (waits and turn.intent in _ANSWER_LIKE):
        intents.append(_STATUS)
    return intents


def _draft_off(draft: str | None, turn: Turn, services: Services, active: Active) -> Order | None:
    """The order that forbids going on with a draft; the ledger is asked only where one might."""
    if services.submissions is None or not draft:
        return None
    filing = active.off("intent", _FILING)
    if filing is not None or not any(order.target.scope in ("procedure", "online_filing") for order in active.offs):
        return filing
    code = services.submissions.procedure_of(turn.conversation_id, draft)
    return active.filing_off(code) if code else None


def _kept_message(order: Order, state: DialogueState, services: Services) -> BotMessage:
    lines = (off_text(order), _where(order, state, services), say("switch_draft_kept"))
    return BotMessage("\n".join(filter(None, lines)), kind="notice", buttons=(person_button(),))


def _without_named_facets(message: BotMessage, active: Active) -> BotMessage:
    """The message without fees and times that may not be told, where it names them in passing."""
    off = active.facets_off(message.procedure_code) if message.procedure_code else ()
    return replace(message, text=without_facets(message, off)) if off else message


def _without_filing(message: BotMessage, active: Active) -> BotMessage:
    """The message without buttons that open a form which is off."""
    kept = tuple(
        button
        for button in message.buttons
        if button.intent != EFORM_INTENT
        or button.entities.get("do") != "open"
        or active.filing_off(button.entities.get("procedure_code", "")) is None
    )
    return message if len(kept) == len(message.buttons) else replace(message, buttons=kept)


def _with_outages(reply: Reply, turn: Turn, before_turn: DialogueState, active: Active) -> Reply:
    """Outages are told once in a talk; one of the portal again with every status that it may spoil."""
    known = set(before_turn.outages_told)
    depends = any(_depends_on_portal(message) for message in reply.messages) or (
        reply.state.draft_id is not None and before_turn.draft_id is None
    )
    shows_status = any(message.kind == "status" for message in reply.messages)
    lasting = active.outages_of(portal=depends, channel=turn.channel or None)
    lines = [one for one in lasting if one.number not in known or (shows_status and one.scope == "portal")]
    if not lines:
        return reply
    notices = [BotMessage(outage_text(one), kind="notice") for one in lines]
    told = (*before_turn.outages_told, *(one.number for one in lines if one.number not in known))
    return Reply((*notices, *reply.messages), reply.state.evolve(outages_told=told), reply.handoff)


def _depends_on_portal(message: BotMessage) -> bool:
    return message.kind == "status" or message.facet == "submission" or message.expects in _WAITS_FOR_CODE
