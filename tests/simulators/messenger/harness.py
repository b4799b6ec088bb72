"""The Messenger stand-in on real ports in a thread, and a small real HTTP server as its webhook."""

import asyncio
import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

from simulators.messaging.clock import SimClock
from simulators.messaging.posting import KeptPosts
from simulators.messaging.serving import serving
from simulators.messenger.control_extras import messenger_control_app
from simulators.messenger.credentials import Credentials
from simulators.messenger.graph_app import graph_app
from simulators.messenger.platform import MessengerPlatform
from tests.waiting import SHORT_KEPT, wait_for

PAGE, APP, SECRET, TOKEN, VERIFY = "104857600123", "271828182845", "APP_SECRET_FOR_TESTS", "PAGE_TOKEN", "VERIFY_ME"
OTHER_APP = "314159265358"
LAN = "24681357902468135"
NOON = "2026-11-23T05:00:00+00:00"
MESSAGES = f"/v25.0/{PAGE}/messages"


@dataclass(frozen=True)
class Post:
    """A post to the webhook; header names are lower case."""

    body: bytes
    headers: dict[str, str]

    @property
    def signed(self) -> bool:
        """Whether both signatures fit the raw body; computed here, not by the simulator."""
        new = "sha256=" + hmac.new(SECRET.encode(), self.body, hashlib.sha256).hexdigest()
        old = "sha1=" + hmac.new(SECRET.encode(), self.body, hashlib.sha1).hexdigest()
        return self.headers.get("x-hub-signature-256") == new and self.headers.get("x-hub-signature") == old


@dataclass
class Receiver:
    """The webhook: what it got, and how it answers. Close ``gate`` to let the platform wait."""

    url: str = ""
    status: int = 200
    challenge_back: str | None = None
    posts: list[Post] = field(default_factory=list)
    gate: threading.Event = field(default_factory=threading.Event)

    def entries(self) -> list[dict[str, Any]]:
        return [entry for post in self.posts for entry in json.loads(post.body)["entry"]]

    def events(self, part: str = "", channel: str = "messaging") -> list[dict[str, Any]]:
        """Events that hold ``part``; echoes only where ``part`` is "echo"."""
        found = [event for entry in self.entries() for event in entry.get(channel, [])]
        if part == "echo":
            return [event for event in found if event.get("message", {}).get("is_echo")]
        return [event for event in found if not part or (part in event and not event.get("message", {}).get("is_echo"))]

    def message(self, text: str) -> dict[str, Any]:
        """The message of a citizen with this text, once it has come."""
        return wait_for(
            lambda: next((e["message"] for e in self.events("message") if e["message"].get("text") == text), None), what=text
        )

    def one(self, part: str, channel: str = "messaging") -> dict[str, Any]:
        """The only event with this part, once it has come."""
        wait_for(lambda: self.events(part, channel), what=f"an event with {part}")
        events = self.events(part, channel)
        assert len(events) == 1, events
        return events[0]


@contextmanager
def receiving() -> Iterator[Receiver]:
    receiver = Receiver()
    receiver.gate.set()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            asked = parse_qs(urlsplit(self.path).query)
            fits = asked.get("hub.mode") == ["subscribe"] and asked.get("hub.verify_token") == [VERIFY]
            self._answer(200 if fits else 403, receiver.challenge_back or asked.get("hub.challenge", [""])[0])

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            receiver.posts.append(Post(body, {name.lower(): value for name, value in self.headers.items()}))
            receiver.gate.wait(30)
            self._answer(receiver.status, "")

        def _answer(self, status: int, text: str) -> None:
            try:
                self.send_response(status)
                self.send_header("Content-Length", str(len(text.encode())))
                self.end_headers()
                self.wfile.write(text.encode())
            except OSError:
                return  # the platform no longer waited

        def log_message(self, *_args: Any) -> None:
            return

    with serving_http(Handler) as url:
        receiver.url = f"{url}/hook"
        yield receiver
        receiver.gate.set()


