"""Stands before the routes: access token, size of the body, loopback-only pages, faults on command."""

from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.portal.faults import FaultOrder, Faults, misbehave, silence
from simulators.portal.problems import not_served, problem
from simulators.portal.tokens import Tokens

MAX_BODY_BYTES = 16 * 1024
MAX_FORM_BYTES = 256 * 1024
MAX_FILE_BYTES = 10 * 1024 * 1024
_LONG = ("/v1/drafts", "/v1/dossiers/supplement-answers", "/v1/survey-invitations", "/_control")
_MULTIPART_BYTES = 16 * 1024
LGSP_PATH = "/lgsp"


class Guard:
    """ASGI middleware. ``/v1/`` needs an access token; it and ``/lgsp`` obey the faults. ``/health`` and these answer anyone, all
    else loopback only. Routes find the fault in force as ``request.scope["portal_fault"]``."""

    def __init__(self, app: ASGIApp, access: Tokens[str], sessions: Tokens[str], faults: Faults) -> None:
        self._app, self._access, self._sessions, self._faults = app, access, sessions, faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        refusal = self._refusal(request)
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        order = FaultOrder(mode="ok")
        if scope["path"].startswith("/v1/") or scope["path"] == LGSP_PATH:
            order = self._faults.take()
            fault = self._expiry(request) if order.mode == "expired_token" else await misbehave(order, receive)
            if fault is not None:
                await fault(scope, receive, send)
                return
        body = await read_body(receive, _most(scope["path"]))
        if body is None:
            await problem("body-too-large")(scope, receive, send)
            return
        scope["portal_fault"] = order.mode
        if order.mode == "accept_then_timeout":
            await self._app(scope, _replay(body, receive), _swallow)
            await (await silence(order.seconds, receive))(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _expiry(self, request: Request) -> Response | None:
        """Ends all tokens and sessions just before the call."""
        self._access.clear()
        self._sessions.clear()
        return self._refusal(request)

    def _refusal(self, request: Request) -> Response | None:
        path = request.url.path
        if path.startswith("/v1/"):
            scheme, _, token = request.headers.get("Authorization", "").partition(" ")
            fits = scheme == "Bearer" and self._access.find(token) is not None
            return None if fits else problem("token-refused", {"WWW-Authenticate": "Bearer"})
        if path.startswith(("/oauth/", LGSP_PATH)) or path == "/health":
            return None
        return None if _is_loopback(request) else not_served(403)


def _most(path: str) -> int:
    if path.startswith("/v1/drafts/") and path.endswith("/files"):
        return MAX_FILE_BYTES + _MULTIPART_BYTES
    return MAX_FORM_BYTES if path.startswith(_LONG) else MAX_BODY_BYTES


async def _swallow(_message: Message) -> None:
    """Takes an answer that nobody will see."""


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def read_body(receive: Receive, most: int = MAX_BODY_BYTES) -> bytes | None:
    """The whole body, or None as soon as it is over ``most``."""
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > most:
            return None
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
