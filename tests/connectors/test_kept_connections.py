"""Calls to a platform on kept connections: what is sent, what comes back, and what an answer that never came is called."""

import asyncio
import gzip
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx
import pytest

from connectors.kept_connections import KeptConnections

pytestmark = pytest.mark.anyio

Say = Callable[[bytes], bytes | None]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@dataclass
class Server:
    """Says to each request what it is told to say; ``hangs_up``: and ends the connection."""

    says: list[bytes | None]
    hangs_up: bool = False
    pause: float = 0.0
    connections: int = 0
    asked: list[bytes] = field(default_factory=list)
    url: str = ""
    tasks: list["asyncio.Task[None]"] = field(default_factory=list)

    def begin(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.tasks.append(asyncio.create_task(self.serve(reader, writer)))

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = next((int(x.split(b":")[1]) for x in head.lower().split(b"\r\n") if x.startswith(b"content-length")), 0)
                self.asked.append(head + await reader.readexactly(length))
                said = self.says.pop(0)
                for piece in said.split(b"|") if said is not None else []:
                    writer.write(piece)
                    await writer.drain()
                    await asyncio.sleep(self.pause)
                if self.hangs_up or said is None:
                    break
        except (asyncio.IncompleteReadError, OSError):
            pass
        finally:
            writer.close()


@asynccontextmanager
async def served(*says: bytes | None, hangs_up: bool = False, pause: float = 0.0) -> AsyncIterator[Server]:
    server = Server(list(says), hangs_up, pause)
    listening = await asyncio.start_server(server.begin, "127.0.0.1", 0)
    server.url = f"http://127.0.0.1:{listening.sockets[0].getsockname()[1]}/send"
    try:
        yield server
    finally:
        listening.close()
        for task in server.tasks:
            task.cancel()
        await asyncio.gather(*server.tasks, return_exceptions=True)
        await asyncio.sleep(0)


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(transport=KeptConnections(most=2)) as one:
        yield one


async def test_calls_follow_each_other_on_one_connection(client: httpx.AsyncClient) -> None:
    async with served(OK, OK) as server:
        for text in ("một", "hai"):
            answer = await client.post(server.url, data={"text": text}, headers={"access_token": "t"})
            assert (answer.status_code, answer.text) == (200, "ok")
        assert server.connections == 1
        assert b"access_token: t\r\n" in server.asked[0]
        assert server.asked[1].endswith(b"text=hai")


async def test_a_connection_that_the_other_side_ended_is_not_used_again(client: httpx.AsyncClient) -> None:
    async with served(OK, OK, hangs_up=True) as server:
        for _ in range(2):
            assert (await client.post(server.url, json={})).status_code == 200
            await asyncio.sleep(0.02)
        assert server.connections == 2


async def test_one_that_rested_too_long_is_not_used_again() -> None:
    async with served(OK, OK) as server, httpx.AsyncClient(transport=KeptConnections(kept_seconds=0.0)) as client:
        for _ in range(2):
            await client.get(server.url)
            await asyncio.sleep(0.01)
        assert server.connections == 2


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nxin| ch|ao ba",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nxin c|\r\n6\r\nhao ba\r\n0\r\n\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n|HTTP/1.1 200 OK\r\nContent-Length: 11\r\n\r\nxin chao ba",
    ],
)
async def test_an_answer_in_pieces_is_put_together(client: httpx.AsyncClient, said: bytes) -> None:
    async with served(said, said, pause=0.005) as server:
        for _ in range(2):
            assert (await client.get(server.url)).text == "xin chao ba"
        assert server.connections == 1


async def test_an_answer_without_length_ends_with_the_connection(client: httpx.AsyncClient) -> None:
    async with served(b"HTTP/1.1 200 OK\r\n\r\nxin| chao", hangs_up=True) as server:
        assert (await client.get(server.url)).text == "xin chao"


async def test_packed_answers_are_unpacked(client: httpx.AsyncClient) -> None:
    packed = gzip.compress("xin chào".encode(), mtime=0)
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)
    async with served() as server:
        server.says = [head + packed]
        assert b"|" not in packed, "the pieces of this server are cut there"
        assert (await client.get(server.url)).text == "xin chào"


@pytest.mark.parametrize(
    ("said", "error"),
    [
        (None, httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf", httpx.RemoteProtocolError),
        (b"SSH-2.0-OpenSSH\r\n", httpx.RemoteProtocolError),
        (b"HTTP/1.1 200 OK\r\nA: " + b"a" * 70_000, httpx.RemoteProtocolError),
    ],
)
async def test_what_is_no_whole_answer_is_an_error_after_sending(
    client: httpx.AsyncClient, said: bytes | None, error: type[httpx.HTTPError]
) -> None:
    async with served(said, OK, hangs_up=True) as server:
        with pytest.raises(error):
            await client.post(server.url, json={})
        assert len(server.asked) == 1, "nothing is repeated"
        assert (await client.post(server.url, json={})).status_code == 200


async def test_a_silent_server_is_left_after_the_time_to_read(client: httpx.AsyncClient) -> None:
    async with served(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf|", OK, pause=60) as server:
        with pytest.raises(httpx.ReadTimeout):
            await client.post(server.url, json={}, timeout=0.05)


async def test_whoever_still_says_something_is_listened_to(client: httpx.AsyncClient) -> None:
    slow = b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n" + b"|".join([b"", b"a", b"b", b"c", b"d", b"e", b"f"])
    async with served(slow, pause=0.1) as server:
        assert (await client.get(server.url, timeout=0.4)).text == "abcdef"


async def test_nobody_there_and_no_connection_free_say_that_nothing_was_sent(client: httpx.AsyncClient) -> None:
    async with served() as server:
        gone = server.url
    with pytest.raises(httpx.ConnectError):
        await client.post(gone, json={})
    async with served(*[b"|"] * 3, pause=60) as server:
        waiting = [asyncio.create_task(client.post(server.url, json={})) for _ in range(2)]
        await asyncio.sleep(0.05)
        with pytest.raises(httpx.ConnectTimeout):
            await client.post(server.url, json={}, timeout=httpx.Timeout(5, pool=0.05))
        for task in waiting:
            task.cancel()
        await asyncio.wait(waiting)
        assert len(server.asked) == 2


async def test_a_call_that_is_given_up_leaves_its_connection_to_nobody(client: httpx.AsyncClient) -> None:
    async with served(b"|HTTP/1.1 500 Late\r\nContent-Length: 4\r\n\r\nlate", OK, pause=0.1) as server:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await client.post(server.url, json={})
        assert (await client.post(server.url, json={})).text == "ok"
        assert server.connections == 2


async def test_what_is_asked_by_post_is_sent_once_even_where_the_kept_connection_just_ended(client: httpx.AsyncClient) -> None:
    async with served(OK, None, OK) as server:
        await client.post(server.url, json={"text": "một"})
        with pytest.raises(httpx.RemoteProtocolError):
            await client.post(server.url, json={"text": "hai"})
        assert [asked.count(b"hai") for asked in server.asked] == [0, 1]


async def test_a_header_cannot_bring_another_one(client: httpx.AsyncClient) -> None:
    async with served(OK) as server:
        with pytest.raises(httpx.LocalProtocolError):
            await client.post(server.url, headers={"access_token": "t\r\nX-Other: 1"})
        assert server.asked == []


async def test_uploads_go_through(client: httpx.AsyncClient) -> None:
    async with served(OK) as server:
        await client.post(server.url, files={"file": ("giấy.pdf", b"x" * 1000)})
        assert b"x" * 1000 in server.asked[0]
