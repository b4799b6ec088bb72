"""The engine's part of a message's trace: the turn, the understanding, the decisions, the actions (docs/operators/traces.md).

Off, and nothing imported, unless ``OTEL_EXPORTER_OTLP_ENDPOINT`` (or ``…_TRACES_ENDPOINT``) is set. Spans hold names and numbers,
never words: only the attributes that this file and the private channel name, and exceptions by their type. A thread of their own
sends them. ``bot.tracing`` is the same for the other environment.
"""

import functools
import os
import socket
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

_LAST_SPANS_SECONDS = 3.0

_tracer: Any = None


def wanted(environ: Mapping[str, str]) -> bool:
    """Whether the environment names a collector."""
    disabled = environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true"
    if disabled or environ.get("OTEL_TRACES_EXPORTER", "").strip() == "none":
        return False
    return bool(environ.get("OTEL_EXPORTER_OTLP_ENDPOINT") or environ.get("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"))


def configure_tracing(process: str, environ: Mapping[str, str] = os.environ) -> Callable[[], None]:
    """Records from now on, where the environment names a collector. Gives what to call at the end."""
    global _tracer
    if not wanted(environ):
        return lambda: None
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor

    named = {} if environ.get("OTEL_SERVICE_NAME") else {"service.name": f"motcua-{process}"}
    instance = {"service.namespace": "motcua", "service.instance.id": f"{socket.gethostname()[:40]}:{os.getpid()}"}
    provider = TracerProvider(resource=Resource.create({**named, **instance}), shutdown_on_exit=False)
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    _tracer = provider.get_tracer("motcua")

    def end() -> None:
        flushing = threading.Thread(target=provider.force_flush, name="last-spans", daemon=True)
        flushing.start()
        flushing.join(_LAST_SPANS_SECONDS)

    return end


@contextmanager
def span(name: str, *, kind: str = "internal", parent: str | None = None, **attributes: Any) -> Iterator[Callable[..., None]]:
    """A span around the block, under ``parent`` (a traceparent) or the current one; gives the function that adds attributes."""
    if _tracer is None:
        yield _nothing
        return
    from opentelemetry import context, trace
    from opentelemetry.trace import Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    # A malformed place reads as none: the span begins a trace of its own.
    above = TraceContextTextMapPropagator().extract({"traceparent": parent}, context.Context()) if parent else None
    started = _tracer.start_span(
        name, above, trace.SpanKind[kind.upper()], _known(attributes), record_exception=False, set_status_on_exception=False
    )
    with trace.use_span(started, end_on_exit=True, record_exception=False, set_status_on_exception=False):
        try:
            yield lambda **more: started.set_attributes(_known(more))
        except BaseException as error:
            started.set_attribute("error", type(error).__name__)
            started.set_status(Status(StatusCode.ERROR, type(error).__name__))
            raise


def headers() -> dict[str, str]:
    """What a call to the action server carries, so that its spans hang under the current one."""
    if _tracer is None:
        return {}
    from opentelemetry import trace

    context = trace.get_current_span().get_span_context()
    if not context.is_valid:
        return {}
    return {"traceparent": f"00-{context.trace_id:032x}-{context.span_id:016x}-{context.trace_flags:02x}"}


def trace_id() -> str | None:
    """The id of the current trace, for log lines."""
    return carried["traceparent"].split("-")[1] if (carried := headers()) else None


def watch_rasa() -> None:
    """Spans around Rasa's predictions and calls of actions, and the trace's place in those calls. Only where spans are recorded;
    after the patches, for the same Rasa."""
    if _tracer is None:
        return
    from rasa.core.actions.action import RemoteAction
    from rasa.core.processor import MessageProcessor
    from rasa.utils.endpoints import EndpointConfig

    stock_run, stock_predict = RemoteAction.run, MessageProcessor.predict_next_with_tracker_if_should
    stock_request = EndpointConfig.request

    @functools.wraps(stock_run)
    async def run(self: RemoteAction, *args: Any, **kwargs: Any) -> Any:
        with span("rasa.action", kind="client", action=self.name()):
            return await stock_run(self, *args, **kwargs)

    @functools.wraps(stock_predict)
    def predict(self: MessageProcessor, *args: Any, **kwargs: Any) -> Any:
        with span("rasa.policies") as note:
            action, prediction = stock_predict(self, *args, **kwargs)
            note(action=action.name(), policy=str(prediction.policy_name), confidence=float(prediction.max_confidence))
            return action, prediction

    @functools.wraps(stock_request)
    async def request(self: EndpointConfig, *args: Any, **kwargs: Any) -> Any:
        return await stock_request(self, *args, **{**kwargs, "headers": {**(kwargs.get("headers") or {}), **headers()}})

    RemoteAction.run = run
    MessageProcessor.predict_next_with_tracker_if_should = predict
    EndpointConfig.request = request


def _nothing(**_attributes: Any) -> None:
    pass


def _known(attributes: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in attributes.items() if value is not None}
