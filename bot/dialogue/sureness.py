"""What the assistant does with an intent it is not sure of: it offers the next-likely one, and asks before risky acts."""

from dataclasses import replace

from bot.catalogue.answers.facts import facet_button
from bot.dialogue.facets import FACET_OF_INTENT, OVERVIEW
from bot.dialogue.services import Services
from bot.dialogue.turn import DialogueState, Pending, Reply, Turn
from bot.messages import BotMessage, Button
from bot.texts import say

SURE = 0.7
"""From this confidence on an intent is acted upon without a word."""

RISKY = ("withdraw_dossier", "unsubscribe")
"""Acts that are confirmed first below ``SURE``; a person has thresholds of its own (``respond.SURE_HANDOFF``)."""


SCOPE_DOUBT = 0.2
"""From this share of "out of scope" on, a procedure that nobody named by its words is asked about and not answered."""


def doubts_scope(turn: Turn) -> bool:
    """Whether the engine finds it thinkable that the message is about no procedure at all."""
    return dict(turn.ranking).get("out_of_scope", 0.0) >= SCOPE_DOUBT


def confirm_first(turn: Turn, state: DialogueState) -> Reply | None:
    """Asks whether a risky act is meant, where the engine is not sure of it."""
    if turn.is_act or turn.intent not in RISKY or turn.confidence >= SURE or turn.corrects:
        return None
    if state.pending is not None and (state.pending.kind, state.pending.about) == ("confirm", turn.intent):
        # Asked already, and still not sure: nothing is done by guess, a person looks.
        button = Button(say("button_person"), "talk_to_officer", {"value": "low_confidence_risky"})
        message = BotMessage(say("risky_unsure"), kind="question", buttons=(button,))
        return Reply((message,), state.evolve(pending=Pending("offer_person"), misses=0))
    buttons = (Button(say("button_yes"), turn.intent), Button(say("button_no"), "deny"))
    message = BotMessage(say(f"confirm_{turn.intent}"), kind="question", buttons=buttons)
    return Reply((message,), state.evolve(pending=Pending("confirm", about=turn.intent), misses=0))


def next_likely(turn: Turn, answered: frozenset[str]) -> str | None:
    """The facet that is the second guess, where the first is below ``SURE`` and both are facets."""
    if turn.is_act or turn.confidence >= SURE or len(turn.clauses) > 1 or len(turn.ranking) < 2:
        return None
    first, second = (FACET_OF_INTENT.get(name) for name, _ in turn.ranking[:2])
    return second if first in answered and second and second not in answered else None


def offer_next_likely(turn: Turn, reply: Reply, services: Services) -> Reply:
    """The answer, ending with a button for the next-likely facet; unchanged where the engine was sure or something was asked."""
    last = reply.messages[-1]
    answered = frozenset(message.facet for message in reply.messages if message.facet)
    facet = next_likely(turn, answered)
    procedure = services.catalogue.procedures.get(last.procedure_code or "")
    if facet is None or procedure is None or reply.state.pending or last.kind != "answer" or OVERVIEW in answered:
        return reply
    button = facet_button(procedure, facet)
    others = tuple(other for other in last.buttons if other != button)
    text = last.text + "\n" + say("offer_next_likely", what=say(f"what_{facet}"))
    return replace(reply, messages=(*reply.messages[:-1], replace(last, text=text, buttons=(button, *others))))
