"""The Telegram channel: one bot account, spoken to through python-telegram-bot's ``Bot``. It keeps no state, starts no task."""

import logging
import re
from collections.abc import Awaitable, Mapping
from datetime import datetime
from typing import Any, TypeVar

from telegram import (
    Bot,
    InlineKeyboardMarkup,
    InputFile,
    LinkPreviewOptions,
    Message,
    ReplyKeyboardMarkup,
    ReplyKeyboardRemove,
    WebhookInfo,
)
from telegram.constants import ChatAction

from bot.conversations.windows import SendMode
from bot.texts import say
from connectors.channel import AccountCheck, Outgoing, Permanent, PlatformCall, Sent
from connectors.telegram.errors import CALL_ERRORS, channel_error
from connectors.telegram.parse import CHANNEL
from connectors.telegram.render import CAPABILITIES, render
from connectors.telegram.requests import BotRequest

ALLOWED_UPDATES = ("message", "callback_query", "my_chat_member")
_MAX_CONNECTIONS = 40
_TOKEN = re.compile(r"(\d{1,20}):[A-Za-z0-9_-]+")
_SECRET = re.compile(r"[A-Za-z0-9_-]{1,256}")
_LOGGERS_THAT_NAME_ADDRESSES = ("httpx", "httpcore", "telegram")
_MEDIA = ("sendPhoto", "sendDocument")

T = TypeVar("T")


def account_of(token: str) -> str:
    """The bot's id, which a token begins with. Raises ``ValueError`` without showing the token."""
    match = _TOKEN.fullmatch(token)
    if match is None:
        raise ValueError("TELEGRAM_BOT_TOKEN is not a bot token (digits, a colon, letters)")
    return match.group(1)


def checked_secret(secret: str) -> str:
    """The webhook's secret word. Raises ``ValueError`` where Telegram would not take it."""
    if not _SECRET.fullmatch(secret):
        raise ValueError("TELEGRAM_WEBHOOK_SECRET must be 1 to 256 of A-Z a-z 0-9 _ -")
    return secret


