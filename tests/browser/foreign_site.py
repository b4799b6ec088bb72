"""A web site that is not ours, with a strict Content-Security-Policy, that carries the widget."""

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from string import Template

PAGE = Template("""<!doctype html>
<html lang="vi"><head><meta charset="utf-8"><title>Trang của xã</title>
<meta name="viewport" content="width=device-width, initial-scale=1"><link rel="icon" href="data:,"></head>
<body><main><h1>Trang của xã</h1><p>Nội dung của trang.</p><p><a href="#tin">Tin tức</a></p></main>
<script src="$gateway/widget.js" async$attributes></script>
</body></html>
""")


class ForeignSite:
    """Serves one page; the path names the attributes: ``/left`` puts the button to the left, ``/en`` speaks English.

    It is opened as ``localhost`` while the gateway is ``127.0.0.1``: another origin and another site.
    """

    def __init__(self) -> None:
        self.gateway = ""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="foreign-site")

    @property
    def port(self) -> int:
        """Where it listens."""
        return int(self._server.server_address[1])

    @property
    def origin(self) -> str:
        """Its origin as the browser sees it."""
        return f"http://localhost:{self.port}"

    def start(self) -> None:
        """Begins to serve."""
        self._thread.start()

    def stop(self) -> None:
        """Ends."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        site = self
        attributes = {"/left": ' data-position="left"', "/en": ' data-language="en"'}

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = PAGE.substitute(gateway=site.gateway, attributes=attributes.get(self.path, "")).encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                policy = f"default-src 'none'; script-src {site.gateway}; frame-src {site.gateway}; img-src data:"
                self.send_header("Content-Security-Policy", policy)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                """Quiet."""

        return Handler
