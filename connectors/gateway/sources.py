"""How much one source may ask of the gateway, whatever it asks for: before any route, any body, any query.

Routes have narrower limits of their own beside this. Webhooks are not counted: a platform sends from few addresses. What is
counted there are requests that were turned away, so that nobody tries signatures without end.
"""

from collections import Counter
from collections.abc import Callable

from fastapi import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from bot.network_sources import source_of
from connectors.gateway.problems import Problem, problem_response
from connectors.gateway.rate_limit import Rate, RateLimiter

OF_A_SOURCE = Rate(burst=1_200, per_second=100)
"""A whole centre may sit behind one address."""
REFUSED_WEBHOOKS = Rate(burst=120, per_second=1)
MOST_OPEN = 512
"""Requests and event streams of one source that are open at the same moment."""
_WEBHOOKS = "/webhooks/"
_TURNED_AWAY = frozenset({400, 401, 403, 408, 413})


def request_source(request: Request) -> str:
    """Where the request comes from, as limits count it."""
    return source_of((request.client.host, request.client.port) if request.client else None)


def slow_down(limiter: RateLimiter, request: Request, code: str = "too_many") -> None:
    """Raises the problem 429 where the request's source asks too often."""
    seconds = limiter.seconds_to_wait(request_source(request))
    if seconds:
        raise _too_many(seconds, code)


class LimitedSources:
    """ASGI middleware."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        of_a_source: Callable[[], RateLimiter] = lambda: RateLimiter(OF_A_SOURCE),
        refused: Callable[[], RateLimiter] = lambda: RateLimiter(REFUSED_WEBHOOKS),
        most_open: int = MOST_OPEN,
    ) -> None:
        self._app, self._most_open = app, most_open
        self._of_a_source, self._refused = of_a_source(), refused()
        self._open: Counter[str] = Counter()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers 429."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        source, is_webhook = source_of(scope.get("client")), scope["path"].startswith(_WEBHOOKS)
        seconds = self._refused.seconds_left(source) if is_webhook else self._of_a_source.seconds_to_wait(source)
        if seconds or self._open[source] >= self._most_open:
            await problem_response(_too_many(seconds or 30))(scope, receive, send)
            return

        async def counted(message: Message) -> None:
            if is_webhook and message["type"] == "http.response.start" and message["status"] in _TURNED_AWAY:
                self._refused.seconds_to_wait(source)
            await send(message)

        self._open[source] += 1
        try:
            await self._app(scope, receive, counted)
        finally:
            self._open[source] -= 1
            if not self._open[source]:
                del self._open[source]


def _too_many(seconds: int, code: str = "too_many") -> Problem:
    return Problem(429, code, headers={"Retry-After": str(seconds)}, seconds=seconds)
