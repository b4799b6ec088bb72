# ruff: noqa: E402, PT009, PT027 (no pytest here; the import stub goes first)
"""Runs inside ``.venv-engine``: calls over kept connections bring what Rasa's own calls bring, and none is lost or mixed up."""

import asyncio
import json
import unittest
import unittest.mock
from collections.abc import Awaitable, Callable
from typing import Any

from engine.import_stub import install_import_stub

install_import_stub()

import aiohttp
from rasa.utils.endpoints import ClientResponseError, EndpointConfig

from engine import action_calls, patches

STOCK = EndpointConfig.request
CLOSE = b""


def answer(body: bytes, *, status: str = "200 OK", kind: str = "application/json", more: str = "") -> bytes:
    head = f"HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body


class Server:
    """Says one of ``script`` for each call (``CLOSE`` ends the connection, a number waits), the last one again and again."""

    def __init__(self, *script: bytes | float | tuple[bytes, ...]) -> None:
        self._script = list(script)
        self.calls: list[dict[str, Any]] = []
        self.connections = 0
        self.writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "Server":
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.endpoint = EndpointConfig(f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}/webhook")
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._server.close()
        for writer in self.writers:
            writer.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self.writers.append(writer)
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                fields = dict(line.split(": ", 1) for line in head.decode().split("\r\n")[1:] if line)
                self.calls.append({"fields": fields, "body": json.loads(await reader.readexactly(int(fields["Content-Length"])))})
                said = self._script.pop(0) if len(self._script) > 1 else self._script[0]
                for part in said if isinstance(said, tuple) else (said,):
                    if isinstance(part, float):
                        await asyncio.sleep(part)
                    elif part == CLOSE:
                        writer.close()
                        return
                    else:
                        writer.write(part)
        except (asyncio.IncompleteReadError, OSError):
            pass


async def call(endpoint: EndpointConfig, content: Any = None, timeout: float = 5.0, **more: Any) -> Any:
    return await endpoint.request(json=content or {"a": "lệ phí"}, method="post", timeout=timeout, compress=False, **more)


