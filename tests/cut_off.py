"""A relay before a server that a test cuts: for a database or a Redis that is away for a while."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

_CHUNK = 65_536


class Relay:
    """Passes bytes on to a server. ``cut`` ends all connections and refuses new ones, ``mend`` listens again."""

    def __init__(self, host: str, port: int) -> None:
        self._server = (host, port)
        self._listener: socket.socket | None = None
        self._open: list[socket.socket] = []
        self._lock = threading.Lock()
        self.port = 0

    def mend(self) -> None:
        """Listens, on the port that it had before."""
        listener = socket.create_server(("127.0.0.1", self.port))
        self.port = listener.getsockname()[1]
        self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), daemon=True).start()

    def cut(self) -> None:
        """Resets what is open and refuses what comes."""
        if self._listener is not None:
            # Wakes the thread that accepts; closing alone would not.
            with suppress(OSError):
                self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
            self._listener = None
        with self._lock:
            for link in self._open:
                with suppress(OSError):
                    link.shutdown(socket.SHUT_RDWR)
            self._open.clear()

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                caller, _ = listener.accept()
                server = socket.create_connection(self._server, timeout=10)
            except OSError:
                return
            server.settimeout(None)
            with self._lock:
                self._open += [caller, server]
            for one, other in ((caller, server), (server, caller)):
                threading.Thread(target=_pass_on, args=(one, other), daemon=True).start()


def _pass_on(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while data := one.recv(_CHUNK):
            other.sendall(data)
    for link in (one, other):
        with suppress(OSError):
            link.shutdown(socket.SHUT_RDWR)
    one.close()


@contextmanager
def relay(host: str, port: int) -> Iterator[Relay]:
    """A relay that works, until the test cuts it."""
    made = Relay(host, port)
    made.mend()
    try:
        yield made
    finally:
        made.cut()
