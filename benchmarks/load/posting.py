"""The platforms' side of the webhooks: signed requests, made before the clock runs, and a client that costs next to nothing."""

import asyncio
import hashlib
import hmac
import json
import time
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.load.traffic import Said
from bot.settings import Settings

_CONNECTIONS = 64
_ATTEMPTS = 2
_WHY = "the benchmark signs webhooks"


@dataclass(frozen=True)
class Posted:
    """How one webhook fared. ``due``: the moment (``time.time``) at which it was to be posted; ``seconds`` until the
    answer, counted from then; ``status`` 0 where no answer came."""

    said: Said
    due: float
    seconds: float
    status: int


@dataclass(frozen=True)
class Platforms:
    """Our accounts, and the citizens' ids there by citizen."""

    settings: Settings
    users: Sequence[str]

    def request(self, said: Said, run: str, at_ms: int) -> bytes:
        """The whole HTTP request as the platform posts it."""
        body, headers = (self._zalo if said.channel == "zalo" else self._facebook)(said, f"{run}{said.number}", at_ms)
        head = [
            f"POST /webhooks/{said.channel} HTTP/1.1",
            f"Host: 127.0.0.1:{self.settings.gateway_port}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
            *(f"{name}: {value}" for name, value in headers.items()),
        ]
        return "\r\n".join(head).encode() + b"\r\n\r\n" + body

    def _zalo(self, said: Said, message_id: str, at_ms: int) -> tuple[bytes, dict[str, str]]:
        app = self.settings.required("zalo_app_id", _WHY)
        event = {
            "app_id": app,
            "user_id_by_app": f"1{self.users[said.citizen]}",
            "event_name": "user_send_text",
            "timestamp": str(at_ms),
            "sender": {"id": self.users[said.citizen]},
            "recipient": {"id": self.settings.required("zalo_oa_id", _WHY)},
            "message": {"msg_id": message_id, "text": said.text},
        }
        body = json.dumps(event, ensure_ascii=False).encode()
        signed = app.encode() + body + str(at_ms).encode() + self.settings.required("zalo_oa_secret_key", _WHY).encode()
        return body, {"X-ZEvent-Signature": "mac=" + hashlib.sha256(signed).hexdigest()}

    def _facebook(self, said: Said, message_id: str, at_ms: int) -> tuple[bytes, dict[str, str]]:
        page = self.settings.required("facebook_page_id", _WHY)
        item = {
            "sender": {"id": self.users[said.citizen]},
            "recipient": {"id": page},
            "timestamp": at_ms,
            "message": {"mid": message_id, "text": said.text},
        }
        body = json.dumps({"object": "page", "entry": [{"id": page, "time": at_ms, "messaging": [item]}]}).encode()
        secret = self.settings.required("facebook_app_secret", _WHY)
        return body, {"X-Hub-Signature-256": "sha256=" + hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()}


async def post_all(platforms: Platforms, talk: Sequence[Said], run: str) -> list[Posted]:
    """Posts every message at its time, whether or not earlier ones were answered."""
    start = time.time() + 0.5
    requests = [(platforms.request(said, run, int((start + said.at) * 1000)), said) for said in talk]
    start = max(start, time.time())
    queue: asyncio.Queue[tuple[bytes, Said] | None] = asyncio.Queue()
    posted: list[Posted] = []
    hands = [asyncio.create_task(_post(platforms.settings.gateway_port, queue, posted, start)) for _ in range(_CONNECTIONS)]
    for request in requests:
        wait = start + request[1].at - time.time()
        if wait > 0:
            await asyncio.sleep(wait)
        queue.put_nowait(request)
    for _ in hands:
        queue.put_nowait(None)
    await asyncio.gather(*hands)
    return posted


async def _post(port: int, queue: "asyncio.Queue[tuple[bytes, Said] | None]", posted: list[Posted], start: float) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while (one := await queue.get()) is not None:
        request, said = one
        due = start + said.at
        status = 0
        for _ in range(_ATTEMPTS):
            try:
                writer.write(request)
                status = await _status(reader)
                break
            except (OSError, asyncio.IncompleteReadError):
                # The gateway closes a connection that rested for seconds; a platform opens another one then, too.
                writer.close()
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
        posted.append(Posted(said, due, time.time() - due, status))
    writer.close()


async def _status(reader: asyncio.StreamReader) -> int:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next((int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0)
    await reader.readexactly(length)
    return int(head.split(b" ", 2)[1])
