"""Requests as metrics: by the pattern of the route, never by an address."""

from bot.metrics.declared import HTTP_REQUESTS, HTTP_SECONDS
from bot.metrics.known_words import OTHER

_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"})


def count_request(method: str, route: str, status: int, seconds: float) -> None:
    """Counts one answered request."""
    kind = f"{status // 100}xx"
    HTTP_REQUESTS.labels(method if method in _METHODS else OTHER, route, kind).inc()
    HTTP_SECONDS.labels(kind).observe(seconds)