class TelegramChannel:
    """``connectors.channel.Channel`` for Telegram. Raises ``ValueError`` for a token or a secret that cannot be one."""

    name = CHANNEL
    capabilities = CAPABILITIES

    def __init__(self, token: str, webhook_secret: str, api_url: str = "https://api.telegram.org") -> None:
        self.account = account_of(token)
        self._secret = checked_secret(webhook_secret)
        # Before the library is built: it logs its addresses, and with them the token, at once.
        quiet_addresses()
        self._request = BotRequest()
        base = api_url.rstrip("/")
        self._bot = Bot(
            token,
            base_url=f"{base}/bot",
            base_file_url=f"{base}/file/bot",
            request=self._request,
            get_updates_request=self._request,
        )

    def render(self, outgoing: Outgoing) -> list[PlatformCall]:
        """The calls that show the message (``connectors.telegram.render``)."""
        return render(outgoing)

    async def send(self, call: PlatformCall, external_id: str, *, delivery_id: int, mode: SendMode) -> Sent:  # noqa: ARG002
        """Makes the call. What Telegram refuses for its markup or its file is sent once more as plain text: a refused call
        surely showed nothing. Nothing is ever said in a group or channel (their ids are negative). Raises ``Temporary``,
        ``Permanent`` or ``Ambiguous``."""
        if int(external_id) <= 0:
            raise Permanent("not_private")
        try:
            message = await _asked(self._call(call, int(external_id)))
        except Permanent as error:
            plain = as_plain_text(call, error)
            if plain is None:
                raise
            message = await _asked(self._call(PlatformCall("sendMessage", plain), int(external_id)))
            return Sent(str(message.message_id), as_link=error.reason if "officer_file" in call.body else None)
        return Sent(str(message.message_id))

    def _call(self, call: PlatformCall, chat_id: int) -> Awaitable[Message]:
        method, body = call.method, call.body
        markup = keyboard(body.get("reply_markup", {}))
        if method == "sendMessage":
            mode, preview = body.get("parse_mode"), LinkPreviewOptions(is_disabled=True)
            return self._bot.send_message(chat_id, body["text"], mode, link_preview_options=preview, reply_markup=markup)
        if method == "sendPhoto":
            return self._bot.send_photo(chat_id, body["photo"], body.get("caption"), reply_markup=markup)
        if method == "sendDocument":
            if call.content is not None:
                return self._bot.send_document(chat_id, InputFile(call.content.content, call.content.name), reply_markup=markup)
            return self._bot.send_document(chat_id, body["document"], body.get("caption"), reply_markup=markup)
        raise ValueError(f"{method!r} is no call of this channel")

    async def show_typing(self, external_id: str) -> None:
        """Shows "typing" for at most five seconds. Raises ``ChannelError``."""
        await _asked(self._bot.send_chat_action(int(external_id), ChatAction.TYPING))

    async def set_webhook(self, url: str) -> str:
        """Has updates sent to ``url`` (the whole address), with our secret word and only of the kinds that we read. What waits
        at Telegram stays there and comes next. Raises ``ChannelError``."""
        await _asked(
            self._bot.set_webhook(
                url, secret_token=self._secret, allowed_updates=ALLOWED_UPDATES, max_connections=_MAX_CONNECTIONS
            )
        )
        return say("telegram_webhook_set", url=url)

    async def check_account(self) -> AccountCheck:
        """Who the bot is and how its webhook fares. Raises ``ChannelError``."""
        me = await _asked(self._bot.get_me())
        hook = await _asked(self._bot.get_webhook_info())
        needs = None
        if str(me.id) != self.account:
            needs = say("telegram_needs_other_bot", found=me.id, expected=self.account)
        elif not hook.url:
            needs = say("telegram_needs_webhook")
        return AccountCheck(needs is None, ((say("telegram_fact_bot"), f"@{me.username} ({me.id})"), *_facts(hook)), needs)

    async def tend(self, since: datetime) -> tuple[()]:  # noqa: ARG002
        """Telegram keeps updates for a day and sends them again by itself."""
        return ()

    async def aclose(self) -> None:
        """Frees connections."""
        await self._request.shutdown()


async def _asked(call: Awaitable[T]) -> T:
    """The answer of a call. Raises ``ChannelError``; the library's error is not chained, since its text may name the token."""
    try:
        return await call
    except CALL_ERRORS as error:
        raise channel_error(error) from None


def as_plain_text(call: PlatformCall, refusal: Permanent) -> dict[str, Any] | None:
    """What to send instead of a refused call, or None where plain text would be refused as well."""
    if call.method == "sendMessage" and refusal.reason == "bad_markup":
        return {"text": call.shown, "reply_markup": call.body.get("reply_markup", {})}
    if call.method in _MEDIA and refusal.effect == "none":
        return {"text": call.shown}
    return None


def keyboard(markup: Mapping[str, Any]) -> InlineKeyboardMarkup | ReplyKeyboardMarkup | ReplyKeyboardRemove | None:
    """The keyboard as the library wants it."""
    if "inline_keyboard" in markup:
        return InlineKeyboardMarkup.de_json(dict(markup))
    if "keyboard" in markup:
        return ReplyKeyboardMarkup.de_json(dict(markup))
    return ReplyKeyboardRemove() if markup.get("remove_keyboard") else None


def quiet_addresses() -> None:
    """Keeps the token out of the logs: it is part of every address, which these libraries log below WARNING."""
    for name in _LOGGERS_THAT_NAME_ADDRESSES:
        logger = logging.getLogger(name)
        logger.setLevel(max(logger.level, logging.WARNING))


def _facts(hook: WebhookInfo) -> tuple[tuple[str, str], ...]:
    nothing = say("telegram_none")
    error = nothing
    if hook.last_error_date is not None:
        at = hook.last_error_date.isoformat(timespec="seconds")
        error = say("telegram_error_at", at=at, message=hook.last_error_message or "")
    return (
        (say("telegram_fact_webhook"), hook.url or nothing),
        (say("telegram_fact_pending"), str(hook.pending_update_count)),
        (say("telegram_fact_last_error"), error),
    )
