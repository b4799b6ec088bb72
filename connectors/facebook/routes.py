"""The webhook: ``/webhooks/facebook``.

Facebook waits five seconds for a 200 and, after an hour without one, stops sending: nothing happens here but storing.
"""

import re
from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, Response

from connectors.facebook.account import CHANNEL, FacebookAccount
from connectors.facebook.parse import parse
from connectors.facebook.signature import is_same_word, is_signed
from connectors.gateway.bodies import limited_body
from connectors.gateway.webhooks import MAX_WEBHOOK_BYTES, MalformedEventError, WebhookDoor, rejected

PATH = "/webhooks/facebook"
_CHALLENGE = re.compile(r"[\x21-\x7e]{1,500}")


def facebook_routes(door: WebhookDoor, account: FacebookAccount) -> APIRouter:
    """The handshake and the events of one page's webhook."""
    router = APIRouter()

    @router.get(PATH)
    async def verify(request: Request) -> Response:
        return handshake(request.query_params, account)

    @router.post(PATH)
    async def receive(request: Request) -> Response:
        body = await limited_body(request, MAX_WEBHOOK_BYTES)
        signature = request.headers.get("x-hub-signature-256")
        if not is_signed(body, signature, account.app_secret):
            rejected(CHANNEL, "no_signature" if signature is None else "bad_signature")
            return _answer("wrong signature", 403)
        try:
            parsed = parse(body, account)
        except MalformedEventError as error:
            rejected(CHANNEL, f"malformed: {error}")
            return _answer("not an event", 400)
        for reason in parsed.rejected:
            rejected(CHANNEL, reason)
        await door.take(parsed.events)
        return _answer("EVENT_RECEIVED", 200)

    return router


def handshake(query: Mapping[str, str], account: FacebookAccount) -> Response:
    """The bare challenge where mode and verify token are right, else 403."""
    challenge = query.get("hub.challenge", "")
    known = is_same_word(query.get("hub.verify_token"), account.verify_token)
    if query.get("hub.mode") != "subscribe" or not known or not _CHALLENGE.fullmatch(challenge):
        rejected(CHANNEL, "bad_handshake")
        return _answer("wrong verify token", 403)
    return _answer(challenge, 200)


def _answer(text: str, status: int) -> PlainTextResponse:
    return PlainTextResponse(text, status, {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff"})
