"""Stands before the routes: bearer token, size of the body, loopback-only pages, faults on command."""

import secrets
from ipaddress import ip_address

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from simulators.portal.faults import Faults, misbehave
from simulators.portal.problems import problem

MAX_BODY_BYTES = 16 * 1024


class Guard:
    """ASGI middleware. ``/v1/`` needs the token and obeys the faults; all else but ``/health`` answers loopback only."""

    def __init__(self, app: ASGIApp, token: str, faults: Faults) -> None:
        self._app = app
        self._token = token.encode()
        self._faults = faults

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(Request(scope))
        if refusal is not None:
            await refusal(scope, receive, send)
            return
        if scope["path"].startswith("/v1/"):
            fault = await misbehave(self._faults.take(), receive)
            if fault is not None:
                await fault(scope, receive, send)
                return
        body = await read_body(receive)
        if body is None:
            await problem(413)(scope, receive, send)
            return
        await self._app(scope, _replay(body, receive), send)

    def _refusal(self, request: Request) -> Response | None:
        path = request.url.path
        if path.startswith("/v1/"):
            sent = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
            fits = secrets.compare_digest(sent, b"Bearer " + self._token)
            return None if fits else problem(401, {"WWW-Authenticate": "Bearer"})
        if path != "/health" and not _is_loopback(request):
            return problem(403)
        return None


def _is_loopback(request: Request) -> bool:
    try:
        return request.client is not None and ip_address(request.client.host).is_loopback
    except ValueError:
        return False


async def read_body(receive: Receive) -> bytes | None:
    """The whole body, or None as soon as it is over ``MAX_BODY_BYTES``."""
    chunks, size, more = [], 0, True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            break
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            return None
        chunks.append(chunk)
        more = message.get("more_body", False)
    return b"".join(chunks)


def _replay(body: bytes, receive: Receive) -> Receive:
    waiting: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return waiting.pop() if waiting else await receive()

    return replay
