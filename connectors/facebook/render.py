"""A neutral message as calls of the Send API. Pure; who it goes to and under which type is added when it is sent.

The message with the reply buttons is the last one: Messenger takes quick replies away as soon as another message follows.
Links and numbers to call are buttons of a template where the text fits one, else lines of the text.
"""

import unicodedata
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bot.messages import Button, Card, OfferedFile
from bot.texts import say
from connectors.channel import Outgoing, PlatformCall
from connectors.facebook.capabilities import (
    CAPABILITIES,
    CARD_TEXT,
    CARDS,
    QUICK_REPLIES,
    TEMPLATE_BUTTONS,
    TEMPLATE_TEXT,
    TEXT,
    TITLE,
)
from connectors.facebook.messages import template_words
from connectors.rendering.layout import BUTTON_PREFIX, Layout, ShownButton, lay_out
from connectors.rendering.text import length

SEND = "messages"
"""The only method of our calls: the page's edge of that name."""

_COUNTRY = "+84"
_SHORTEST_CALLED = 7
"""Shorter numbers (113, 1022) cannot be dialled with the country's code, which the platform demands of a call button."""

Message = dict[str, Any]


def render(outgoing: Outgoing, personas: Mapping[str, str]) -> list[PlatformCall]:
    """The calls that show the message: files, texts, cards. ``personas`` are the page's by officers' names.

    Each body holds ``message``, ``author`` and perhaps ``persona_id``.
    """
    if outgoing.template is not None:
        return [_utility(outgoing.template, outgoing.author)]
    persona = personas.get(outgoing.officer_name or "") if outgoing.author == "officer" else None
    with_cards = bool(outgoing.message.cards) and all(_fits(card, outgoing, first) for first, card in _placed_cards(outgoing))
    messages = [_file_message(file) for file in outgoing.message.files if file.officer_file is None]
    messages += _text_messages(outgoing, with_cards=with_cards, named=persona is not None)
    if with_cards:
        _move_quick_replies_to_the_end(messages, _card_messages(outgoing))
    extra = {"author": outgoing.author} | ({"persona_id": persona} if persona is not None else {})
    calls = [PlatformCall(SEND, {"message": one} | extra, _shown(one)) for one in messages]
    return calls + [_officer_file(file, extra) for file in outgoing.message.files if file.officer_file is not None]


def _utility(template: Mapping[str, Any], author: str) -> PlatformCall:
    """A utility template that the page had approved, in Vietnamese, with named parameters."""
    parameters = [{"type": "text", "parameter_name": name, "text": text} for name, text in template["parameters"].items()]
    components = [{"type": "body", "parameters": parameters}] if parameters else []
    message = {"template": {"name": template["name"], "language": {"code": "vi"}, "components": components}}
    return PlatformCall(SEND, {"message": message, "author": author}, str(template["shown"]))


def _text_messages(outgoing: Outgoing, *, with_cards: bool, named: bool) -> list[Message]:
    message = outgoing.message
    # The cards' buttons stand on the cards; the message's own come first, so their positions stay.
    written = replace(
        message,
        text=_with_links_of_files(message.text, message.files),
        cards=() if with_cards else message.cards,
    )
    whole = replace(outgoing, message=written)
    asked = [{"content_type": "user_phone_number"}] if message.request == "phone" else []
    layout = _with_template(whole, QUICK_REPLIES - len(asked), named=named)
    links = [_native(one) for one in layout.buttons if one.payload is None]
    messages: list[Message] = [{"text": text} for text in layout.texts]
    if links:
        messages[-1] = _button_template(layout.texts[-1], links)
    quick = [_quick_reply(one.title, one.payload) for one in layout.buttons if one.payload is not None] + asked
    if quick and messages:
        messages[-1]["quick_replies"] = quick
    return messages


def _with_template(outgoing: Outgoing, replies: int, *, named: bool) -> Layout:
    """The layout with its links and numbers to call as native buttons where one template can hold them and the text."""
    plain = replace(
        CAPABILITIES,
        buttons_text_limit=TEXT,
        url_buttons=False,
        call_buttons=False,
        # A phone's quick reply is hidden from who has no number in their profile: the line that asks for typing stays.
        phone_request=False,
        officer_name=named,
        cards=0,
    )
    links = _native_links(outgoing)
    if links:
        linked = replace(plain, url_buttons=True, call_buttons=True)
        layout = lay_out(outgoing, linked, native=replies + links, title_limit=TITLE)
        if len(layout.texts) == 1 and _length(layout.texts[0]) <= TEMPLATE_TEXT:
            return layout
    return lay_out(outgoing, plain, native=replies, title_limit=TITLE)


def _native_links(outgoing: Outgoing) -> int:
    """How many links and numbers to call can be buttons of one template: all of them, or none where one does not fit."""
    buttons = outgoing.message.all_buttons
    links = [one for one in buttons if one.intent is None]
    replies = sum(1 for position, one in enumerate(buttons) if one.intent is not None and position in outgoing.tokens)
    room = QUICK_REPLIES - (outgoing.message.request == "phone")
    if not 0 < len(links) <= TEMPLATE_BUTTONS or replies > room:
        return 0
    return len(links) if all(_title_fits(one) and _can_be_pressed(one) for one in links) else 0


