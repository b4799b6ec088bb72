"""A host of files on loopback, with all the ways in which a host can misbehave. Real HTTP, TLS where asked for."""

import datetime
import ipaddress
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpcore
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

JPEG = b"\xff\xd8\xff\xe0" + b"j" * 500
PNG = b"\x89PNG\r\n\x1a\n" + b"p" * 500
PDF = b"%PDF-1.7\n" + b"d" * 500
HEIC = b"\x00\x00\x00\x18ftypheic" + b"h" * 500

Behaviour = Callable[["Handler"], None]


@dataclass
class FileHost:
    """``pages``: what happens under a path. ``asked``: the paths that were asked for, in order."""

    port: int = 0
    scheme: str = "http"
    pages: dict[str, Behaviour] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    stopping: threading.Event = field(default_factory=threading.Event)

    @property
    def origin(self) -> str:
        """Where it is."""
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def local(self) -> frozenset[str]:
        """Its name as a server of our own."""
        return frozenset({f"127.0.0.1:{self.port}"})


class Handler(BaseHTTPRequestHandler):
    """Answers by the page's behaviour."""

    protocol_version = "HTTP/1.1"
    host: FileHost

    def do_GET(self) -> None:
        self.host.asked.append(self.path)
        self.close_connection = True
        page = self.host.pages.get(self.path)
        if page is None:
            status(404)(self)
        else:
            page(self)

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""

    def drip(self, parts: Iterator[bytes], every: float = 0.05) -> None:
        """Sends the parts one by one until the other side has gone."""
        try:
            for part in parts:
                self.wfile.write(part)
                self.wfile.flush()
                if self.host.stopping.wait(every):
                    return
        except OSError:
            return


def content(body: bytes, **headers: str) -> Behaviour:
    """The body with its length; headers may lie."""

    def answer(handler: Handler) -> None:
        handler.send_response(200)
        for name, value in ({"Content-Length": str(len(body))} | {k.replace("_", "-"): v for k, v in headers.items()}).items():
            handler.send_header(name, value)
        handler.end_headers()
        handler.wfile.write(body)

    return answer


def status(code: int, **headers: str) -> Behaviour:
    """An empty answer with this status."""

    def answer(handler: Handler) -> None:
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", "0")
        handler.end_headers()

    return answer


def endless(handler: Handler) -> None:
    """A body without a length that does not end."""
    handler.send_response(200)
    handler.end_headers()
    handler.drip((b"x" * 65536 for _ in range(10_000)), every=0)


def slow_body(handler: Handler) -> None:
    """A byte now and then."""
    handler.send_response(200)
    handler.send_header("Content-Length", "100000")
    handler.end_headers()
    handler.drip(iter([b"x"] * 10_000))


def slow_headers(handler: Handler) -> None:
    """A byte of the headers now and then."""
    handler.drip(iter([b"HTTP/1.1 200 OK\r\nX-Long: "] + [b"a"] * 10_000))


def breaks_off(handler: Handler) -> None:
    """Less than was promised."""
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    handler.wfile.write(b"\xff\xd8\xff")


def not_http(handler: Handler) -> None:
    """Something else."""
    handler.wfile.write(b"SSH-2.0-OpenSSH\r\n\r\n")


@contextmanager
def running_file_host(tls: ssl.SSLContext | None = None) -> Iterator[FileHost]:
    """The host, until the end of the block."""
    host = FileHost(scheme="https" if tls else "http")
    handler = type("HostHandler", (Handler,), {"host": host})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    server.handle_error = lambda *_: None  # type: ignore[method-assign]
    if tls is not None:
        server.socket = tls.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    host.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield host
    finally:
        host.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()


def certificate_for(name: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server's side with a certificate for the name, and a client's side that trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.datetime.now(datetime.UTC)
    built = (
        x509.CertificateBuilder(subject, subject, key.public_key(), x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .add_extension(x509.SubjectAlternativeName([_alternative(name)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / f"{name}.pem"
    plain_key = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(plain_key + built.public_bytes(serialization.Encoding.PEM))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(path)
    return server, ssl.create_default_context(cafile=str(path))


def _alternative(name: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(name))
    except ValueError:
        return x509.DNSName(name)


class Internet(httpcore.NetworkBackend):
    """A network in which every public address is the host on loopback; notes who was dialled."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.dialled: list[tuple[str, int]] = []
        self.unreachable: set[str] = set()
        self._real = httpcore.SyncBackend()

    def connect_tcp(self, host: str, port: int, timeout: float | None = None, *more: object) -> httpcore.NetworkStream:  # noqa: ARG002
        self.dialled.append((host, port))
        if host in self.unreachable:
            raise httpcore.ConnectError("unreachable")
        return self._real.connect_tcp("127.0.0.1", self.port, timeout)
