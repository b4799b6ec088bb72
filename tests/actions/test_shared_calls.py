"""A process that has other calls in hand ends its connections, so that the next call may go to another process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import httpx
from sanic import Request, Sanic, response

from actions.shared_calls import share_calls
from tests.engine_process import free_port


@asynccontextmanager
async def serving(name: str) -> AsyncIterator[tuple[str, asyncio.Event]]:
    """The address of a server that shares its calls; calls of ``/slow`` are answered when the event is set."""
    app, released, port = Sanic(name, configure_logging=False), asyncio.Event(), free_port()
    app.config.TOUCHUP = False  # Sanic rewrites its own code once a process, for one app
    share_calls(app)

    @app.get("/<what:str>")
    async def answer(_: Request, what: str) -> response.HTTPResponse:
        if what == "slow":
            await released.wait()
        if what == "odd":
            raise ValueError(what)
        return response.text(what)

    server: Any = await app.create_server(host="127.0.0.1", port=port, return_asyncio_server=True, access_log=False)
    await server.startup()
    try:
        yield f"http://127.0.0.1:{port}", released
    finally:
        released.set()
        await server.close()


def kept(answer: httpx.Response) -> bool:
    return answer.headers["connection"] == "keep-alive"


def test_connections_are_kept_by_whoever_is_idle_and_ended_by_whoever_is_busy() -> None:
    async def talk() -> None:
        async with serving("busy") as (address, released), httpx.AsyncClient(base_url=address, trust_env=False) as client:
            assert kept(await client.get("/quick"))
            slow = asyncio.create_task(client.get("/slow"))
            await asyncio.sleep(0.2)
            assert not kept(await client.get("/quick"))
            released.set()
            assert kept(await slow), "it came when nothing else was in hand"
            assert kept(await client.get("/quick"))

    asyncio.run(talk())


def test_a_call_that_fails_or_whose_caller_went_away_is_in_hand_no_more() -> None:
    async def talk() -> None:
        async with serving("gone") as (address, _), httpx.AsyncClient(base_url=address, trust_env=False) as client:
            assert (await client.get("/odd")).status_code == 500
            assert kept(await client.get("/quick"))
            slow = asyncio.create_task(client.get("/slow"))
            await asyncio.sleep(0.2)
            slow.cancel()
            for _ in range(50):
                await asyncio.sleep(0.05)
                if kept(await client.get("/quick")):
                    return
            raise AssertionError("the call that nobody waits for still counts")

    asyncio.run(talk())
