"""A small Bot API on loopback for the client's tests: records calls, answers what it is told. Real HTTP, no Telegram."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

TOKEN = "7700001:AAtest-token_that_must_not_be_seen"
BOT = {"id": 7700001, "is_bot": True, "first_name": "Một Cửa", "username": "motcua_test_bot"}

Answer = tuple[int, bytes] | Callable[[socket.socket], None]


@dataclass
class BotApi:
    """``answers`` are used up one per call; after that every call succeeds."""

    url: str = ""
    calls: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)
    results: dict[str, Any] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)

    def refuse(self, status: int, description: str, **parameters: Any) -> None:
        """The next call is answered so."""
        body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
        self.answers.append((status, json.dumps(body | ({"parameters": parameters} if parameters else {})).encode()))

    def succeed(self) -> None:
        """The next call succeeds."""
        self.answers.append((200, b""))

    def _result(self, method: str) -> Any:
        message = {"message_id": 900 + len(self.calls), "date": 1795651200, "chat": {"id": 7, "type": "private"}, "text": "x"}
        known = {"getMe": BOT, "setWebhook": True, "sendChatAction": True}
        return self.results.get(method, known.get(method, message))

    def answer(self, method: str, values: dict[str, Any]) -> Answer:
        """The answer to one call."""
        self.calls.append((method, values))
        told = self.answers.pop(0) if self.answers else (200, b"")
        if told == (200, b""):
            return 200, json.dumps({"ok": True, "result": self._result(method)}).encode()
        return told


def reset(connection: socket.socket) -> None:
    """Breaks the connection off after the request was read."""
    connection.shutdown(socket.SHUT_RDWR)


def _handler(api: BotApi) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            form = self.rfile.read(int(self.headers.get("content-length", 0))).decode()
            self._give(form)

        def do_GET(self) -> None:
            self._give(urlsplit(self.path).query)

        def _give(self, form: str) -> None:
            path = unquote(urlsplit(self.path).path)
            if path.startswith(f"/file/bot{TOKEN}/"):
                content = api.files.get(path.removeprefix(f"/file/bot{TOKEN}/"))
                self._send(200 if content is not None else 404, content or b"")
                return
            prefix, _, method = path.rpartition("/")
            if prefix != f"/bot{TOKEN}":
                api.calls.append((method, {}))
                self._send(401, b'{"ok":false,"error_code":401,"description":"Unauthorized"}')
                return
            answer = api.answer(method, {key: _value(value) for key, value in parse_qsl(form)})
            if callable(answer):
                answer(self.connection)
                self.close_connection = True
                return
            self._send(*answer)

        def _send(self, status: int, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, format: str, *args: Any) -> None:
            """Silent."""

    return Handler


def _value(text: str) -> Any:
    if text[:1] in ("{", "["):
        return json.loads(text)
    return text


@contextmanager
def running_bot_api() -> Iterator[BotApi]:
    """The stand-in, answering until the end of the block."""
    api = BotApi()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(api))
    server.daemon_threads = True
    api.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield api
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
