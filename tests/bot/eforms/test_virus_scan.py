"""clamd is spoken to as it documents; what does not answer is a failure, never a clean file."""

import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.eforms.virus_scan import ClamdScanner, NoScanner, scanner_for


@contextmanager
def clamd(answer: bytes, received: list[bytes], path: Path | None = None) -> Iterator[str]:
    """A stand-in that reads one INSTREAM and answers."""
    listener = socket.socket(socket.AF_UNIX if path else socket.AF_INET, socket.SOCK_STREAM)
    listener.bind(str(path) if path else ("127.0.0.1", 0))
    listener.listen(1)

    def serve() -> None:
        talk, _ = listener.accept()
        with talk, talk.makefile("rb") as stream:
            assert stream.read(10) == b"zINSTREAM\0"
            while size := struct.unpack("!I", stream.read(4))[0]:
                received.append(stream.read(size))
            talk.sendall(answer)

    thread = threading.Thread(target=serve)
    thread.start()
    try:
        yield str(path) if path else f"127.0.0.1:{listener.getsockname()[1]}"
    finally:
        thread.join(timeout=5)
        listener.close()


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [
        (b"stream: OK\0", "clean"),
        (b"stream: Eicar-Test-Signature FOUND\0", "infected"),
        (b"INSTREAM size limit exceeded. ERROR\0", "failed"),
        (b"", "failed"),
    ],
)
def test_the_verdict_is_read(answer: bytes, verdict: str) -> None:
    received: list[bytes] = []
    with clamd(answer, received) as address:
        assert ClamdScanner(address).scan(b"abc" * 50_000) == verdict
    assert b"".join(received) == b"abc" * 50_000
    assert len(received) == 3


def test_over_a_unix_socket(tmp_path: Path) -> None:
    received: list[bytes] = []
    with clamd(b"stream: OK\0", received, tmp_path / "clamd.sock") as address:
        assert scanner_for(address).scan(b"x") == "clean"


def test_a_scanner_that_is_away_is_a_failure(tmp_path: Path) -> None:
    assert ClamdScanner("127.0.0.1:1").scan(b"x") == "failed"
    assert ClamdScanner(str(tmp_path / "none.sock")).scan(b"x") == "failed"
    assert ClamdScanner("nonsense").scan(b"x") == "failed"


def test_without_an_address_nothing_is_scanned() -> None:
    assert isinstance(scanner_for(None), NoScanner)
    assert scanner_for("").scan(b"x") == "not_scanned"
