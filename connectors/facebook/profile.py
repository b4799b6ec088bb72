"""What a citizen sees of the page before and beside the conversation (Messenger Profile)."""

from typing import Any

from bot.texts import say
from connectors.facebook.messages import GET_STARTED

# A payload that is none of our tokens: the title is taken as the citizen's words.
_SAY_THE_TITLE = "SAY_THE_TITLE"
_MENU = ("button_capabilities", "button_life_events", "button_check_status", "button_talk_to_officer")
_QUESTIONS = ("facebook_question_birth", "facebook_question_residence", "facebook_question_dossier", "facebook_question_officer")


def messenger_profile(*, first_questions: bool) -> dict[str, Any]:
    """Get Started, greeting (≤ 160 characters) and menu (titles ≤ 30); with ``first_questions`` four of them (≤ 80 each).

    First questions ("ice breakers") take the place of Get Started: then the bot's greeting, which says that it is automatic, is
    not the first thing in the conversation.
    """
    profile: dict[str, Any] = {
        "get_started": {"payload": GET_STARTED},
        "greeting": [{"locale": "default", "text": say("facebook_profile_greeting")}],
        "persistent_menu": [
            {
                "locale": "default",
                "composer_input_disabled": False,
                "call_to_actions": [
                    *(_menu_item(say(key), _SAY_THE_TITLE) for key in _MENU),
                    _menu_item(say("facebook_menu_begin_again"), GET_STARTED),
                ],
            }
        ],
    }
    if first_questions:
        questions = [{"question": say(key), "payload": _SAY_THE_TITLE} for key in _QUESTIONS]
        profile["ice_breakers"] = [{"locale": "default", "call_to_actions": questions}]
    return profile


def _menu_item(title: str, payload: str) -> dict[str, str]:
    return {"type": "postback", "title": title, "payload": payload}
