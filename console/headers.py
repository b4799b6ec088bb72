"""Headers that every answer of the console has, a limit on what may be sent, and one log line per request."""

import logging
import re
import time
from collections.abc import Mapping

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.metrics.http import count_request

logger = logging.getLogger(__name__)

CONTENT_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    # Pages hold personal data: no cache keeps them. Files bring their own.
    "Cache-Control": "no-store",
    "Content-Security-Policy": CONTENT_POLICY,
}
_HTTPS_ONLY = "max-age=31536000"


class SafeResponses:
    """ASGI middleware."""

    def __init__(self, app: ASGIApp, *, https: bool) -> None:
        self._app = app
        self._always = ALWAYS | ({"Strict-Transport-Security": _HTTPS_ONLY} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._always.items():
                    headers.setdefault(name, value)
                _log(scope, message["status"], time.monotonic() - began)
            await send(message)

        await self._app(scope, receive, send_safely)


class LimitedBodies:
    """ASGI middleware: a body over ``max_bytes`` ends the request with ``BodyTooLargeError``, which is answered with 413.
    ``larger``: limits of their own, by a pattern of the whole path."""

    def __init__(self, app: ASGIApp, *, max_bytes: int, larger: Mapping[re.Pattern[str], int] | None = None) -> None:
        self._app = app
        self._max_bytes = max_bytes
        self._larger = larger or {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, counting what comes in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        declared = Headers(scope=scope).get("content-length", "0")
        limit = next((most for path, most in self._larger.items() if path.fullmatch(scope["path"])), self._max_bytes)
        too_large = declared.isdigit() and int(declared[:18]) > limit
        taken = 0

        async def receive_counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if too_large or taken > limit:
                raise BodyTooLargeError
            return message

        await self._app(scope, receive_counted, send)


class BodyTooLargeError(Exception):
    """More was sent than a form of ours holds."""


def _log(scope: Scope, status: int, seconds: float) -> None:
    # The route's pattern and not the address: set-up links and search words stand in addresses.
    route = getattr(scope.get("route"), "path", "unmatched")
    count_request(scope["method"], route, status, seconds)
    extra = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000)}
    logger.log(logging.WARNING if status >= 500 else logging.INFO, "http.answered", extra=extra)
