"""Where Telegram sends its updates."""

import hmac
import logging

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bot.conversations.events import IgnoredEvent
from connectors.gateway.bodies import limited_body
from connectors.gateway.webhooks import MAX_WEBHOOK_BYTES, MalformedEventError, WebhookDoor, rejected
from connectors.telegram.parse import CHANNEL, ParsedUpdate, parse_update

logger = logging.getLogger(__name__)

SECRET_HEADER = "X-Telegram-Bot-Api-Secret-Token"


def telegram_routes(door: WebhookDoor, *, account: str, secret: str) -> APIRouter:
    """``POST /webhooks/telegram``. ``account`` is the bot's id, ``secret`` the word given to ``setWebhook``.

    200 once the update is committed, whatever it held: Telegram repeats an update that got another answer, for up to 24
    hours, and holds back that chat's next ones meanwhile. 401 without our secret word and 400 for a body without an
    ``update_id``: Telegram sends neither, so no chat is blocked. 413 and 408 like every body, 503 while the ledger is away.

    A pressed button is acknowledged in the 200 itself (Bot API, "Making requests when getting updates"): no second call that
    could be slow, fail or get lost, and never before the commit. Telegram tells no result, and none is needed.
    """
    router = APIRouter()
    expected = secret.encode()

    @router.post("/webhooks/telegram")
    async def take_update(request: Request) -> Response:
        given = request.headers.get(SECRET_HEADER, "")
        if not hmac.compare_digest(given.encode("latin-1"), expected):
            rejected(CHANNEL, "bad_secret")
            return Response(status_code=401)
        body = await limited_body(request, MAX_WEBHOOK_BYTES)
        try:
            update = parse_update(body, account)
        except MalformedEventError:
            rejected(CHANNEL, "malformed")
            return Response(status_code=400)
        await door.take([update.event])
        _log_unreadable(update)
        return _acknowledged(update)

    return router


def _log_unreadable(update: ParsedUpdate) -> None:
    event = update.event
    if isinstance(event, IgnoredEvent) and event.detail == "unreadable":
        logger.error("telegram.unreadable_update", extra={"update": event.origin.name, "update_id": event.origin.event_id})


def _acknowledged(update: ParsedUpdate) -> Response:
    if update.callback_id is None:
        return Response(status_code=200)
    return JSONResponse({"method": "answerCallbackQuery", "callback_query_id": update.callback_id})
