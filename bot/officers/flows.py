"""What an officer starts for a citizen with one button: the assistant goes on from there."""

from typing import Literal, get_args

from bot.dialogue.data_rights import RIGHTS_INTENT
from bot.dossiers.asking import ACT, INTENT
from bot.eforms.asking import EFORM_INTENT
from bot.messages import BotMessage, Button
from bot.texts import say

Flow = Literal["procedure", "submission", "status", "login", "consent"]
FLOWS: tuple[Flow, ...] = get_args(Flow)
ABOUT_A_PROCEDURE: frozenset[Flow] = frozenset({"procedure", "submission"})


def flow_message(flow: Flow, procedure_code: str = "", procedure_name: str = "") -> BotMessage:
    """The officer's words with the button. ``procedure_code`` and its name for the flows in ``ABOUT_A_PROCEDURE``."""
    text = say(f"officer_offers_{flow}", name=procedure_name)
    return BotMessage(text, kind="question", buttons=(_button(flow, procedure_code),))


def _button(flow: Flow, code: str) -> Button:
    title = say(f"officer_button_{flow}")
    match flow:
        case "procedure":
            return Button(title, "choose_procedure", {"procedure_code": code})
        case "submission":
            return Button(title, EFORM_INTENT, {"do": "open", "procedure_code": code})
        case "login":
            return Button(title, INTENT, {ACT: "login"})
        case "consent":
            return Button(title, RIGHTS_INTENT, {"do": "consents"})
        case "status":
            return Button(title, INTENT)


def phone_request() -> BotMessage:
    """Asks for the citizen's own telephone number, by the platform's button where it has one."""
    return BotMessage(say("officer_asks_phone"), kind="question", request="phone")
