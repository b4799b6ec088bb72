"""The level audit on each database, and a web site full of traps."""

import gzip
import threading
import unicodedata
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tests.databases import database, database_url

__all__ = ["database", "database_url"]

NAME = "Đăng ký khai sinh"
CODE = "1.001193"
LONG = "Cổng dịch vụ công hỗ trợ người dân tra cứu thủ tục hành chính. " * 40


def page(title: str, body: str) -> bytes:
    """A page in UTF-8."""
    return f"<!doctype html><html><head><title>{title}</title></head><body>{body}</body></html>".encode()


PAGES: dict[str, bytes] = {
    "/thu-tuc/code": page("Chi tiết thủ tục", f"<p>Mã thủ tục: {CODE}.000.00.00.H05</p>{LONG}"),
    "/thu-tuc/name": page("Chi tiết", f"<h1>Thủ tục <b>ĐĂNG KÝ</b>\n KHAI SINH</h1>{LONG}"),
    "/thu-tuc/decomposed": page("Chi tiết", unicodedata.normalize("NFD", f"<p>{NAME}</p>{LONG}")),
    "/thu-tuc/other": page("Đăng ký kết hôn", f"<p>Mã 1.000894, mã 11.001193 và 1.0011934</p>{LONG}"),
    "/thu-tuc/in-script": page("Cổng", f"<script>var code = '{CODE}';</script><div hidden>{NAME}</div><!-- {CODE} -->{LONG}"),
    "/thu-tuc/shell": page("Cổng Dịch vụ công", f"<div id='root'></div><script>load('{CODE}')</script>"),
    "/thu-tuc/gone": page("Cổng Dịch vụ công", f"<p>Không tìm thấy thủ tục {CODE} {NAME}.</p>"),
    "/thu-tuc/gone-title": page("404 - Không tìm thấy trang", f"<p>{NAME} {CODE}</p>{LONG}"),
    "/thu-tuc/gone-english": page("Cổng", f"<p>Error 404: page not found ({CODE})</p>"),
    "/thu-tuc/gone-long": page("Chi tiết", f"<p>{NAME}: trường hợp không tìm thấy thông tin gốc thì cam đoan.</p>{LONG}"),
    "/sso/in": page("Đăng nhập hệ thống", f"<form>{NAME} {CODE}<input type='password'></form>"),
    "/thu-tuc/locked": page("Cổng", f"<p>Tiếp tục tới {CODE}</p><form><input name=p TYPE=PASSWORD></form>"),
    "/thu-tuc/with-login-box": page("Chi tiết", f"<h1>{NAME}</h1><form><input type='password'></form>{LONG}"),
    "/trang-chu.html": page("Cổng", f"<a>{NAME}</a> {CODE}"),
    "/empty": b"",
    "/nothing": b"   ",
    "/binary": bytes(range(256)) * 10,
}
REDIRECTS = {
    "/to-page": "/thu-tuc/code",
    "/to-home": "/",
    "/loop-a": "/loop-b",
    "/loop-b": "/loop-a",
    "/to-private": "https://10.0.0.1/thu-tuc/code",
    "/to-metadata": "http://169.254.169.254/latest/meta-data",
    "/to-file": "file:///etc/passwd",
    "/to-elsewhere": "https://thutuc.example.com/1.001193",
    "/to-user": "https://dichvucong.gov.vn@evil.example/",
    "/to-plain-http": "http://dichvucong.gov.vn/thu-tuc/code",
    "/to-nowhere": "",
}
STATUSES = {
    "/status/404": 404,
    "/status/500": 500,
    "/status/401": 401,
    "/status/403": 403,
    "/status/429": 429,
    "/status/503": 503,
}


class Site:
    """The site: ``url(path)`` is its address, ``asked`` what was asked for. ``release`` lets slow answers go on."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.asked: list[str] = []
        self.release = threading.Event()
        self.port = server.server_address[1]

    def url(self, path: str) -> str:
        """The address of a path here."""
        return f"http://127.0.0.1:{self.port}{path}"


class _Handler(BaseHTTPRequestHandler):
    site: Site
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        self.site.asked.append(self.path)
        path = self.path.partition("?")[0]
        if path in REDIRECTS or path.startswith("/hop/"):
            return self._redirect(REDIRECTS.get(path) if path in REDIRECTS else f"/hop/{int(path[5:]) + 1}")
        if path in STATUSES:
            return self._send(STATUSES[path], page("x", CODE))
        match path:
            case "/slow-body":
                return self._slowly()
            case "/huge":
                return self._huge()
            case "/bomb":
                return self._send(200, gzip.compress(b"a" * 30_000_000), encoding="gzip")
            case "/packed":
                return self._send(200, gzip.compress(PAGES["/thu-tuc/code"]), encoding="gzip")
            case "/packed-badly":
                return self._send(200, b"this is not gzip", encoding="gzip")
            case "/packed-strangely":
                return self._send(200, b"x", encoding="br")
            case "/pdf":
                return self._send(200, CODE.encode(), kind="application/pdf")
            case "/cut":
                return self._cut()
            case "/windows":
                content = f"<html><meta charset=windows-1258><body><p>{CODE}</p></body></html>".encode("cp1258") + b"\xd0\xe3"
                return self._send(200, content)
        return self._send(200, PAGES.get(path, page("Trang", f"Trang khác. {LONG}")))

    def _send(self, status: int, content: bytes, *, kind: str = "text/html; charset=utf-8", encoding: str | None = None) -> None:
        self.send_response(status)
        self.send_header("Content-Type", kind)
        if encoding:
            self.send_header("Content-Encoding", encoding)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _redirect(self, target: str | None) -> None:
        self.send_response(302)
        if target:
            self.send_header("Location", target)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _huge(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.close_connection = True
        try:
            for _ in range(200):
                self.wfile.write(b"x" * 65_536)
        except OSError:
            pass  # whoever has seen enough hangs up

    def _slowly(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"<html>")
        self.wfile.flush()
        self.site.release.wait(20)
        self.close_connection = True

    def _cut(self) -> None:
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.send_header("Content-Length", "1000")
        self.end_headers()
        self.wfile.write(b"<html>")
        self.close_connection = True

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def trap_site() -> Iterator[Site]:
    """The site, running."""
    handler = type("Handler", (_Handler,), {})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    site = handler.site = Site(server)
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()
    yield site
    site.release.set()
    server.shutdown()
    server.server_close()
