"""Which buttons a platform shows itself and which become lines of text. Nothing that was offered is lost.

A citizen may always type the number of a button (counted over all buttons of the message) or its words, so a numbered line is
as good as a button (``bot.conversations.menu_choice``).
"""

import unicodedata
from dataclasses import dataclass

from bot.messages import BotMessage, Source
from bot.texts import say
from connectors.channel import Capabilities, Outgoing
from connectors.rendering.text import length, shorten, split_text

BUTTON_PREFIX = "a:"
"""What our tokens begin with on platforms that send a button's payload back as text."""


@dataclass(frozen=True)
class ShownButton:
    """A button as the platform shows it: exactly one of ``payload`` (our token with its prefix), ``url`` and ``phone``."""

    title: str
    payload: str | None = None
    url: str | None = None
    phone: str | None = None


@dataclass(frozen=True)
class Layout:
    """The texts to send one after the other, and the buttons under the last one."""

    texts: tuple[str, ...]
    buttons: tuple[ShownButton, ...] = ()


def lay_out(outgoing: Outgoing, capabilities: Capabilities, *, native: int, title_limit: int) -> Layout:
    """The message as texts within the platform's limits and at most ``native`` buttons with titles of ``title_limit``.

    Where a button does not fit or its title must be shortened, all choices also stand in the text as a numbered list. Links and
    numbers to call that the platform has no button for become lines of text. Cards become numbered entries.
    """
    body = _body(outgoing, capabilities)
    shown, lines = _place_buttons(outgoing, capabilities, native, title_limit, listed=not body)
    whole = "\n\n".join(part for part in (body, "\n".join(lines), _sources_line(outgoing.message.sources)) if part)
    limit = min(capabilities.text_limit, capabilities.buttons_text_limit) if shown else capabilities.text_limit
    return Layout(tuple(_within(whole, capabilities, limit)), tuple(shown))


def _within(whole: str, capabilities: Capabilities, last_limit: int) -> list[str]:
    """Parts within the text limit, the last of which may carry buttons."""
    parts = split_text(whole, capabilities.text_limit, capabilities.text_unit)
    if parts and length(parts[-1], capabilities.text_unit) > last_limit:
        parts[-1:] = split_text(parts[-1], last_limit, capabilities.text_unit)
    return parts


def _place_buttons(
    outgoing: Outgoing, capabilities: Capabilities, native: int, title_limit: int, *, listed: bool
) -> tuple[list[ShownButton], list[str]]:
    """The buttons shown natively, and the lines for the rest. A link or a number to call whose title is too long for a button is
    a line. ``listed``: all choices stand in lines in any case, since buttons need a text to stand under."""
    unit = capabilities.text_unit
    shown: list[ShownButton] = []
    choices: list[str] = []
    plain: list[str] = []
    must_list = listed
    for position, button in enumerate(outgoing.message.all_buttons):
        token = outgoing.tokens.get(position)
        title = shorten(button.title, title_limit, unit)
        whole_title = " ".join(unicodedata.normalize("NFC", button.title).split())
        as_button = title == whole_title and not listed
        if token is not None:
            choices.append(f"{position + 1}. {whole_title}")
            fits = len(shown) < native
            must_list |= not fits or title != whole_title
            if fits:
                shown.append(ShownButton(title, payload=BUTTON_PREFIX + token))
        elif button.url is not None:
            if capabilities.url_buttons and as_button and len(shown) < native:
                shown.append(ShownButton(title, url=button.url))
            else:
                plain.append(f"{button.title}: {button.url}")
        elif button.phone is not None:
            if capabilities.call_buttons and as_button and len(shown) < native:
                shown.append(ShownButton(title, phone=button.phone))
            else:
                plain.append(f"{button.title}: {button.phone}")
    return shown, [*plain, *([say("menu_type_a_number"), *choices] if must_list and choices else [])]


def _body(outgoing: Outgoing, capabilities: Capabilities) -> str:
    message = outgoing.message
    text = message.text
    if outgoing.author == "officer" and not capabilities.officer_name:
        name = outgoing.officer_name
        text = f"[{say('officer_named', name=name) if name else say('officer_unnamed')}] {text}"
    cards = [] if capabilities.cards else _cards_as_lines(message)
    request = _request_line(message, capabilities)
    return "\n\n".join(part for part in (text, "\n".join(cards), request) if part)


def _cards_as_lines(message: BotMessage) -> list[str]:
    return [f"• {card.title}" + (f"\n  {card.subtitle}" if card.subtitle else "") for card in message.cards]


def _request_line(message: BotMessage, capabilities: Capabilities) -> str:
    if message.request == "phone" and not capabilities.phone_request:
        return say("ask_phone_by_typing")
    if message.request == "location" and not capabilities.location_request:
        return say("ask_place_by_typing")
    return ""


def _sources_line(sources: tuple[Source, ...]) -> str:
    """Where the facts come from and of which day, as the last lines; one per source and day."""
    named = dict.fromkeys((source.procedure_code, source.title, source.as_of) for source in sources)
    lines = (say("source_line", title=title, code=f"{code}, " if code else "", as_of=as_of) for code, title, as_of in named)
    return "\n".join(lines)
