"""Calls spread over several action servers that accept from one socket (docs/decisions/0048-several-action-servers.md)."""

from typing import Any
from weakref import WeakSet

from sanic import Sanic
from sanic.request import Request
from sanic.response import BaseHTTPResponse


def share_calls(app: Sanic) -> None:  # type: ignore[type-arg] # the app of rasa-sdk
    """Ends a connection with its answer where its call came while another was in hand. A kept connection stays with the process
    that once accepted it, however busy that is; a new one goes to whoever comes first to take it. Who has nothing else to do
    keeps its connections."""
    in_hand: WeakSet[Request] = WeakSet()  # a call whose caller went away has no answer, and drops out by itself

    async def begin(request: Request) -> None:
        in_hand.add(request)
        stream: Any = request.stream
        if len(in_hand) > 1 and stream is not None:
            stream.keep_alive = False

    async def end(request: Request, _: BaseHTTPResponse) -> None:
        in_hand.discard(request)

    app.register_middleware(begin, "request")
    app.register_middleware(end, "response")
