"""Faults on command, over real connections."""

from collections.abc import AsyncIterator

import httpx
import pytest
from pydantic import ValidationError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from simulators.messaging.faults import FaultBoard, FaultOrder, answer_with_faults
from simulators.messaging.serving import serving

pytestmark = pytest.mark.anyio


class Api:
    """An API with one method, which counts what it did."""

    def __init__(self) -> None:
        self.board, self.done, self.url = FaultBoard(), 0, ""

    async def send(self, request: Request) -> Response:
        async def do() -> Response:
            self.done += 1
            return JSONResponse({"ok": True})

        return await answer_with_faults(self.board, "send", request.headers.get("user"), do)


@pytest.fixture
async def api() -> AsyncIterator[Api]:
    api = Api()
    app = Starlette(routes=[Route("/send", api.send, methods=["POST"])])
    async with serving(app, app) as served:
        api.url = f"{served.api_url}/send"
        yield api


async def test_replies_as_ordered_and_then_properly(api: Api, client: httpx.AsyncClient) -> None:
    api.board.arm(FaultOrder(mode="reply", status=429, body={"error": "chậm lại"}, headers={"Retry-After": "7"}, times=2))
    for _ in range(2):
        answer = await client.post(api.url)
        assert (answer.status_code, answer.json(), answer.headers["retry-after"]) == (429, {"error": "chậm lại"}, "7")
    assert (await client.post(api.url)).json() == {"ok": True}
    assert api.done == 1


async def test_replies_text_as_it_is_and_nothing_as_empty(api: Api, client: httpx.AsyncClient) -> None:
    api.board.arm(FaultOrder(mode="reply", status=502, body="<html>Bad gateway</html>"))
    api.board.arm(FaultOrder(mode="reply", status=503))
    assert (await client.post(api.url)).text == "<html>Bad gateway</html>"
    assert (await client.post(api.url)).content == b""


@pytest.mark.parametrize(("mode", "done"), [("reset", 0), ("accept_then_reset", 1)])
async def test_cuts_the_connection(api: Api, client: httpx.AsyncClient, mode: str, done: int) -> None:
    api.board.arm(FaultOrder.model_validate({"mode": mode}))
    with pytest.raises(httpx.ReadError):
        await client.post(api.url)
    assert api.done == done
    assert (await client.post(api.url)).status_code == 200


@pytest.mark.parametrize(("mode", "done"), [("timeout", 0), ("accept_then_timeout", 1)])
async def test_holds_until_the_client_gives_up(api: Api, client: httpx.AsyncClient, mode: str, done: int) -> None:
    api.board.arm(FaultOrder.model_validate({"mode": mode, "seconds": 600}))
    with pytest.raises(httpx.ReadTimeout):
        await client.post(api.url, timeout=0.1)
    assert api.done == done
    assert (await client.post(api.url)).status_code == 200


async def test_held_connection_is_cut_in_the_end(api: Api, client: httpx.AsyncClient) -> None:
    api.board.arm(FaultOrder(mode="timeout", seconds=0.05))
    with pytest.raises(httpx.ReadError):
        await client.post(api.url, timeout=30)


async def test_slow_answers_properly(api: Api, client: httpx.AsyncClient) -> None:
    api.board.arm(FaultOrder(mode="slow", seconds=0.05))
    assert (await client.post(api.url)).json() == {"ok": True}


def test_order_is_for_its_method_and_user() -> None:
    board = FaultBoard()
    board.arm(FaultOrder(mode="reset", method="sendMessage", user="7"))
    assert board.take("sendPhoto", "7") is None
    assert board.take("sendMessage", "8") is None
    assert board.take("sendMessage", None) is None
    assert board.take("SENDMESSAGE", "7") is not None
    assert board.take("sendMessage", "7") is None


def test_orders_go_in_turn_and_are_listed_with_what_is_left() -> None:
    board = FaultBoard()
    board.arm(FaultOrder(mode="reset", times=2))
    board.arm(FaultOrder(mode="slow"))
    first = board.take("a", None)
    assert first is not None
    assert [(order["mode"], order["times"]) for order in board.listing()] == [("reset", 1), ("slow", 1)]
    assert [order.mode for order in (board.take("a", None), board.take("a", None)) if order] == ["reset", "slow"]
    board.arm(FaultOrder(mode="reset"))
    board.clear()
    assert board.take("a", None) is None


@pytest.mark.parametrize(
    "order", [{}, {"mode": "boil"}, {"mode": "reset", "times": 0}, {"mode": "slow", "seconds": -1}, {"mode": "reset", "usr": "7"}]
)
def test_malformed_orders_are_refused(order: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        FaultOrder.model_validate(order)
