"""Asking somebody to confirm who they are, where an act needs more than what they type."""

from bot.catalogue.answers.facts import person_button
from bot.dialogue.turn import DialogueState, Reply
from bot.messages import BotMessage
from bot.texts import say

IDENTITY_PROOF = "identity_proof"
"""What such a message expects: whoever obtains proofs sees that a login is needed, and carries the errand out afterwards."""


def need_identity(state: DialogueState, errand: str, key: str) -> Reply:
    """Says why a login is needed and remembers what it is for. ``key``: the text."""
    message = BotMessage(say(key), kind="question", expects=IDENTITY_PROOF, buttons=(person_button(),))
    return Reply((message,), state.evolve(errand=errand, pending=None, misses=0, status_shown=False))