def _title_fits(button: Button) -> bool:
    return 0 < _length(_composed(button.title)) <= TITLE


def _can_be_pressed(button: Button) -> bool:
    return button.phone is None or len(button.phone.lstrip("+")) >= _SHORTEST_CALLED


def _length(text: str) -> int:
    return length(text, CAPABILITIES.text_unit)


def _composed(text: str) -> str:
    return " ".join(unicodedata.normalize("NFC", text).split())


def _with_links_of_files(text: str, files: tuple[OfferedFile, ...]) -> str:
    """The text and each file's title with its link: attachments have no caption, and a link helps where fetching fails."""
    return "\n".join(
        part for part in (text, *(f"📎 {file.title}: {file.url}" for file in files if file.officer_file is None)) if part
    )


def _file_message(file: OfferedFile) -> Message:
    return {"attachment": {"type": file.kind, "payload": {"url": file.url, "is_reusable": True}}}


def _officer_file(file: OfferedFile, extra: Mapping[str, Any]) -> PlatformCall:
    """The attachment gets its id when it is sent; refused, its link goes out as text."""
    link = say("officer_file_as_link", name=file.title, link=file.url)
    message: Message = {"attachment": {"type": file.kind, "payload": {}}}
    return PlatformCall(SEND, {"message": message, "officer_file": file.officer_file, "fallback": [link], **extra})


def _quick_reply(title: str, payload: str) -> dict[str, str]:
    return {"content_type": "text", "title": title, "payload": payload}


def _native(button: ShownButton) -> dict[str, str]:
    if button.url is not None:
        return {"type": "web_url", "title": button.title, "url": button.url}
    if button.phone is not None:
        return {"type": "phone_number", "title": button.title, "payload": international(button.phone)}
    return {"type": "postback", "title": button.title, "payload": button.payload or ""}


def international(phone: str) -> str:
    """The number with the country's code, as call buttons need it."""
    return phone if phone.startswith("+") else _COUNTRY + phone.removeprefix("0")


def _button_template(text: str, buttons: list[dict[str, str]]) -> Message:
    return {
        "attachment": {"type": "template", "payload": {"template_type": "button", "text": text, "buttons": buttons}},
    }


def _placed_cards(outgoing: Outgoing) -> list[tuple[int, Card]]:
    """Each card with the position of its first button."""
    placed, position = [], len(outgoing.message.buttons)
    for card in outgoing.message.cards:
        placed.append((position, card))
        position += len(card.buttons)
    return placed


def _shown_buttons(card: Card, outgoing: Outgoing, first: int) -> list[ShownButton]:
    """The card's buttons as the platform shows them; one without a token has nothing to send and is left out."""
    shown = []
    for position, button in enumerate(card.buttons, first):
        token, title = outgoing.tokens.get(position), _composed(button.title)
        if button.intent is None:
            shown.append(ShownButton(title, url=button.url, phone=button.phone))
        elif token is not None:
            shown.append(ShownButton(title, payload=BUTTON_PREFIX + token))
    return shown


def _fits(card: Card, outgoing: Outgoing, first: int) -> bool:
    """Whether an element of a generic template can show the whole card. It needs something beside its title."""
    buttons = _shown_buttons(card, outgoing, first)
    return (
        0 < _length(_composed(card.title)) <= CARD_TEXT
        and _length(_composed(card.subtitle)) <= CARD_TEXT
        and len(buttons) <= TEMPLATE_BUTTONS
        and all(_title_fits(button) and _can_be_pressed(button) for button in card.buttons)
        and bool(card.subtitle.strip() or card.image_url or buttons)
    )


def _card_messages(outgoing: Outgoing) -> list[Message]:
    elements = [_element(card, outgoing, first) for first, card in _placed_cards(outgoing)]
    groups = [elements[start : start + CARDS] for start in range(0, len(elements), CARDS)]
    return [{"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": group}}} for group in groups]


def _element(card: Card, outgoing: Outgoing, first: int) -> dict[str, Any]:
    element: dict[str, Any] = {"title": _composed(card.title)}
    if card.subtitle.strip():
        element["subtitle"] = _composed(card.subtitle)
    if card.image_url:
        element["image_url"] = card.image_url
    buttons = [_native(button) for button in _shown_buttons(card, outgoing, first)]
    return element | ({"buttons": buttons} if buttons else {})


def _move_quick_replies_to_the_end(messages: list[Message], cards: list[Message]) -> None:
    quick = messages[-1].pop("quick_replies", None) if messages else None
    messages += cards
    if quick:
        messages[-1]["quick_replies"] = quick


def _shown(message: Message) -> str:
    if "text" in message:
        return str(message["text"])
    return template_words(message["attachment"]["payload"]) or ""
