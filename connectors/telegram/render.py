"""From the neutral message to calls of the Bot API. Pure.

Text is split first, then escaped, then given its links: no tag is ever cut, and what a citizen or a source typed is never markup.
"""

import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from telegram.constants import FileSizeLimit, InlineKeyboardButtonLimit, InlineKeyboardMarkupLimit, MessageLimit

from bot.messages import BotMessage, OfferedFile, Source
from bot.texts import say
from connectors.channel import Capabilities, Outgoing, PlatformCall
from connectors.rendering.layout import ShownButton, lay_out
from connectors.rendering.text import length, shorten

_TITLE_LIMIT = 40
"""A whole row of a narrow telephone; what is longer the client cuts, so it stands in the text too."""
_HALF_ROW = 16
_PHOTO_BY_URL = 5 * 1000 * 1000

CAPABILITIES = Capabilities(
    text_limit=int(MessageLimit.MAX_TEXT_LENGTH),
    text_unit="utf16",
    buttons=int(InlineKeyboardMarkupLimit.TOTAL_BUTTON_NUMBER),
    button_title=_TITLE_LIMIT,
    buttons_text_limit=int(MessageLimit.MAX_TEXT_LENGTH),
    url_buttons=True,
    rich_text=True,
    image_bytes=_PHOTO_BY_URL,
    file_bytes=int(FileSizeLimit.FILESIZE_DOWNLOAD),
    phone_request=True,
    location_request=True,
    typing=True,
    keeps_order=True,
    calls_per_second=25.0,
    burst=25,
    chat_interval=1.0,
)
MAX_CALLBACK_BYTES = int(InlineKeyboardButtonLimit.MAX_CALLBACK_DATA)


def render(outgoing: Outgoing) -> list[PlatformCall]:
    """The calls that show the message: its texts, the last one with the buttons, then its files."""
    layout = lay_out(outgoing, CAPABILITIES, native=CAPABILITIES.buttons, title_limit=_TITLE_LIMIT)
    message = outgoing.message
    texts = list(layout.texts)
    request = _request_keyboard(message)
    if layout.buttons and not texts:
        texts = [say("menu_type_a_number")]
    if request is not None and (layout.buttons or not texts):
        # A message carries one keyboard only: the request gets a message of its own.
        texts.append(say("telegram_press_or_type"))
    markups = _markups(len(texts), layout.buttons, request)
    calls = [_text_call(text, message.sources, markup) for text, markup in zip(texts, markups, strict=True)]
    return calls + [_file_call(file) for file in message.files]


def _markups(count: int, buttons: Sequence[ShownButton], request: dict[str, Any] | None) -> list[dict[str, Any]]:
    """The keyboard of each text. A text without one removes what an earlier request left on the screen; that needs no memory of
    what was asked, and where nothing is left it does nothing."""
    markups: list[dict[str, Any]] = [{"remove_keyboard": True}] * count
    if request is not None:
        markups[-1] = request
    if buttons:
        markups[-2 if request is not None else -1] = {"inline_keyboard": _rows(buttons)}
    return markups


def _rows(buttons: Sequence[ShownButton]) -> list[list[dict[str, str]]]:
    """One button per row, or two where both titles are short."""
    rows: list[list[ShownButton]] = []
    for button in buttons:
        if rows and len(rows[-1]) == 1 and _is_short(rows[-1][0]) and _is_short(button):
            rows[-1].append(button)
        else:
            rows.append([button])
    return [[_inline_button(button) for button in row] for row in rows]


def _is_short(button: ShownButton) -> bool:
    return length(button.title, "utf16") <= _HALF_ROW


def _inline_button(button: ShownButton) -> dict[str, str]:
    if button.url is not None:
        return {"text": button.title, "url": button.url}
    payload = button.payload or ""
    if not 1 <= len(payload.encode()) <= MAX_CALLBACK_BYTES:
        raise ValueError("a button's token does not fit into callback_data")
    return {"text": button.title, "callback_data": payload}


def _request_keyboard(message: BotMessage) -> dict[str, Any] | None:
    """The keyboard that shares the citizen's own number or place. We write to private chats only, where Telegram allows it."""
    if message.request is None:
        return None
    button: dict[str, Any] = {"text": say(f"telegram_share_{message.request}"), f"request_{_ASKED[message.request]}": True}
    return {
        "keyboard": [[button]],
        "one_time_keyboard": True,
        "resize_keyboard": True,
        "input_field_placeholder": say(f"telegram_or_type_{message.request}"),
    }


_ASKED: Mapping[str, str] = {"phone": "contact", "location": "location"}


def _text_call(text: str, sources: Sequence[Source], markup: Mapping[str, Any]) -> PlatformCall:
    body = {
        "text": to_html(text, sources),
        "parse_mode": "HTML",
        "link_preview_options": {"is_disabled": True},
        "reply_markup": dict(markup),
    }
    return PlatformCall("sendMessage", body, shown=text)


def to_html(text: str, sources: Sequence[Source] = ()) -> str:
    """The text so that Telegram shows exactly it; a line that names a source becomes a link to it."""
    links = {_source_line(source): source.url for source in sources if source.url and source.url.startswith("https://")}
    return "\n".join(_linked(line, links.get(line)) for line in text.split("\n"))


def _linked(line: str, url: str | None) -> str:
    return f'<a href="{_escape(url)}">{_escape(line)}</a>' if url else _escape(line)


def _escape(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def _source_line(source: Source) -> str:
    code = f"{source.procedure_code}, " if source.procedure_code else ""
    return unicodedata.normalize("NFC", say("source_line", title=source.title, code=code, as_of=source.as_of))


def _file_call(file: OfferedFile) -> PlatformCall:
    """Telegram fetches the file itself; where it cannot, the sender falls back to ``shown``."""
    if file.officer_file is not None:
        link = say("officer_file_as_link", name=file.title, link=file.url)
        return PlatformCall("sendDocument", {"officer_file": file.officer_file}, shown=link)
    method, kind = ("sendPhoto", "photo") if file.kind == "image" else ("sendDocument", "document")
    caption = shorten(file.title, int(MessageLimit.CAPTION_LENGTH), "utf16")
    return PlatformCall(method, {kind: file.url, "caption": caption}, shown=f"{file.title}: {file.url}")
