"""A mail server on loopback that behaves as it is told."""

import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class MailHost:
    """``replies``: what is answered to a command in place of the usual. ``commands``, ``letters``: what came."""

    port: int = 0
    tls: ssl.SSLContext | None = None
    secured_at_once: bool = False
    replies: dict[str, bytes] = field(default_factory=dict)
    commands: list[str] = field(default_factory=list)
    letters: list[bytes] = field(default_factory=list)
    secured: bool = False


class _Handler(socketserver.StreamRequestHandler):
    host: MailHost
    secured = False

    def handle(self) -> None:
        try:
            if self.host.tls is not None and self.host.secured_at_once:
                self._secure(self.host.tls)
            self._talk()
        finally:
            # A secured connection is a socket of its own.
            self.connection.close()

    def _talk(self) -> None:
        self._say("HELO?", b"220 mail.test\r\n")
        while line := self.rfile.readline():
            command = line.decode("utf-8", "replace").strip()
            self.host.commands.append(command)
            word = command.split(" ")[0].upper().split(":")[0]
            if word == "DATA":
                self._say("DATA", b"354 go on\r\n")
                self._letter()
            elif word == "STARTTLS" and self.host.tls is not None and "STARTTLS" not in self.host.replies:
                self._say(word, b"220 ready\r\n")
                self._secure(self.host.tls)
            elif word == "EHLO":
                offered = b"250-mail.test\r\n" + (b"" if self.secured else b"250-STARTTLS\r\n") + b"250 AUTH PLAIN\r\n"
                self._say(word, offered)
            elif word == "AUTH":
                self._say(word, b"235 welcome\r\n")
            elif word == "QUIT":
                self._say(word, b"221 bye\r\n")
                return
            else:
                self._say(word, b"250 fine\r\n")

    def _letter(self) -> None:
        lines: list[bytes] = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line)
        if lines:
            self.host.letters.append(b"".join(lines))
            self._say("LETTER", b"250 taken\r\n")

    def _secure(self, tls: ssl.SSLContext) -> None:
        self.secured = True
        self.connection = tls.wrap_socket(self.connection, server_side=True)
        self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)  # type: ignore[assignment]
        self.host.secured = True

    def _say(self, command: str, usual: bytes) -> None:
        self.wfile.write(self.host.replies.get(command, usual))


@contextmanager
def running_mail_host(tls: ssl.SSLContext | None = None) -> Iterator[MailHost]:
    """The server, until the end of the block."""
    host = MailHost(tls=tls)
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), type("MailHandler", (_Handler,), {"host": host}))
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    host.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
