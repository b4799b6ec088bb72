"""Why a person is called: sensitive subjects and abuse, late dossiers, a portal that fails again, a risky act that stays unsure.

A reason is remembered from the offer to the citizen's yes: ``DialogueState.person_reason``, and ``value`` on the offer's button.
"""

from dataclasses import replace
from typing import get_args

from bot.catalogue.answers.facts import person_button
from bot.dialogue.people import hand_over, offer_person
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.messages import BotMessage, Button, HandoffReason
from bot.texts import say

PORTAL_FAILURES_BEFORE_OFFER = 2

_PORTAL_FACETS = frozenset({"status", "submission"})


def answer_alarm(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """A subject that belongs to a person is given to one at once. Abuse is met calmly, with a person on offer; the second time a
    person is called."""
    alarm = services.sensitive.alarm(turn.text) if services.sensitive is not None and turn.text else None
    if alarm is None or (state.draft_id is not None and alarm.kind != "self_harm"):
        # What is written into a form is an answer to it: only a life in danger goes before.
        return None
    if alarm.kind != "abuse":
        words = say(f"sensitive_{alarm.kind}")
        if alarm.numbers:
            words = f"{words} {say('sensitive_numbers', numbers=alarm.numbers)}"
        return hand_over("sensitive", turn, state, services, words=words)
    if state.abuse:
        return hand_over("abuse", turn, state.evolve(abuse=state.abuse + 1), services, words=say("abuse_second"))
    reply = offer_person(state.evolve(abuse=1), "abuse_first")
    return replace(reply, messages=tuple(_with_reason(message, "abuse") for message in reply.messages))


def reason_given(turn: Turn, state: DialogueState, otherwise: HandoffReason = "asked") -> HandoffReason:
    """The reason of a handoff that the citizen wants: that of the button, else that of the last offer."""
    pressed = turn.entities.get("value", "") if turn.is_act else ""
    wanted = pressed or state.person_reason or ""
    return next((reason for reason in get_args(HandoffReason) if reason == wanted), otherwise)


def with_person_reasons(before: DialogueState, reply: Reply) -> Reply:
    """The reply with its offers of a person carrying their reason, which the next turn remembers."""
    if reply.handoff is not None:
        return replace(reply, state=reply.state.evolve(person_reason=None, portal_failures=0))
    reply = _after_portal_failure(before, reply)
    if any(message.kind == "apology" and message.facet == "status" and _is_late(reply) for message in reply.messages):
        reply = replace(reply, messages=tuple(_with_reason(message, "late_dossier") for message in reply.messages))
    return replace(reply, state=reply.state.evolve(person_reason=_offered(reply)))


def _is_late(reply: Reply) -> bool:
    """A status together with an apology is a dossier past its day; an apology alone is a portal that is away."""
    return any(message.kind == "status" for message in reply.messages) and reply.messages[0].kind == "status"


def _after_portal_failure(before: DialogueState, reply: Reply) -> Reply:
    first = reply.messages[0] if reply.messages else None
    failed = first is not None and first.kind == "apology" and (first.facet in _PORTAL_FACETS or first.facet is None)
    if not failed:
        spoke = any(message.kind == "status" for message in reply.messages)
        return replace(reply, state=reply.state.evolve(portal_failures=0 if spoke else before.portal_failures))
    failures = before.portal_failures + 1
    state = reply.state.evolve(portal_failures=failures)
    if failures < PORTAL_FAILURES_BEFORE_OFFER:
        return replace(reply, state=state)
    last = replace(reply.messages[-1], text=f"{reply.messages[-1].text}\n{say('offer_person')}")
    if not any(button.intent == "talk_to_officer" for button in last.buttons):
        last = replace(last, buttons=(*last.buttons, person_button()))
    messages = tuple(_with_reason(message, "portal_failure") for message in (*reply.messages[:-1], last))
    return replace(reply, messages=messages, state=state.evolve(pending=reply.state.pending or Pending("offer_person")))


def _with_reason(message: BotMessage, reason: HandoffReason) -> BotMessage:
    buttons = tuple(
        Button(button.title, button.intent, {"value": reason}) if button.intent == "talk_to_officer" else button
        for button in message.buttons
    )
    return replace(message, buttons=buttons)


def _offered(reply: Reply) -> str | None:
    return next(
        (
            button.entities["value"]
            for message in reversed(reply.messages)
            for button in message.buttons
            if button.intent == "talk_to_officer" and "value" in button.entities
        ),
        None,
    )
