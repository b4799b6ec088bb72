"""From a message of the Send API to what appears on the citizen's phone, and to what an echo repeats."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from simulators.messaging.transcript import ShownButton
from simulators.messenger.people import Person

QUICK_REPLY_KINDS = ("reply", "contact")
"""Kinds of buttons that vanish with the next message."""


@dataclass(frozen=True)
class Shown:
    """Text, buttons and attachments on the screen."""

    text: str
    buttons: list[ShownButton]
    attachments: list[dict[str, Any]]


def shown_message(message: Mapping[str, Any], person: Person, media: list[dict[str, Any]]) -> Shown:
    """A message with text or attachment; ``media`` are its files as links. Quick replies for a phone number or address appear
    only where the profile has one."""
    text = str(message.get("text", ""))
    buttons: list[ShownButton] = []
    attachment = message.get("attachment")
    if attachment is not None and attachment["type"] == "template":
        text, buttons = _template(attachment["payload"])
    replies = [_quick_reply(reply, person) for reply in message.get("quick_replies", [])]
    return Shown(text, buttons + [reply for reply in replies if reply is not None], media)


def shown_utility(text: str, buttons: list[dict[str, Any]]) -> Shown:
    """A utility template, filled in."""
    return Shown(text, [_utility_button(button) for button in buttons], [])


def echoed(message: Mapping[str, Any], media: list[tuple[str, str]], utility_text: str | None) -> dict[str, Any]:
    """The parts of a message that its echo repeats; ``media``: kind and link of its files."""
    if utility_text is not None:
        return {"text": utility_text}
    attachment = message.get("attachment")
    if attachment is None:
        return {"text": message["text"]}
    if attachment["type"] == "template":
        return {"attachments": [{"type": "template", "payload": attachment["payload"]}]}
    return {"attachments": [{"type": kind, "payload": {"url": link}} for kind, link in media]}


def _template(payload: Mapping[str, Any]) -> tuple[str, list[ShownButton]]:
    if payload["template_type"] == "button":
        return str(payload["text"]), _buttons(payload["buttons"])
    lines, buttons = [], []
    for element in payload["elements"]:
        lines.append("\n".join(str(element[name]) for name in ("title", "subtitle") if name in element))
        buttons += _buttons(element.get("buttons", []))
    return "\n\n".join(line for line in lines if line), buttons


def _buttons(buttons: list[dict[str, Any]]) -> list[ShownButton]:
    shown: list[ShownButton] = []
    for button in buttons:
        match button["type"]:
            case "postback":
                shown.append({"title": button["title"], "kind": "postback", "value": button["payload"]})
            case "web_url":
                shown.append({"title": button["title"], "kind": "url", "value": button["url"]})
            case "phone_number":
                shown.append({"title": button["title"], "kind": "phone", "value": button["payload"]})
            case "account_link":
                shown.append({"title": "Log In", "kind": "url", "value": button["url"]})
    return shown


def _utility_button(button: Mapping[str, Any]) -> ShownButton:
    match button["type"]:
        case "POSTBACK":
            return {"title": button["text"], "kind": "postback", "value": button["payload"]}
        case "URL":
            return {"title": button["text"], "kind": "url", "value": button["url"]}
        case _:
            return {"title": button["text"], "kind": "phone", "value": button["phone_number"]}


def _quick_reply(reply: Mapping[str, Any], person: Person) -> ShownButton | None:
    match reply["content_type"]:
        case "user_phone_number":
            return {"title": person.phone, "kind": "contact", "value": person.phone} if person.phone else None
        case "user_email":
            return {"title": person.email, "kind": "reply", "value": person.email} if person.email else None
        case _:
            return {"title": reply["title"], "kind": "reply", "value": reply["payload"]}
