"""Zalo's webhook over HTTP."""

import logging
from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from bot.conversations.events import IgnoredEvent
from connectors.gateway.bodies import limited_body
from connectors.gateway.webhooks import MAX_WEBHOOK_BYTES, MalformedEventError, WebhookDoor, rejected
from connectors.zalo.envelope import CHANNEL, WrongAccountError, ZaloIds
from connectors.zalo.parse import parse_event
from connectors.zalo.signature import SignatureMode, matching_signature

logger = logging.getLogger(__name__)

WEBHOOK_PATH = "/webhooks/zalo"


@dataclass(frozen=True)
class WebhookSecret:
    """How requests are known to be Zalo's. ``log_only`` takes in unsigned ones too: for the first day of a new account only."""

    oa_secret: str
    mode: SignatureMode = "enforce"


def zalo_routes(door: WebhookDoor, ids: ZaloIds, secret: WebhookSecret) -> APIRouter:
    """``POST`` takes an event in; ``GET``, and a ``POST`` of ``{}``, are how the console tries the address: 200, no effect."""
    router = APIRouter()

    @router.get(WEBHOOK_PATH)
    async def answer_probe() -> Response:
        return JSONResponse({"ok": True})

    @router.post(WEBHOOK_PATH)
    async def take_event(request: Request) -> Response:
        raw = await limited_body(request, MAX_WEBHOOK_BYTES)
        if raw.strip() == b"{}":
            return JSONResponse({"ok": True})
        if not _is_genuine(request, raw, ids.app_id, secret):
            return _turned_away(401, "bad_signature")
        try:
            events = parse_event(raw, ids)
        except WrongAccountError as error:
            return _turned_away(403, str(error))
        except MalformedEventError:
            return _turned_away(400, "malformed")
        for event in events:
            if isinstance(event, IgnoredEvent) and event.detail.startswith("unreadable"):
                extra = {"channel": CHANNEL, "name_of_event": event.origin.name, "why": event.detail}
                logger.error("webhook.unreadable", extra=extra)
        await door.take(events)
        return JSONResponse({"ok": True})

    return router


def _turned_away(status: int, reason: str) -> Response:
    rejected(CHANNEL, reason)
    return JSONResponse({"error": reason}, status)


def _is_genuine(request: Request, raw: bytes, app_id: str, secret: WebhookSecret) -> bool:
    match = matching_signature(request.headers, raw, app_id, secret.oa_secret)
    if match is not None:
        logger.debug("zalo.signature_matched", extra={"timestamp": match.timestamp, "prefixed": match.prefixed})
        return True
    if secret.mode == "log_only":
        rejected(CHANNEL, "bad_signature_taken_in")
        return True
    return False
