"""Headers that every response has, and one log line per request without anything that a citizen typed."""

import logging
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot import tracing
from bot.metrics.http import count_request

logger = logging.getLogger(__name__)

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=()",
    # A browser asks each time (an unchanged file costs a 304), so that a release shows at once.
    "Cache-Control": "no-cache",
    # Pages bring their own; for all else nothing may be loaded and nothing may be framed.
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    # What other sites may load (the widget's script) says so itself.
    "Cross-Origin-Resource-Policy": "same-origin",
}
_HTTPS_ONLY = "max-age=31536000"


class SafeResponses:
    """ASGI middleware. ``https``: browsers are told that this site is reached by https alone."""

    def __init__(self, app: ASGIApp, *, https: bool = False) -> None:
        self._app = app
        self._always = _ALWAYS | ({"Strict-Transport-Security": _HTTPS_ONLY} if https else {})

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = time.monotonic()
        tracing.note_arrival()

        async def send_safely(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._always.items():
                    headers.setdefault(name, value)
                _log(scope, message["status"], time.monotonic() - began)
            await send(message)

        await self._app(scope, receive, send_safely)


def _log(scope: Scope, status: int, seconds: float) -> None:
    # The route's pattern and not the address: a token stands in the query, and anything may stand in an unknown path.
    route = getattr(scope.get("route"), "path", "unmatched")
    count_request(scope["method"], route, status, seconds)
    extra = {"method": scope["method"], "route": route, "status": status, "ms": round(seconds * 1000)}
    logger.log(logging.WARNING if status >= 500 else logging.INFO, "http.answered", extra=extra)