@contextmanager
def serving_http(handler: type[BaseHTTPRequestHandler]) -> Iterator[str]:
    """A real HTTP server on loopback; gives its URL."""

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_args: Any) -> None:
            return

    server = Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Messenger:
    """The running stand-in: its Graph port with the page's token, and its control plane."""

    def __init__(self, sim: MessengerPlatform, api_url: str, control_url: str) -> None:
        self.sim = sim
        self.api = httpx.Client(base_url=api_url, trust_env=False, timeout=30, limits=SHORT_KEPT)
        self.control = httpx.Client(base_url=control_url, trust_env=False, timeout=30, limits=SHORT_KEPT)

    def order(self, path: str, body: Any = None, method: str = "POST") -> dict[str, Any]:
        answer = self.control.request(method, f"/_sim{path}", json=body)
        assert answer.status_code < 300, answer.text
        return answer.json()

    def refused(self, path: str, body: Any = None, method: str = "POST") -> httpx.Response:
        answer = self.control.request(method, f"/_sim{path}", json=body)
        assert answer.status_code >= 400, answer.text
        return answer

    def knobs(self, **changes: Any) -> None:
        self.order("/knobs", changes)

    def advance(self, **by: float) -> None:
        seconds = by.get("seconds", 0) + 60 * by.get("minutes", 0) + 3600 * by.get("hours", 0) + 86400 * by.get("days", 0)
        self.order("/clock", {"advance": seconds})

    def person(self, user: str = LAN, *, wrote: bool = True, **fields: Any) -> str:
        psid = str(self.order("/users", {"id": user, "name": "Nguyễn Thị Lan", **fields})["id"])
        if wrote:
            self.does(psid, "say", text="Chào trung tâm")
        return psid

    def does(self, user: str, act: str, **order: Any) -> dict[str, Any]:
        return self.order(f"/users/{user}/{act}", order)

    def graph(self, path: str, body: Any = None, verb: str = "POST", **query: str) -> httpx.Response:
        return self.api.request(verb, path, json=body, params={"access_token": TOKEN, **query})

    def call(self, user: str, message: Any, **more: Any) -> httpx.Response:
        return self.graph(MESSAGES, {"recipient": {"id": user}, "messaging_type": "RESPONSE", "message": message, **more})

    def send(self, user: str, message: Any, **more: Any) -> str:
        answer = self.call(user, message, **more)
        assert answer.status_code == 200, answer.text
        return str(answer.json()["message_id"])

    def act(self, user: str, action: str, **more: Any) -> httpx.Response:
        return self.graph(MESSAGES, {"recipient": {"id": user}, "sender_action": action, **more})

    def screen(self, user: str = LAN) -> list[dict[str, Any]]:
        messages: list[dict[str, Any]] = self.order(f"/users/{user}/transcript", method="GET")["messages"]
        return messages

    def deliveries(self) -> list[dict[str, Any]]:
        listed: list[dict[str, Any]] = self.order("/deliveries", method="GET")["deliveries"]
        return listed


def error_of(answer: httpx.Response) -> tuple[int, int, int | None]:
    """HTTP status, code and subcode of a refusal."""
    error = answer.json()["error"]
    assert error["fbtrace_id"], error
    assert error["message"], error
    return answer.status_code, error["code"], error.get("error_subcode")


@contextmanager
def running_messenger() -> Iterator[Messenger]:
    started, stopped = threading.Event(), threading.Event()
    found: list[Messenger] = []

    async def serve() -> None:
        client = httpx.AsyncClient(transport=KeptPosts())
        sim = MessengerPlatform(Credentials(PAGE, APP, SECRET, TOKEN, VERIFY), SimClock(), client, "")
        async with client, sim, serving(graph_app(sim), messenger_control_app(sim)) as served:
            sim.page.files.base_url = served.api_url
            found.append(Messenger(sim, served.api_url, served.control_url))
            started.set()
            await asyncio.to_thread(stopped.wait)

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    try:
        assert started.wait(20), "the stand-in did not start"
        yield found[0]
        found[0].api.close()
        found[0].control.close()
    finally:
        stopped.set()
        thread.join(20)
