"""Misbehaviour on command, for the API's addresses only."""

import asyncio
from dataclasses import dataclass
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.types import Receive

FaultMode = Literal[
    "ok",
    "slow",
    "html_503",
    "wrong_json",
    "timeout",
    "http_500",
    "accept_then_timeout",
    "expired_token",
    "duplicate_codes",
    "flattened_9",
    "missing_dates",
    "date_only",
    "two_supplements",
    "nfd",
    "refuse_values",
]

_MAINTENANCE_PAGE = "<!doctype html><html lang=vi><title>Bảo trì</title><h1>Hệ thống đang bảo trì</h1></html>"


class FaultOrder(BaseModel):
    """How to misbehave: for the next ``count`` calls (until reset where absent). ``seconds`` is the delay of slow, timeout and
    accept_then_timeout."""

    model_config = ConfigDict(extra="forbid")

    mode: FaultMode
    seconds: float = Field(5, ge=0, le=120)
    count: int | None = Field(None, ge=1)


@dataclass
class Faults:
    """The order in force."""

    order: FaultOrder

    def take(self) -> FaultOrder:
        """The order for this call; counts it down."""
        order = self.order
        if order.count is not None:
            left = order.count - 1
            self.order = order.model_copy(update={"count": left}) if left else FaultOrder(mode="ok")
        return order


async def misbehave(order: FaultOrder, receive: Receive) -> Response | None:
    """Waits or answers as ordered; None = go on and answer properly (or with a distorted record)."""
    match order.mode:
        case "slow":
            await _wait(order.seconds, receive, leave_body=True)
            return None
        case "timeout":
            return await silence(order.seconds, receive)
        case "html_503":
            return HTMLResponse(_MAINTENANCE_PAGE, 503)
        case "wrong_json":
            return JSONResponse({"error_code": "0", "data": [{"MaHoSo": None}]})
        case "http_500":
            return PlainTextResponse("Internal Server Error", 500)
        case _:
            return None


async def silence(seconds: float, receive: Receive) -> Response:
    """Says nothing for so long, or until the caller has gone; then a 504."""
    await _wait(seconds, receive, leave_body=False)
    return PlainTextResponse("", 504)


async def _wait(seconds: float, receive: Receive, *, leave_body: bool) -> None:
    """Waits; a caller that gave up ends the wait early, unless its body is still wanted."""
    if leave_body:
        await asyncio.sleep(seconds)
        return

    async def gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    try:
        await asyncio.wait_for(gone(), seconds)
    except TimeoutError:
        return
