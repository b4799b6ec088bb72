"""A collector of traces for tests: takes OTLP over HTTP as a real one does, and keeps what it got."""

import gzip
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

from tests.waiting import wait_for


@dataclass(frozen=True)
class Spanned:
    """One span as it arrived."""

    service: str
    name: str
    trace: str
    id: str
    parent: str
    began: int
    ended: int
    attributes: Mapping[str, Any]


@dataclass
class TraceCollector:
    """Listens from ``start`` on. ``bodies`` holds the bytes as they came, unzipped."""

    bodies: list[bytes] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def start(self) -> None:
        """Listens on a free port."""
        collector = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                with collector._lock:
                    collector.bodies.append(gzip.decompress(body) if self.headers.get("Content-Encoding") == "gzip" else body)
                self.send_response(200)
                self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_args: object) -> None:
                """Silent."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
        self._thread.start()

    @property
    def environment(self) -> dict[str, str]:
        """The variables that send a process's spans here, soon."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://127.0.0.1:{self._server.server_address[1]}",
            "OTEL_BSP_SCHEDULE_DELAY": "200",
        }

    def stop(self) -> None:
        """Refuses connections from now on."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def spans(self) -> list[Spanned]:
        """All spans that came."""
        with self._lock:
            bodies = list(self.bodies)
        return [span for body in bodies for span in _spans_in(body)]

    def trace_with(self, fits: Callable[[Sequence[Spanned]], bool], what: str) -> list[Spanned]:
        """The first trace whose spans fit, once it is there."""

        def found() -> list[Spanned] | None:
            traces: dict[str, list[Spanned]] = {}
            for span in self.spans():
                traces.setdefault(span.trace, []).append(span)
            return next((trace for trace in traces.values() if fits(trace)), None)

        return wait_for(found, seconds=20, what=what)


def _spans_in(body: bytes) -> Iterator[Spanned]:
    request = ExportTraceServiceRequest.FromString(body)
    for of_resource in request.resource_spans:
        service = next(a.value.string_value for a in of_resource.resource.attributes if a.key == "service.name")
        for scope in of_resource.scope_spans:
            for span in scope.spans:
                attributes = {a.key: getattr(a.value, str(a.value.WhichOneof("value"))) for a in span.attributes}
                yield Spanned(
                    service,
                    span.name,
                    span.trace_id.hex(),
                    span.span_id.hex(),
                    span.parent_span_id.hex(),
                    span.start_time_unix_nano,
                    span.end_time_unix_nano,
                    attributes,
                )


@contextmanager
def collecting() -> Iterator[TraceCollector]:
    """A collector for the length of the block."""
    collector = TraceCollector()
    collector.start()
    try:
        yield collector
    finally:
        collector.stop()
