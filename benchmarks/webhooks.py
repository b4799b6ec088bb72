"""How soon a webhook is acknowledged: ``python -m benchmarks.webhooks`` (``make bench-webhooks``).

Sends signed Messenger events of many citizens at a fixed rate to the gateway on SQLite and, where one answers, on PostgreSQL,
each event committed before its 200, and to an echo of the same stack (FastAPI on uvicorn, the body read, nothing stored) as the
limit. Every number stands beside the echo's in the same run. Nothing is answered: no worker runs.
"""

import argparse
import asyncio
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from cryptography.fernet import Fernet

from bot.settings import PROJECT_ROOT
from bot.storage.migrate import upgrade
from connectors.facebook.signature import webhook_signature
from tests.connectors.platform_accounts import PLATFORM_ACCOUNTS
from tests.databases import fresh_postgres, postgres_server

ECHO = """
import sys, uvicorn
from fastapi import FastAPI, Request
from fastapi.responses import PlainTextResponse
app = FastAPI(openapi_url=None)
@app.get("/health")
def health(): return {}
@app.post("/webhooks/facebook")
async def take(request: Request):
    await request.body()
    return PlainTextResponse("EVENT_RECEIVED")
uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[1]), log_level="warning", access_log=False)
"""


@dataclass(frozen=True)
class Acknowledged:
    """Milliseconds from the request to the 200, and what was not acknowledged."""

    name: str
    milliseconds: list[float]
    failed: int

    def percentile(self, share: float) -> float:
        """The time within which this share was acknowledged."""
        return sorted(self.milliseconds)[min(len(self.milliseconds) - 1, int(len(self.milliseconds) * share))]


def event(number: int, citizens: int) -> tuple[bytes, dict[str, str]]:
    """A signed event of one of many citizens."""
    now = int(time.time() * 1000)
    page = PLATFORM_ACCOUNTS["facebook_page_id"]
    message = {"mid": f"m_{now}_{number}", "text": "cho hỏi lệ phí đăng ký khai sinh"}
    item = {"sender": {"id": f"psid-{number % citizens}"}, "recipient": {"id": page}, "timestamp": now, "message": message}
    body = json.dumps({"object": "page", "entry": [{"id": page, "time": now, "messaging": [item]}]}).encode()
    signature = webhook_signature(body, PLATFORM_ACCOUNTS["facebook_app_secret"])
    return body, {"X-Hub-Signature-256": signature, "Content-Type": "application/json"}


async def offer(name: str, port: int, rate: int, seconds: int, citizens: int) -> Acknowledged:
    """Offers events at a fixed rate, each at its time whether or not the earlier ones were acknowledged."""
    taken: list[float] = []
    failed = 0

    async def send(client: httpx.AsyncClient, number: int) -> None:
        nonlocal failed
        body, headers = event(number, citizens)
        began = time.perf_counter()
        try:
            answer = await client.post("/webhooks/facebook", content=body, headers=headers)
            failed += answer.status_code != 200
        except httpx.TransportError:
            failed += 1
        taken.append((time.perf_counter() - began) * 1000)

    limits = httpx.Limits(max_connections=64, max_keepalive_connections=64)
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", limits=limits, timeout=30, trust_env=False) as client:
        started, sending = time.perf_counter(), set()
        for number in range(rate * seconds):
            wait = started + number / rate - time.perf_counter()
            if wait > 0:
                await asyncio.sleep(wait)
            task = asyncio.create_task(send(client, number))
            sending.add(task)
            task.add_done_callback(sending.discard)
        while sending:
            await asyncio.sleep(0.01)
    return Acknowledged(name, taken, failed)


@contextmanager
def process(arguments: list[str], port: int, environment: dict[str, str]) -> Iterator[None]:
    """The server, once its port answers."""
    with subprocess.Popen([sys.executable, *arguments], cwd=PROJECT_ROOT, env=os.environ | environment) as started:
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                if started.poll() is not None:
                    raise SystemExit("the server did not start")
                time.sleep(0.1)
            yield
        finally:
            started.terminate()


def free_port() -> int:
    """A port that is free now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def gateway_environment(url: str, port: int) -> dict[str, str]:
    """The gateway's settings."""
    secrets = {
        "PORTAL_TOKEN": "x",
        "ENGINE_SECRET": "x",
        "WEB_SESSION_SECRET": "x" * 40,
        "LEDGER_KEY": Fernet.generate_key().decode(),
    }
    own = {"DATABASE_URL": url, "GATEWAY_PORT": str(port), "LOG_LEVEL": "WARNING"}
    return {name.upper(): value for name, value in PLATFORM_ACCOUNTS.items()} | secrets | own | {"CHANNELS": "facebook"}


def measure_gateway(name: str, url: str, options: argparse.Namespace) -> Acknowledged:
    """The gateway on this database."""
    upgrade(url)
    port = free_port()
    with process(["-m", "connectors.gateway"], port, gateway_environment(url, port)):
        asyncio.run(offer("warm-up", port, 20, 2, options.citizens))
        return asyncio.run(offer(name, port, options.rate, options.seconds, options.citizens))


def measure_echo(options: argparse.Namespace) -> Acknowledged:
    """The same stack without a ledger."""
    port = free_port()
    with process(["-c", ECHO, str(port)], port, {}):
        asyncio.run(offer("warm-up", port, 20, 2, options.citizens))
        return asyncio.run(offer("echo", port, options.rate, options.seconds, options.citizens))


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=int, default=200, help="webhooks a second")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--citizens", type=int, default=500)
    options = parser.parse_args()
    found = [measure_echo(options)]
    with tempfile.TemporaryDirectory() as folder:
        found.append(measure_gateway("sqlite", f"sqlite:///{Path(folder) / 'ledger.sqlite3'}", options))
    if postgres_server() is not None:
        with fresh_postgres() as url:
            found.append(measure_gateway("postgresql", url, options))
    echo = found[0]
    print(f"{options.rate} webhooks/s for {options.seconds} s, {options.citizens} citizens")
    print(f"{'':12} {'p50 ms':>8} {'p95 ms':>8} {'p99 ms':>8} {'failed':>7} {'p99 × echo':>11}")
    for one in found:
        ratio = one.percentile(0.99) / echo.percentile(0.99)
        p50, p95, p99 = statistics.median(one.milliseconds), one.percentile(0.95), one.percentile(0.99)
        print(f"{one.name:12} {p50:8.1f} {p95:8.1f} {p99:8.1f} {one.failed:7d} {ratio:11.1f}")
    last = {one.name: {"p99_ms": round(one.percentile(0.99), 1), "failed": one.failed} for one in found}
    print(json.dumps({"rate": options.rate, "seconds": options.seconds} | last))


if __name__ == "__main__":
    main()
