"""Buttons and the button, generic and media templates of the Send API, held to their documented limits."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from simulators.messenger.graph_errors import EMPTY_BUTTON_TITLE, EMPTY_BUTTON_URL, EMPTY_POSTBACK_PAYLOAD, bad_parameter
from simulators.messenger.graph_parameters import limited_text, refuse_unexpected, text_of

BUTTON_TEMPLATE_TEXT = 640
BUTTONS = 3
BUTTON_TITLE = 20
PAYLOAD = 1000
ELEMENTS = 10
ELEMENT_TEXT = 80
_URL_LENGTH = 2000
_WEB_URL_KEYS = ("type", "title", "url", "webview_height_ratio", "messenger_extensions", "fallback_url", "webview_share_button")
_BUTTON_KEYS = {
    "web_url": _WEB_URL_KEYS,
    "postback": ("type", "title", "payload"),
    "phone_number": ("type", "title", "payload"),
    "account_link": ("type", "url"),
    "account_unlink": ("type",),
}


def check_url(value: Any, where: str) -> str:
    """An absolute http or https address. Raises error 100."""
    address = limited_text(value, where, _URL_LENGTH)
    try:
        parts = urlsplit(address)
        named = bool(parts.hostname) and parts.port != 0  # reading the port raises ValueError where it is none
        valid = parts.scheme in ("http", "https") and named and not any(c.isspace() for c in address)
    except ValueError:
        valid = False
    if not valid:
        raise bad_parameter(f"{where} should represent a valid URL")
    return address


def check_template(payload: Mapping[str, Any]) -> None:
    """Raises error 100 unless ``payload`` is a button, generic or media template within its limits."""
    match payload.get("template_type"):
        case "button":
            _check_button_template(payload)
        case "generic":
            _check_generic_template(payload)
        case "media":
            _check_media_template(payload)
        case other:
            raise bad_parameter(f"Unsupported template type {other!r}")


def _check_button_template(payload: Mapping[str, Any]) -> None:
    where = "message[attachment][payload]"
    refuse_unexpected(payload, ("template_type", "text", "buttons", "sharable"), where)
    text_of(payload, "text", where, BUTTON_TEMPLATE_TEXT)
    if not payload.get("buttons"):
        raise bad_parameter(f"param {where}[buttons] must be non-empty.")
    check_buttons(payload["buttons"], where)


def _check_generic_template(payload: Mapping[str, Any]) -> None:
    where = "message[attachment][payload]"
    refuse_unexpected(payload, ("template_type", "elements", "sharable", "image_aspect_ratio"), where)
    for number, element in enumerate(_list_of(payload.get("elements"), f"{where}[elements]", ELEMENTS)):
        _check_element(element, f"{where}[elements][{number}]")


def _check_element(element: Mapping[str, Any], where: str) -> None:
    refuse_unexpected(element, ("title", "subtitle", "image_url", "default_action", "buttons"), where)
    text_of(element, "title", where, ELEMENT_TEXT)
    if len(element) == 1:
        raise bad_parameter(f"{where} must have at least one property besides title")
    if "subtitle" in element:
        limited_text(element["subtitle"], f"{where}[subtitle]", ELEMENT_TEXT)
    if "image_url" in element:
        check_url(element["image_url"], f"{where}[image_url]")
    if "default_action" in element:
        action = element["default_action"]
        if not isinstance(action, dict) or action.get("type") != "web_url" or "title" in action:
            raise bad_parameter(f"{where}[default_action] must be a web_url button without title")
        refuse_unexpected(action, _WEB_URL_KEYS, f"{where}[default_action]")
        check_url(action.get("url"), f"{where}[default_action][url]")
    if "buttons" in element:
        check_buttons(element["buttons"], where)


def _check_media_template(payload: Mapping[str, Any]) -> None:
    where = "message[attachment][payload]"
    refuse_unexpected(payload, ("template_type", "elements", "sharable"), where)
    for element in _list_of(payload.get("elements"), f"{where}[elements]", 1):
        refuse_unexpected(element, ("media_type", "url", "attachment_id", "buttons"), f"{where}[elements][0]")
        if element.get("media_type") not in ("image", "video") or ("url" in element) == ("attachment_id" in element):
            raise bad_parameter(f"{where}[elements][0] needs a media_type and either a url or an attachment_id")
        if "buttons" in element:
            check_buttons(element["buttons"], f"{where}[elements][0]")


def check_buttons(buttons: Any, where: str) -> None:
    """Raises error 100 unless ``buttons`` is a list of one to three valid buttons."""
    for number, button in enumerate(_list_of(buttons, f"{where}[buttons]", BUTTONS)):
        _check_button(button, f"{where}[buttons][{number}]")


def _check_button(button: Mapping[str, Any], where: str) -> None:
    kind = button.get("type")
    if not isinstance(kind, str) or kind not in _BUTTON_KEYS:
        raise bad_parameter(f"{where}[type] must be one of {', '.join(_BUTTON_KEYS)}")
    refuse_unexpected(button, _BUTTON_KEYS[kind], where)
    if "title" in _BUTTON_KEYS[kind]:
        text_of(button, "title", where, BUTTON_TITLE, missing_subcode=EMPTY_BUTTON_TITLE)
    if kind == "postback":
        text_of(button, "payload", where, PAYLOAD, missing_subcode=EMPTY_POSTBACK_PAYLOAD)
    elif kind == "phone_number":
        number = text_of(button, "payload", where, 20)
        if not (number.startswith("+") and number[1:].isascii() and number[1:].isdigit()):
            raise bad_parameter(f"{where}[payload] must be a phone number with + and country code")
    elif kind in ("web_url", "account_link"):
        if not button.get("url"):
            raise bad_parameter("Web url cannot be empty for url type button", EMPTY_BUTTON_URL)
        check_url(button["url"], f"{where}[url]")


def _list_of(value: Any, where: str, most: int) -> list[Mapping[str, Any]]:
    if not isinstance(value, list) or not value:
        raise bad_parameter(f"param {where} must be a non-empty array.")
    if len(value) > most:
        raise bad_parameter(f"param {where} has too many elements: {len(value)}, at most {most}.")
    if not all(isinstance(item, dict) for item in value):
        raise bad_parameter(f"param {where} must hold objects")
    return value
