"""How soon a webhook is acknowledged: ``python -m benchmarks.webhooks`` (``make bench-webhooks``).

Sends signed Messenger events of many citizens at a fixed rate to the gateway on SQLite and, where one answers, on PostgreSQL,
each event committed before its 200 (PostgreSQL waits for its disk as in production), and to an echo of the same stack (FastAPI on
uvicorn, the body read, nothing stored) as the limit. Every number stands beside the echo's in the same run, the processor time of
the server beside the clock's. The gateway logs as it does by default. Nothing is answered: no worker runs. The figures are kept
for the page of capacity (``python -m benchmarks.load capacity``).
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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from cryptography.fernet import Fernet

from benchmarks.load.kept import keep
from benchmarks.load.product import ledger
from benchmarks.load.watch import taken
from bot.settings import PROJECT_ROOT
from bot.storage.migrate import upgrade
from connectors.facebook.signature import webhook_signature
from tests.connectors.platform_accounts import PLATFORM_ACCOUNTS
from tests.databases import postgres_server

_CONNECTIONS = 64

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
    """Milliseconds from the request to the 200, and what was not acknowledged. ``cpu_ms``: the server's per webhook."""

    name: str
    milliseconds: list[float]
    failed: int
    cpu_ms: float = 0.0

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


def prepared(rate: int, seconds: int, citizens: int, port: int) -> list[bytes]:
    """The requests as they go over the wire, made before the clock runs: the sender must cost next to nothing."""
    requests = []
    for number in range(rate * seconds):
        body, headers = event(number, citizens)
        lines = [f"{name}: {value}" for name, value in headers.items()]
        head = ["POST /webhooks/facebook HTTP/1.1", f"Host: 127.0.0.1:{port}", f"Content-Length: {len(body)}", *lines]
        requests.append("\r\n".join(head).encode() + b"\r\n\r\n" + body)
    return requests


async def offer(name: str, port: int, rate: int, seconds: int, citizens: int) -> Acknowledged:
    """Offers events at a fixed rate over kept connections, each at its time whether or not earlier ones were acknowledged. The
    time counts from the moment at which the event was due."""
    requests = prepared(rate, seconds, citizens, port)
    taken: list[float] = []
    failed = 0
    queue: asyncio.Queue[tuple[float, bytes] | None] = asyncio.Queue()

    async def connection() -> None:
        nonlocal failed
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        while (due := await queue.get()) is not None:
            writer.write(due[1])
            failed += not await _answered_200(reader)
            taken.append((time.perf_counter() - due[0]) * 1000)
        writer.close()

    # At a low rate fewer: one that rests for seconds is closed by the server.
    count = min(_CONNECTIONS, max(2, 2 * rate))
    connections = [asyncio.create_task(connection()) for _ in range(count)]
    started = time.perf_counter()
    for number, request in enumerate(requests):
        wait = started + number / rate - time.perf_counter()
        if wait > 0:
            await asyncio.sleep(wait)
        queue.put_nowait((started + number / rate, request))
    for _ in connections:
        queue.put_nowait(None)
    await asyncio.gather(*connections)
    return Acknowledged(name, taken, failed)


async def _answered_200(reader: asyncio.StreamReader) -> bool:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    return head.split(b" ", 2)[1] == b"200"


@contextmanager
def process(arguments: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """The server's process id, once its port answers. It logs to a file that nobody keeps."""
    command = [sys.executable, *arguments]
    with (
        tempfile.TemporaryFile() as log,
        subprocess.Popen(command, cwd=PROJECT_ROOT, env=os.environ | environment, stderr=log) as started,
    ):
        try:
            while socket.socket().connect_ex(("127.0.0.1", port)):
                if started.poll() is not None:
                    raise SystemExit("the server did not start")
                time.sleep(0.1)
            yield started.pid
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
    own = {"DATABASE_URL": url, "GATEWAY_PORT": str(port), "LOG_LEVEL": "INFO"}
    return {name.upper(): value for name, value in PLATFORM_ACCOUNTS.items()} | secrets | own | {"CHANNELS": "facebook"}


def measure_gateway(name: str, url: str, options: argparse.Namespace) -> Acknowledged:
    """The gateway on this database."""
    upgrade(url)
    port = free_port()
    with process(["-m", "connectors.gateway"], port, gateway_environment(url, port)) as pid:
        return measure(name, pid, port, options)


def measure_echo(options: argparse.Namespace) -> Acknowledged:
    """The same stack without a ledger."""
    port = free_port()
    with process(["-c", ECHO, str(port)], port, {}) as pid:
        return measure("echo", pid, port, options)


def measure(name: str, pid: int, port: int, options: argparse.Namespace) -> Acknowledged:
    """Warms the server up, offers the events, and counts what the server spent on them."""
    asyncio.run(offer("warm-up", port, 20, 2, options.citizens))
    before = taken(pid)
    found = asyncio.run(offer(name, port, options.rate, options.seconds, options.citizens))
    after = taken(pid)
    spent = after.cpu_seconds - before.cpu_seconds if before is not None and after is not None else 0.0
    return replace(found, cpu_ms=1000 * spent / max(1, len(found.milliseconds)))


def told(found: Sequence[Acknowledged]) -> dict[str, dict[str, float]]:
    """The figures of each by its name. ``…_times_echo``: as a multiple of the first, which is the echo."""
    echo = found[0]
    return {
        one.name: {
            "p50_ms": round(statistics.median(one.milliseconds), 1),
            "p95_ms": round(one.percentile(0.95), 1),
            "p99_ms": round(one.percentile(0.99), 1),
            "failed": one.failed,
            "p99_times_echo": round(one.percentile(0.99) / echo.percentile(0.99), 1),
            "cpu_ms": round(one.cpu_ms, 2),
            "cpu_times_echo": round(one.cpu_ms / max(echo.cpu_ms, 1e-9), 1),
        }
        for one in found
    }


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
        with tempfile.TemporaryDirectory() as folder, ledger("postgresql", Path(folder)) as url:
            found.append(measure_gateway("postgresql", url, options))
    figures = told(found)
    print(f"{options.rate} webhooks/s for {options.seconds} s, {options.citizens} citizens")
    print(" " * 12 + "".join(f"{name:>15}" for name in figures["echo"]))
    for name, one in figures.items():
        print(f"{name:12}" + "".join(f"{value:15}" for value in one.values()))
    keep("webhooks", {"rate": options.rate, "seconds": options.seconds, "cores": os.cpu_count(), "servers": figures})


if __name__ == "__main__":
    main()
