"""Connections to an engine process: kept, replaced when the other side has left, and bounded in time and length."""

import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest

from connectors.gateway.engine_connections import (
    AnswerTooLongError,
    BrokenConnectionError,
    EngineConnections,
    NoAnswerInTimeError,
    NotReachedError,
)

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class Server:
    """Answers each request with the bytes given; ``hangs_up`` ends the connection after each."""

    def __init__(self, answer: bytes, *, hangs_up: bool = False) -> None:
        self.answer, self.hangs_up, self.connections = answer, hangs_up, 0
        self.hung_up = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.connects_to = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._open: list[socket.socket] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._answer_on, args=(connection,), daemon=True).start()

    def _answer_on(self, connection: socket.socket) -> None:
        try:
            while connection.recv(65536):
                connection.sendall(self.answer)
                if self.hangs_up:
                    connection.shutdown(socket.SHUT_RDWR)
                    self.hung_up.set()
                    return
        except OSError:
            return

    def close(self) -> None:
        for one in (self._listener, *self._open):
            one.close()


@pytest.fixture
def serving() -> Iterator:
    opened: list[Server | EngineConnections] = []

    def serve(answer: bytes, monotonic: Callable[[], float] = time.monotonic, **how: bool) -> tuple[Server, EngineConnections]:
        server = Server(answer, **how)
        connections = EngineConnections(server.connects_to, connect_seconds=2.0, monotonic=monotonic)
        opened.extend((connections, server))
        return server, connections

    yield serve
    for one in opened:
        one.close()


def asked(connections: EngineConnections, *, seconds: float = 5.0, most: int = 100) -> bytes:
    with connections.ask("GET", "/health", seconds=seconds) as answer:
        assert answer.status == 200
        return answer.body(most)


def test_one_connection_serves_one_request_after_the_other(serving) -> None:
    server, connections = serving(OK)
    assert [asked(connections) for _ in range(3)] == [b"ok"] * 3
    assert server.connections == 1


def test_a_connection_that_the_server_has_left_is_replaced(serving) -> None:
    server, connections = serving(OK, hangs_up=True)
    for _ in range(3):
        server.hung_up.clear()
        assert asked(connections) == b"ok"
        assert server.hung_up.wait(5)
    assert server.connections == 3


def test_who_is_not_there_is_not_reached() -> None:
    with pytest.raises(NotReachedError):
        asked(EngineConnections("http://127.0.0.1:1", connect_seconds=1.0))


def test_silence_ends_when_the_time_is_over(serving) -> None:
    _, connections = serving(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\no")
    with pytest.raises(NoAnswerInTimeError):
        asked(connections, seconds=0.1)


def test_an_answer_that_drips_ends_when_the_time_is_over(serving) -> None:
    moments = iter([0.0])
    _, connections = serving(OK, monotonic=lambda: next(moments, 6.0))
    with pytest.raises(NoAnswerInTimeError):
        asked(connections, seconds=5.0)


@pytest.mark.parametrize(
    ("answer", "answering"),
    [(b"", False), (b"no HTTP at all\r\n\r\n", False), (b"HTTP/1.1 200 OK\r\nContent-Length: 20\r\n\r\nhalf", True)],
)
def test_a_break_says_whether_the_answer_had_begun(serving, answer: bytes, answering: bool) -> None:
    _, connections = serving(answer, hangs_up=True)
    with pytest.raises(BrokenConnectionError) as broken:
        asked(connections)
    assert broken.value.answering is answering


def test_an_answer_that_is_too_long_is_not_read_to_its_end(serving) -> None:
    server, connections = serving(OK)
    with pytest.raises(AnswerTooLongError):
        asked(connections, most=1)
    assert asked(connections) == b"ok"
    assert server.connections == 2


def test_an_answer_in_pieces_is_put_together(serving) -> None:
    server, connections = serving(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\no\r\n1\r\nk\r\n0\r\n\r\n")
    assert [asked(connections), asked(connections)] == [b"ok", b"ok"]
    assert server.connections == 1
