"""Our messages as Zalo's consulting messages. Pure.

A call is ``message`` (the JSON of a consulting message), ``template`` (what Zalo approved, with its parameters) or ``file`` (a
link whose content is uploaded when it is sent). Each shape that Zalo could refuse (buttons without a template type are not on its
page, a picture's link may be too large for it) carries ``fallback``: the same as plain text, sent in its place.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from typing import Any

from bot.messages import OfferedFile
from bot.texts import say
from connectors.channel import Outgoing, PlatformCall
from connectors.rendering.layout import Layout, ShownButton, lay_out
from connectors.rendering.text import shorten, split_text
from connectors.zalo.capabilities import ZALO

MESSAGE = "message"
TEMPLATE = "template"
FILE = "file"


def render(outgoing: Outgoing) -> list[PlatformCall]:
    """The calls that show the message, in order: its text, its pictures and files, its request for the telephone number."""
    if outgoing.template is not None:
        return [_template(outgoing.template)]
    layout = lay_out(outgoing, ZALO, native=ZALO.buttons, title_limit=ZALO.button_title)
    calls = [*_texts(outgoing, layout), *map(_file, _offered(outgoing))]
    if outgoing.message.request == "phone":
        calls.append(_phone_request())
    return calls


def picture_message(title: str, source: Mapping[str, str]) -> dict[str, Any]:
    """A picture under its caption. ``source`` is ``{"url": …}`` or ``{"attachment_id": …}``."""
    element = {"media_type": "image", **source}
    attachment = {"type": "template", "payload": {"template_type": "media", "elements": [element]}}
    return {"text": title, "attachment": attachment} if title else {"attachment": attachment}


def file_message(token: str) -> dict[str, Any]:
    """An uploaded file. Zalo takes no text beside it."""
    return {"attachment": {"type": "file", "payload": {"token": token}}}


def _template(template: Mapping[str, Any]) -> PlatformCall:
    """A ZBS template message, addressed by the user's id."""
    body = {"template": {"template_id": template["name"], "template_data": dict(template["parameters"])}}
    return PlatformCall(TEMPLATE, body, str(template["shown"]))


def _texts(outgoing: Outgoing, layout: Layout) -> Iterable[PlatformCall]:
    texts = list(layout.texts)
    if not layout.buttons:
        return [_text(text) for text in texts]
    last = texts.pop() if texts else say("menu_type_a_number")
    payload = {"buttons": [_button(button) for button in layout.buttons]}
    message = {"text": last, "attachment": {"type": "template", "payload": payload}}
    body = {"message": message, "fallback": _with_choices(last, outgoing, layout)}
    return [*map(_text, texts), PlatformCall(MESSAGE, body, last)]


def _text(text: str) -> PlatformCall:
    return PlatformCall(MESSAGE, {"message": {"text": text}, "fallback": []}, text)


def _button(button: ShownButton) -> dict[str, Any]:
    title = button.title or "…"
    if button.url is not None:
        return {"title": title, "type": "oa.open.url", "payload": {"url": button.url}}
    if button.phone is not None:
        return {"title": title, "type": "oa.open.phone", "payload": {"phone_code": button.phone}}
    # hide: the payload is a token, which the citizen should not see as their own words.
    return {"title": title, "type": "oa.query.hide", "payload": button.payload}


def _with_choices(text: str, outgoing: Outgoing, layout: Layout) -> list[str]:
    """The text with everything in words that its buttons offer, as far as the layout has not written it out already."""
    written = {_plain(line) for part in layout.texts for line in part.splitlines()}
    buttons = list(enumerate(outgoing.message.all_buttons))
    choices = [f"{position + 1}. {button.title}" for position, button in buttons if position in outgoing.tokens]
    links = [f"{button.title}: {button.url or button.phone}" for _, button in buttons if button.url or button.phone]
    choices, links = ([line for line in lines if _plain(line) not in written] for lines in (choices, links))
    listed = [say("menu_type_a_number"), *choices] if choices else []
    return split_text("\n\n".join(part for part in (text, "\n".join([*links, *listed])) if part), ZALO.text_limit)


def _plain(line: str) -> str:
    return " ".join(unicodedata.normalize("NFC", line).split())


def _offered(outgoing: Outgoing) -> Iterable[OfferedFile]:
    """The message's files, and the pictures of its cards: cards themselves are lines of text here."""
    pictures = [OfferedFile("image", card.image_url, card.title) for card in outgoing.message.cards if card.image_url]
    return [*pictures, *outgoing.message.files]


def _file(file: OfferedFile) -> PlatformCall:
    title = shorten(file.title, ZALO.text_limit)
    if file.officer_file is not None:
        plain = split_text(say("officer_file_as_link", name=file.title, link=file.url), ZALO.text_limit)
        about = {"kind": file.kind, "title": "", "url": f"officer-file:{file.officer_file}"}
        return PlatformCall(FILE, {"file": about, "officer_file": file.officer_file, "fallback": plain})
    plain = split_text(f"{file.title}: {file.url}", ZALO.text_limit)
    body = {"file": {"kind": file.kind, "url": file.url, "title": title}, "fallback": plain}
    return PlatformCall(FILE, body, title if file.kind == "image" else "")


def _phone_request() -> PlatformCall:
    element = {
        "title": say("zalo_phone_request_title"),
        "subtitle": say("zalo_phone_request_subtitle"),
        # The field must be there; we have no picture to show.
        "image_url": "",
    }
    attachment = {"type": "template", "payload": {"template_type": "request_user_info", "elements": [element]}}
    return PlatformCall(MESSAGE, {"message": {"attachment": attachment}, "fallback": [say("ask_phone_by_typing")]})
