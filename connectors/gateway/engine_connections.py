"""Connections to one engine process that are kept between requests, by the standard library's client: a request costs a fraction
of what it costs by a client that can do more. No proxy of the environment is asked, no redirect followed."""

import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from urllib.parse import urlsplit

_PIECE = 64 * 1024
_MOST_KEPT = 16


class NotReachedError(Exception):
    """No connection could be made: nothing was sent."""


class NoAnswerInTimeError(Exception):
    """The request was sent, or was being sent, and the time is over."""


class AnswerTooLongError(Exception):
    """The answer is longer than was allowed."""


class BrokenConnectionError(Exception):
    """The connection broke. ``answering``: after the status had come, so that the request was surely taken."""

    def __init__(self, *, answering: bool) -> None:
        super().__init__("answering" if answering else "before the answer")
        self.answering = answering


class EngineConnections:
    """Safe to share between threads: each request has a connection of its own while it lasts."""

    def __init__(self, base_url: str, *, connect_seconds: float, monotonic: Callable[[], float] = time.monotonic) -> None:
        address = urlsplit(base_url)
        self._make = HTTPSConnection if address.scheme == "https" else HTTPConnection
        self._host, self._port, self._path = address.hostname or "", address.port, address.path.rstrip("/")
        self._connect_seconds, self._monotonic = connect_seconds, monotonic
        self._lock = threading.Lock()
        self._free: list[HTTPConnection] = []

    @contextmanager
    def ask(
        self, method: str, path: str, *, seconds: float, body: bytes | None = None, headers: Mapping[str, str] | None = None
    ) -> Iterator["Answer"]:
        """The answer, its status read and its body not yet. ``seconds`` bound the whole, body included. Raises
        ``NotReachedError``, ``NoAnswerInTimeError`` and ``BrokenConnectionError``."""
        deadline = self._monotonic() + seconds
        connection = self._connected(min(self._connect_seconds, seconds), seconds)
        answer: Answer | None = None
        try:
            connection.request(method, self._path + path, body, dict(headers or {}))
            answer = Answer(connection.getresponse(), deadline, self._monotonic)
            yield answer
        except TimeoutError as error:
            raise NoAnswerInTimeError from error
        except (OSError, HTTPException) as error:
            raise BrokenConnectionError(answering=answer is not None) from error
        finally:
            self._give_back(connection, answer)

    def _connected(self, connect_seconds: float, seconds: float) -> HTTPConnection:
        while (kept := self._take()) is not None:
            # What is readable before anything was asked is the server's farewell.
            if kept.sock is not None and not _is_readable(kept.sock):
                kept.sock.settimeout(seconds)
                return kept
            kept.close()
        connection = self._make(self._host, self._port, timeout=connect_seconds)
        try:
            connection.connect()
        except OSError as error:
            raise NotReachedError from error
        connection.sock.settimeout(seconds)
        return connection

    def _take(self) -> HTTPConnection | None:
        with self._lock:
            return self._free.pop() if self._free else None

    def _give_back(self, connection: HTTPConnection, answer: "Answer | None") -> None:
        with self._lock:
            if answer is not None and answer.is_read and connection.sock is not None and len(self._free) < _MOST_KEPT:
                self._free.append(connection)
                return
        connection.close()

    def close(self) -> None:
        """Closes the connections that nobody uses."""
        while (kept := self._take()) is not None:
            kept.close()


class Answer:
    """What the server says."""

    def __init__(self, response: HTTPResponse, deadline: float, monotonic: Callable[[], float]) -> None:
        self._response, self._deadline, self._monotonic = response, deadline, monotonic
        self.status = response.status
        self.is_read = False
        """Whether all of it was read, so that the connection can serve again."""

    def body(self, most: int) -> bytes:
        """The body. Raises ``AnswerTooLongError``, ``NoAnswerInTimeError``, and through ``ask`` ``BrokenConnectionError``."""
        announced, read = self._response.length, bytearray()
        while announced is None or len(read) < announced:
            piece = self._response.read1(_PIECE)
            read += piece
            if len(read) > most:
                raise AnswerTooLongError
            if self._monotonic() > self._deadline:
                raise NoAnswerInTimeError
            if not piece:
                break
        if announced is not None and len(read) < announced:
            raise BrokenConnectionError(answering=True)
        self._response.close()
        self.is_read = True
        return bytes(read)


def _is_readable(sock: socket.socket) -> bool:
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))
