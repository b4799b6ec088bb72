"""Limits of one source over all routes, and who counts as one source."""

import asyncio
from collections.abc import Awaitable, Callable

import httpx
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from uvicorn.middleware.proxy_headers import ProxyHeadersMiddleware

from bot.network_sources import OpenTrustError, refuse_open_trust, source_of
from connectors.gateway.rate_limit import Rate, RateLimiter
from connectors.gateway.sources import LimitedSources


class Still:
    """A clock that stands."""

    def __call__(self) -> float:
        return 0.0


def limiter(burst: int) -> Callable[[], RateLimiter]:
    return lambda: RateLimiter(Rate(burst, 0.5), Still())


def app_with(*, burst: int = 3, refusals: int = 2, most_open: int = 5) -> FastAPI:
    app = FastAPI()
    app.add_middleware(LimitedSources, of_a_source=limiter(burst), refused=limiter(refusals), most_open=most_open)

    @app.get("/page")
    def page() -> Response:
        return PlainTextResponse("ok")

    @app.post("/webhooks/zalo")
    async def webhook(request: Request) -> Response:
        body = await request.body()
        return Response(status_code=200 if body == b"signed" else 401)

    return app


def of(app: FastAPI, address: str) -> TestClient:
    return TestClient(app, client=(address, 1))


def test_a_source_that_asks_too_often_waits_and_others_do_not() -> None:
    app = app_with()
    answers = [of(app, "192.0.2.1").get("/page") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert (answers[3].headers["retry-after"], answers[3].headers["content-type"]) == ("2", "application/problem+json")
    assert of(app, "192.0.2.2").get("/page").status_code == 200


def test_no_route_is_forgotten_not_even_one_that_is_not_there() -> None:
    client = of(app_with(), "192.0.2.1")
    assert [client.get(f"/nowhere/{n}").status_code for n in range(4)] == [404, 404, 404, 429]


def test_all_addresses_of_an_ipv6_subscriber_are_one_source() -> None:
    app = app_with()
    assert [of(app, f"2001:db8:1:2::{n}").get("/page").status_code for n in range(1, 5)] == [200, 200, 200, 429]
    assert of(app, "2001:db8:1:3::1").get("/page").status_code == 200
    assert source_of(("::ffff:192.0.2.1", 1)) == source_of(("192.0.2.1", 1)) == "192.0.2.1"
    assert source_of(None) == "unknown"


def test_a_platform_is_never_held_up_and_guesses_at_signatures_are() -> None:
    app = app_with()
    platform, guesser = of(app, "192.0.2.1"), of(app, "192.0.2.66")
    assert {platform.post("/webhooks/zalo", content=b"signed").status_code for _ in range(20)} == {200}
    assert [guesser.post("/webhooks/zalo", content=b"guess").status_code for _ in range(4)] == [401, 401, 429, 429]
    assert platform.post("/webhooks/zalo", content=b"signed").status_code == 200


def test_so_many_open_requests_and_no_more() -> None:
    async def attempt() -> list[int]:
        going, release = asyncio.Event(), asyncio.Event()
        statuses: list[int] = []

        async def slow(_scope: object, _receive: object, send: Callable[[dict[str, object]], Awaitable[None]]) -> None:
            going.set()
            await release.wait()
            await send({"type": "http.response.start", "status": 200, "headers": []})
            await send({"type": "http.response.body", "body": b""})

        limited = LimitedSources(slow, of_a_source=limiter(99), refused=limiter(9), most_open=2)  # type: ignore[arg-type]
        scope = {"type": "http", "path": "/webchat/events", "client": ("192.0.2.1", 1), "method": "GET", "headers": []}

        async def receive() -> dict[str, object]:
            return {"type": "http.request", "body": b""}

        async def send(message: dict[str, object]) -> None:
            if message["type"] == "http.response.start":
                statuses.append(int(str(message["status"])))

        async def ask() -> None:
            await limited(dict(scope), receive, send)  # type: ignore[arg-type]

        first = [asyncio.create_task(ask()) for _ in range(2)]
        await going.wait()
        await ask()
        release.set()
        await asyncio.gather(*first)
        await ask()
        return statuses

    assert asyncio.run(attempt()) == [429, 200, 200, 200]


@pytest.mark.parametrize(
    ("peer", "forwarded", "counted"),
    [
        ("198.51.100.9", "203.0.113.5", "198.51.100.9"),
        ("10.0.0.1", "203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.5", "203.0.113.5"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.5, 10.0.0.2", "203.0.113.5"),
        ("10.0.0.1", None, "10.0.0.1"),
    ],
)
def test_only_a_trusted_proxy_may_say_where_a_request_comes_from(peer: str, forwarded: str | None, counted: str) -> None:
    app = FastAPI()

    @app.get("/")
    def where(request: Request) -> Response:
        assert request.client is not None
        return PlainTextResponse(request.client.host)

    behind = ProxyHeadersMiddleware(app, trusted_hosts="10.0.0.0/24")  # type: ignore[arg-type]
    transport = httpx.ASGITransport(behind, client=(peer, 1))  # type: ignore[arg-type]

    async def ask() -> str:
        async with httpx.AsyncClient(transport=transport, base_url="http://t") as client:
            return (await client.get("/", headers={"X-Forwarded-For": forwarded} if forwarded else {})).text

    assert asyncio.run(ask()) == counted


@pytest.mark.parametrize("told", ["*", "10.0.0.1,*", "0.0.0.0/0", "::/0", "proxy.local", "10.0.0.0/4"])
def test_trusting_everybody_stops_the_start(told: str) -> None:
    with pytest.raises(OpenTrustError, match="FORWARDED_ALLOW_IPS"):
        refuse_open_trust({"FORWARDED_ALLOW_IPS": told})


@pytest.mark.parametrize("told", ["", "127.0.0.1", "172.30.250.0/24, 10.244.0.0/16", "fd00::/48"])
def test_proxies_of_ours_may_be_named(told: str) -> None:
    refuse_open_trust({"FORWARDED_ALLOW_IPS": told})
