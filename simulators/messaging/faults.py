"""Misbehaviour of the simulated API on command, per method and user, for a number of calls."""

import asyncio
import json
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from simulators.messaging.connections import cut_connection

FaultMode = Literal["reply", "timeout", "reset", "slow", "accept_then_timeout", "accept_then_reset"]


class FaultOrder(BaseModel):
    """How to misbehave in the next ``times`` calls of ``method`` about ``user`` (None = any).

    ``reply`` answers ``status``, ``body`` (text as it is, anything else as JSON) and ``headers``; ``timeout`` holds the
    connection for ``seconds`` and then cuts it; ``reset`` cuts it at once; ``slow`` waits ``seconds`` and answers properly;
    ``accept_then_…`` does what was asked, then times out or cuts, so that the caller cannot know. Seconds are real seconds.
    """

    model_config = ConfigDict(extra="forbid")

    method: str | None = None
    user: str | None = None
    times: int = Field(1, ge=1)
    mode: FaultMode
    status: int = Field(500, ge=200, le=599)
    body: Any = None
    headers: dict[str, str] = Field(default_factory=dict)
    seconds: float = Field(30, ge=0, le=600)


class FaultBoard:
    """The armed orders, oldest first."""

    def __init__(self) -> None:
        self._orders: list[FaultOrder] = []

    def arm(self, order: FaultOrder) -> None:
        """Adds an order behind those that are armed."""
        self._orders.append(order.model_copy())

    def clear(self) -> None:
        """Disarms all."""
        self._orders.clear()

    def take(self, method: str, user: str | None) -> FaultOrder | None:
        """The oldest order that fits this call, counted down; methods compare without regard to case."""
        for order in self._orders:
            if (order.method is None or order.method.lower() == method.lower()) and order.user in (None, user):
                taken = order.model_copy()
                order.times -= 1
                if order.times == 0:
                    self._orders.remove(order)
                return taken
        return None

    def listing(self) -> list[dict[str, Any]]:
        """The armed orders with the times that are left."""
        return [order.model_dump() for order in self._orders]


class ConnectionCut(Response):
    """No answer: the TCP connection is reset."""

    async def __call__(self, scope: Scope, _receive: Receive, _send: Send) -> None:
        """Cuts the connection of this request."""
        await cut_connection(scope)


class ConnectionHeld(Response):
    """No answer: the connection stays open for some seconds, or until the client leaves, and is then reset."""

    def __init__(self, seconds: float) -> None:
        super().__init__()
        self._seconds = seconds

    async def __call__(self, scope: Scope, receive: Receive, _send: Send) -> None:
        """Holds, then cuts."""
        try:
            async with asyncio.timeout(self._seconds):
                while (await receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            await cut_connection(scope)


async def answer_with_faults(board: FaultBoard, method: str, user: str | None, do: Callable[[], Awaitable[Response]]) -> Response:
    """The answer of ``do``, unless an order is armed for this call. The result must be returned from the route as it is."""
    order = board.take(method, user)
    if order is None:
        return await do()
    match order.mode:
        case "reply":
            return _ordered_reply(order.status, order.body, order.headers)
        case "timeout":
            return ConnectionHeld(order.seconds)
        case "reset":
            return ConnectionCut()
        case "slow":
            await asyncio.sleep(order.seconds)
            return await do()
        case "accept_then_timeout":
            await do()
            return ConnectionHeld(order.seconds)
        case "accept_then_reset":
            await do()
            return ConnectionCut()


def _ordered_reply(status: int, body: Any, headers: Mapping[str, str]) -> Response:
    if isinstance(body, str):
        return Response(body, status, headers=dict(headers), media_type="text/plain")
    content = b"" if body is None else json.dumps(body, ensure_ascii=False).encode()
    return Response(content, status, headers=dict(headers), media_type="application/json")
