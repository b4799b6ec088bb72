"""The hook for a virus scanner. Default: clamd where an address is set, else nothing is scanned, and that is recorded."""

import socket
import struct
from typing import Literal, Protocol

ScanVerdict = Literal["clean", "infected", "not_scanned", "failed"]
"""``not_scanned``: there is no scanner. ``failed``: there is one and it did not answer, so the file must not be taken."""

_CHUNK = 64 * 1024
_LONGEST_ANSWER = 4_096


class VirusScanner(Protocol):
    """Looks at one file."""

    def scan(self, content: bytes) -> ScanVerdict:
        """The verdict; never raises."""
        ...


class NoScanner:
    """There is no scanner."""

    def scan(self, content: bytes) -> ScanVerdict:  # noqa: ARG002 (interface)
        """Always ``not_scanned``."""
        return "not_scanned"


class ClamdScanner:
    """clamd's INSTREAM command (https://docs.clamav.net/manual/Usage/Scanning.html#clamd). ``address``: ``host:port`` or
    the path of a socket; ``timeout_s`` for each step of the talk."""

    def __init__(self, address: str, timeout_s: float = 5.0) -> None:
        self._address = address
        self._timeout_s = timeout_s

    def scan(self, content: bytes) -> ScanVerdict:
        """``failed`` where clamd does not answer, or with anything but a verdict."""
        try:
            answer = self._talk(content)
        except (OSError, ValueError):
            return "failed"
        if answer.endswith(b"OK"):
            return "clean"
        return "infected" if answer.endswith(b"FOUND") else "failed"

    def _talk(self, content: bytes) -> bytes:
        with self._connected() as talk:
            talk.sendall(b"zINSTREAM\0")
            for start in range(0, len(content), _CHUNK):
                part = content[start : start + _CHUNK]
                talk.sendall(struct.pack("!I", len(part)) + part)
            talk.sendall(struct.pack("!I", 0))
            answer = b""
            while len(answer) < _LONGEST_ANSWER and (part := talk.recv(_LONGEST_ANSWER)):
                answer += part
        return answer.rstrip(b"\0\r\n ")

    def _connected(self) -> socket.socket:
        if "/" in self._address:
            made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            made.settimeout(self._timeout_s)
            try:
                made.connect(self._address)
            except OSError:
                made.close()
                raise
            return made
        host, _, port = self._address.rpartition(":")
        return socket.create_connection((host, int(port)), timeout=self._timeout_s)


def scanner_for(address: str | None) -> VirusScanner:
    """The scanner at this address; none where no address is set."""
    return ClamdScanner(address) if address else NoScanner()