class KeptConnections(unittest.TestCase):
    def setUp(self) -> None:
        self.addCleanup(setattr, EndpointConfig, "request", STOCK)
        patches.keep_connections_to_actions()

    def asked(self, work: Callable[[], Awaitable[Any]]) -> Any:
        async def and_closed() -> Any:
            try:
                return await asyncio.wait_for(work(), 20)
            finally:
                await action_calls.TO_ACTIONS.close()

        return asyncio.run(and_closed())

    def test_answers_of_every_kind_are_read_as_rasa_reads_them(self) -> None:
        chunked = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
        answers: list[bytes | tuple[bytes, ...]] = [
            answer(b'{"events": [], "responses": [{"text": "ph\xc3\xad"}]}'), answer(b"[1]"), answer(b"null"), answer(b""),
            answer(b"{}", kind="application/json; charset=utf-8"), answer(b"{}", kind="text/html"), answer(b"{broken"),
            answer(b'{"error": "x", "action_name": "a"}', status="400 Bad Request"), answer(b"x", status="500 Oh"),
            answer(b"", status="404 Not Found"), chunked + b"3\r\n{\"a\r\n5\r\n\": 1}\r\n0\r\n\r\n", CLOSE, b"nonsense\r\n\r\n",
            (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{}", CLOSE), (answer(b'{"a": 1}')[:-3], CLOSE),
            answer(b"{}", more="Connection: close\r\n"),
        ]  # fmt: skip

        async def outcome(said: Any, request: Callable[..., Awaitable[Any]]) -> Any:
            async with Server(said) as server:
                with unittest.mock.patch.object(EndpointConfig, "request", request):
                    try:
                        return await call(server.endpoint), len(server.calls)
                    except ClientResponseError as error:
                        return error.status, error.message, error.text
                    except aiohttp.ClientError:
                        return "no answer", len(server.calls)
                    except ValueError as error:
                        return type(error).__name__

        ours = EndpointConfig.request
        for said in answers:
            stock, kept = self.asked(lambda said=said: outcome(said, STOCK)), self.asked(lambda said=said: outcome(said, ours))
            self.assertEqual(kept, stock, said)

    def test_one_after_the_other_they_take_one_connection_and_side_by_side_one_each(self) -> None:
        async def work() -> tuple[int, int]:
            async with Server((0.05, answer(b"{}"))) as server:
                for _ in range(5):
                    await call(server.endpoint)
                alone = server.connections
                await asyncio.gather(*(call(server.endpoint) for _ in range(4)))
                return alone, server.connections

        self.assertEqual(self.asked(work), (1, 4))

    def test_what_is_sent_is_the_call_with_its_headers(self) -> None:
        async def work() -> dict[str, Any]:
            async with Server(answer(b"{}")) as server:
                server.endpoint.headers = {"X-Own": "b"}
                await call(server.endpoint, {"text": "phí\r\n"}, headers={"traceparent": "00-1"})
                return server.calls[0]

        sent = self.asked(work)
        self.assertEqual(sent["body"], {"text": "phí\r\n"})
        self.assertEqual({name: sent["fields"][name] for name in ("traceparent", "X-Own")}, {"traceparent": "00-1", "X-Own": "b"})

    def test_a_connection_that_the_server_ended_meanwhile_costs_no_call(self) -> None:
        async def work() -> list[Any]:
            async with Server(answer(b'{"n": 1}'), CLOSE, answer(b'{"n": 2}')) as server:
                first, second = await call(server.endpoint), await call(server.endpoint)
                return [first, second, server.connections]

        self.assertEqual(self.asked(work), [{"n": 1}, {"n": 2}, 2])

    def test_a_call_whose_answer_began_is_never_made_again(self) -> None:
        async def work() -> int:
            async with Server(answer(b"{}"), (answer(b"{}")[:20], CLOSE), answer(b"{}")) as server:
                await call(server.endpoint)
                with self.assertRaises(aiohttp.ClientConnectionError):
                    await call(server.endpoint)
                return len(server.calls)

        self.assertEqual(self.asked(work), 2)

    def test_a_late_answer_goes_to_nobody_else(self) -> None:
        async def work() -> list[Any]:
            async with Server(answer(b'{"n": 1}'), (0.4, answer(b'{"n": 2}')), answer(b'{"n": 3}')) as server:
                first = await call(server.endpoint)
                with self.assertRaises(TimeoutError):
                    await call(server.endpoint, timeout=0.1)
                third = await call(server.endpoint)
                await asyncio.sleep(0.5)
                return [first, third, await call(server.endpoint)]

        self.assertEqual(self.asked(work), [{"n": 1}, {"n": 3}, {"n": 3}])

    def test_a_connection_that_rested_long_is_not_used_again(self) -> None:
        async def work() -> int:
            async with Server(answer(b"{}")) as server:
                await call(server.endpoint)
                await asyncio.sleep(0.1)
                await call(server.endpoint)
                return server.connections

        with unittest.mock.patch.object(action_calls, "FRESH_SECONDS", 0.02):
            self.assertEqual(self.asked(work), 2)

    def test_what_was_closed_is_opened_anew(self) -> None:
        async def work() -> int:
            async with Server(answer(b"{}")) as server:
                await call(server.endpoint)
                await action_calls.TO_ACTIONS.close()
                await action_calls.TO_ACTIONS.close()
                await call(server.endpoint)
                return server.connections

        self.assertEqual(self.asked(work), 2)

    def test_a_server_that_is_away_is_told_as_rasa_tells_it(self) -> None:
        with self.assertRaises(aiohttp.ClientConnectionError):
            self.asked(lambda: call(EndpointConfig("http://127.0.0.1:1/webhook")))

    def test_what_is_not_plain_is_left_to_rasa(self) -> None:
        plain = {"json": {}, "method": "post", "timeout": 1.0, "compress": False}
        self.assertTrue(action_calls.is_plain(EndpointConfig("http://actions:5055/webhook"), plain))
        for endpoint, more in (
            (EndpointConfig("https://actions/webhook"), {}), (EndpointConfig("http://u:p@actions/webhook"), {}),
            (EndpointConfig("http://a", token="t"), {}), (EndpointConfig("http://a", params={"q": "1"}), {}),
            (EndpointConfig("http://a", basic_auth={"username": "u", "password": "p"}), {}), (EndpointConfig(None), {}),
            (EndpointConfig("http://a"), {"compress": True}), (EndpointConfig("http://a"), {"method": "get"}),
            (EndpointConfig("http://a"), {"subpath": "x"}),
        ):  # fmt: skip
            self.assertFalse(action_calls.is_plain(endpoint, plain | more), (endpoint.url, more))


if __name__ == "__main__":
    unittest.main()
