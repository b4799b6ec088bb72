"""Asking somebody to confirm who they are, where an act needs more than what they type."""

from bot.catalogue.answers.facts import person_button
from bot.dialogue.turn import DialogueState, Reply
from bot.messages import BotMessage, Button
from bot.texts import say

IDENTITY_PROOF = "identity_proof"
"""What such a message expects: whoever obtains proofs sees that a login is needed, and carries the errand out afterwards."""

_LOGIN = {"do": "login"}
_PHONE = {"do": "phone"}
"""The acts (of the intent ``check_status``) that begin a way to a second proof."""


def need_identity(state: DialogueState, errand: str, key: str, *, phone: bool = False) -> Reply:
    """Says why a login is needed and remembers what it is for. ``key``: the text. ``phone``: a one-time code is enough."""
    buttons = [Button(say("identity_button_login"), "check_status", _LOGIN)]
    if phone:
        buttons.append(Button(say("identity_button_phone"), "check_status", _PHONE))
    message = BotMessage(say(key), kind="question", expects=IDENTITY_PROOF, buttons=(*buttons, person_button()))
    return Reply((message,), state.evolve(errand=errand, pending=None, misses=0, status_shown=False))
