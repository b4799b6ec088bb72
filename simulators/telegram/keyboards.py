"""Reply markups: what the platform accepts, and the buttons that a citizen then sees."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from simulators.messaging.transcript import ShownButton
from simulators.telegram.errors import bad_request

MAX_BUTTONS = 100
MAX_BUTTONS_PER_ROW = 8
MAX_CALLBACK_BYTES = 64
_INLINE_ACTIONS = ("callback_data", "url")
_NOT_SIMULATED = (
    "web_app",
    "login_url",
    "switch_inline_query",
    "switch_inline_query_current_chat",
    "switch_inline_query_chosen_chat",
    "copy_text",
    "callback_game",
    "pay",
    "request_users",
    "request_chat",
    "request_poll",
    "request_managed_bot",
)
_URL = re.compile(r"(?i)^(?:https?://)?[^\s/:]+\.[^\s/:]+(?::\d+)?(?:[/?#]\S*)?$|^https?://[^\s/]+(?:/\S*)?$|^tg://\S+$")

MarkupKind = Literal["inline", "keyboard", "remove", "force_reply"]


@dataclass(frozen=True)
class Markup:
    """A markup that was accepted. ``raw`` is what a message carries back (inline keyboards only)."""

    kind: MarkupKind
    buttons: tuple[ShownButton, ...] = ()
    raw: dict[str, Any] | None = None
    one_time: bool = False


def read_markup(markup: Any, *, private_chat: bool) -> Markup | None:
    """The checked markup, None where there is none. Raises 400 with the platform's text."""
    if markup is None:
        return None
    if not isinstance(markup, dict):
        raise bad_request("object expected as reply markup")
    if "inline_keyboard" in markup:
        _refuse_unknown(markup, {"inline_keyboard"})
        rows = _rows(markup["inline_keyboard"], "inline keyboard")
        return Markup("inline", tuple(_inline_button(button) for row in rows for button in row), markup if rows else None)
    if "keyboard" in markup:
        known = {"keyboard", "is_persistent", "resize_keyboard", "one_time_keyboard", "input_field_placeholder", "selective"}
        _refuse_unknown(markup, known)
        rows = _rows(markup["keyboard"], "reply keyboard")
        buttons = tuple(_reply_button(button, private_chat) for row in rows for button in row)
        if not buttons:
            raise bad_request("reply keyboard is empty")
        return Markup("keyboard", buttons, one_time=bool(markup.get("one_time_keyboard")))
    if "remove_keyboard" in markup:
        _refuse_unknown(markup, {"remove_keyboard", "selective"})
        return Markup("remove")
    if "force_reply" in markup:
        _refuse_unknown(markup, {"force_reply", "input_field_placeholder", "selective"})
        return Markup("force_reply")
    raise bad_request("object expected as reply markup")


def _rows(rows: Any, what: str) -> list[list[Any]]:
    if not isinstance(rows, list) or not all(isinstance(row, list) for row in rows):
        raise bad_request(f"can't parse {what}: array of arrays of buttons expected")
    filled = [row for row in rows if row]
    if sum(map(len, filled)) > MAX_BUTTONS or any(len(row) > MAX_BUTTONS_PER_ROW for row in filled):
        raise bad_request("reply markup is too long")
    return filled


def _inline_button(button: Any) -> ShownButton:
    title = _title(button, "inline keyboard button")
    _refuse_unknown(button, {"text", "style", "icon_custom_emoji_id", *_INLINE_ACTIONS})
    actions = [action for action in _INLINE_ACTIONS if action in button]
    if len(actions) != 1:
        raise bad_request("can't parse inline keyboard button: Text buttons are unallowed in the inline keyboard")
    value = button[actions[0]]
    if not isinstance(value, str):
        raise bad_request(f'can\'t parse inline keyboard button: field "{actions[0]}" must be of type String')
    if actions[0] == "url":
        if not _URL.match(value):
            raise bad_request(f"inline keyboard button URL '{value}' is invalid: Wrong HTTP URL")
        return ShownButton(title=title, kind="url", value=value)
    if not 1 <= len(value.encode("utf-8", "surrogatepass")) <= MAX_CALLBACK_BYTES:
        raise bad_request("BUTTON_DATA_INVALID")
    return ShownButton(title=title, kind="postback", value=value)


def _reply_button(button: Any, private_chat: bool) -> ShownButton:
    if isinstance(button, str):
        button = {"text": button}
    title = _title(button, "keyboard button")
    _refuse_unknown(button, {"text", "style", "icon_custom_emoji_id", "request_contact", "request_location"})
    for wish, kind, what in (("request_contact", "contact", "phone number"), ("request_location", "location", "location")):
        if button.get(wish):
            if not private_chat:
                raise bad_request(f"{what} can be requested in private chats only")
            return ShownButton(title=title, kind="contact" if kind == "contact" else "location", value="")
    return ShownButton(title=title, kind="reply", value=title)


def _title(button: Any, what: str) -> str:
    title = button.get("text") if isinstance(button, dict) else None
    if not isinstance(title, str):
        raise bad_request(f"can't parse {what}: object with a text expected")
    if not title.strip():
        raise bad_request(f"can't parse {what}: text of the button is empty")
    return title


def _refuse_unknown(given: Mapping[str, Any], known: Collection[str]) -> None:
    for name in given:
        if name in _NOT_SIMULATED:
            raise bad_request(f"{name} is not simulated (simulator)")
        if name not in known:
            raise bad_request(f"unknown field {name} in the reply markup (simulator, strict)")
