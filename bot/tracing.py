"""Traces: one per citizen's message, from the platform's request to the platform's acceptance of the answer (OpenTelemetry).

Off, and nothing imported, unless ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or ``…_TRACES_ENDPOINT``) is set; sampling, queue and exporter
follow the standard ``OTEL_…`` variables. A span holds ids of ours, names and numbers, never words: what is not in ``ATTRIBUTES``
is left out, exceptions are named by their type. Spans wait in a bounded queue and are sent by a thread of their own, for which
nobody waits. What an operator needs to know: docs/operators/traces.md.
"""

import os
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, Literal, Protocol

from bot.log_masking import masked_text

Kind = Literal["internal", "server", "client", "producer", "consumer"]

ATTRIBUTES = frozenset(
    {
        "action", "attempt", "channel", "confidence", "conversation_id", "delivery_id", "detail", "error", "event",
        "failed", "found", "inbound_id", "intent", "messages", "method", "mode", "model", "outbound_id", "outcome",
        "result", "retried", "seq", "slot", "state", "status", "verdict", "waited_ms",
    }
)  # fmt: skip
"""All that a span may say. A new name needs a look at what it can hold."""

_LONGEST = 120
_NAME_OR_ID = re.compile(r"[a-z_.]*|[0-9a-f]{32}")
LAST_SPANS_SECONDS = 3.0


class Span(Protocol):
    """What the code that is measured may do with its span."""

    def note(self, **attributes: object) -> None:
        """Adds attributes; those that ``ATTRIBUTES`` does not name, and None, are left out."""

    @property
    def traceparent(self) -> str | None:
        """The span's place in the trace as W3C writes it; None where nothing is recorded."""


class _Unrecorded:
    traceparent = None

    def note(self, **attributes: object) -> None:
        pass


class _Recorded:
    def __init__(self, span: Any) -> None:
        self.span = span

    def note(self, **attributes: object) -> None:
        if self.span.is_recording():
            self.span.set_attributes(_presentable(attributes))

    @property
    def traceparent(self) -> str:
        context = self.span.get_span_context()
        return f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"


UNRECORDED: Span = _Unrecorded()
_tracer: Any = None
_arrived: ContextVar[int | None] = ContextVar("arrived", default=None)


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment names a collector."""
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if disabled or environ.get("OTEL_TRACES_EXPORTER", "").strip() == "none":
        return False
    return bool(environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))


def configure_tracing(process: str, environ: Mapping[str, str] = os.environ) -> Callable[[], None]:
    """Records from now on, where the environment names a collector; ``process`` names the service (``motcua-gateway``) unless
    ``OTEL_SERVICE_NAME`` does. Gives what to call at the end: it sends what is left, for at most three seconds."""
    global _tracer
    if not wanted(environ):
        return lambda: None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": f"motcua-{process}"}
    instance = {"service.namespace": "motcua", "service.instance.id": f"{socket.gethostname()[:40]}:{os.getpid()}"}
    provider = TracerProvider(resource=Resource.create(named | instance), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("motcua")

    def end() -> None:
        global _tracer
        _tracer = None
        # The exporter has a patience of its own, which is longer than a stopping process has.
        flushing = threading.Thread(target=provider.force_flush, name="last-spans", daemon=True)
        flushing.start()
        flushing.join(LAST_SPANS_SECONDS)

    return end


def recording() -> bool:
    """Whether spans are recorded at all; for what only costs something then."""
    return _tracer is not None


@contextmanager
def span(
    name: str,
    *,
    kind: Kind = "internal",
    parent: str | None = None,
    root: bool = False,
    began_ns: int | None = None,
    **attributes: object,
) -> Iterator[Span]:
    """A span around the block, current within it. It hangs under ``parent`` (a traceparent), else under the current span;
    ``root`` begins a trace. ``began_ns``: when it began, where that was before. A fault inside is noted by its type."""
    if _tracer is None:
        yield UNRECORDED
        return
    from opentelemetry import context, trace
    from opentelemetry.trace import Status, StatusCode

    above = _context_of(parent) if parent is not None else context.Context() if root else None
    recorded = _Recorded(_tracer.start_span(name, above, trace.SpanKind[kind.upper()], start_time=began_ns))
    recorded.note(**attributes)
    with trace.use_span(recorded.span, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield recorded
        except BaseException as error:
            recorded.note(error=type(error).__name__)
            recorded.span.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def note(**attributes: object) -> None:
    """Adds attributes to the current span, where there is one."""
    if _tracer is not None:
        from opentelemetry import trace

        _Recorded(trace.get_current_span()).note(**attributes)


def traceparent() -> str | None:
    """The current span's place in its trace, to be handed on; None where nothing is recorded."""
    if _tracer is None:
        return None
    from opentelemetry import trace

    current = trace.get_current_span()
    return _Recorded(current).traceparent if current.get_span_context().is_valid else None


def headers() -> dict[str, str]:
    """What a call to another process of ours carries, so that its spans hang under the current one."""
    place = traceparent()
    return {"traceparent": place} if place is not None else {}


def trace_id() -> str | None:
    """The id of the current trace, for log lines."""
    place = traceparent()
    return place.split("-")[1] if place is not None else None


def note_arrival() -> None:
    """Notes that a request arrived now: the trace of its message begins here."""
    if _tracer is not None:
        _arrived.set(time.time_ns())


def arrived_ns() -> int | None:
    """When the request in hand arrived, in nanoseconds since the epoch; None where nobody noted it."""
    return _arrived.get()


def _context_of(place: str) -> Any:
    # A malformed place reads as none: the span begins a trace of its own.
    from opentelemetry.context import Context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    return TraceContextTextMapPropagator().extract({"traceparent": place}, Context())


def _presentable(attributes: Mapping[str, object]) -> dict[str, Any]:
    return {name: _plain(value) for name, value in attributes.items() if name in ATTRIBUTES and value is not None}


def _plain(value: object) -> bool | int | float | str:
    if isinstance(value, bool | int | float):
        return value
    text = str(value)[:_LONGEST]
    return text if _NAME_OR_ID.fullmatch(text) else masked_text(text)
