"""A trace says how long what took, and nothing of what was said; without a collector it costs nothing."""

import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from bot import tracing
from bot.settings import PROJECT_ROOT
from tests.trace_collector import TraceCollector, collecting

PHONE, OWN_ID = "0912345678", "a024099001234bcd"


@pytest.fixture
def collector() -> Iterator[TraceCollector]:
    with collecting() as running:
        yield running


@pytest.fixture
def recording(collector: TraceCollector, monkeypatch: pytest.MonkeyPatch) -> Iterator[TraceCollector]:
    for name, value in collector.environment.items():
        monkeypatch.setenv(name, value)
    end = tracing.configure_tracing("test")
    yield collector
    end()


def test_a_message_crosses_processes_in_one_trace(recording: TraceCollector) -> None:
    with tracing.span("webhook", root=True, channel="zalo", began_ns=time.time_ns() - 5_000_000) as webhook:
        place = webhook.traceparent
    with tracing.span("turn", parent=place, attempt=2), tracing.span("engine") as engine:
        assert tracing.headers() == {"traceparent": engine.traceparent}
        assert tracing.trace_id() == (place or "").split("-")[1]
    trace = recording.trace_with(lambda spans: len(spans) == 3, "the trace")
    webhook_span, turn, asked = (next(span for span in trace if span.name == name) for name in ("webhook", "turn", "engine"))
    assert (webhook_span.parent, turn.parent, asked.parent) == ("", webhook_span.id, turn.id)
    assert webhook_span.service == "motcua-test"
    assert webhook_span.ended - webhook_span.began >= 5_000_000
    assert turn.attributes == {"attempt": 2}


def test_words_numbers_and_messages_of_exceptions_stay_out(recording: TraceCollector) -> None:
    def turn_that_fails() -> None:
        with tracing.span("turn", root=True, text="tôi muốn ly hôn", detail=f"gọi {PHONE}", conversation_id=OWN_ID) as span:
            span.note(url="https://cong.example/?token=abc", outcome="x" * 500)
            raise ValueError(f"hộ khẩu của {PHONE}")

    with pytest.raises(ValueError, match="hộ khẩu"):
        turn_that_fails()
    (turn,) = recording.trace_with(lambda spans: spans[0].name == "turn", "the trace")
    assert set(turn.attributes) == {"detail", "conversation_id", "outcome", "error"}
    assert turn.attributes["conversation_id"] == OWN_ID
    assert (turn.attributes["error"], len(turn.attributes["outcome"])) == ("ValueError", 120)
    sent = b"".join(recording.bodies)
    for words in ("ly hôn", PHONE, "hộ khẩu", "cong.example"):
        assert words.encode() not in sent


def test_a_strangers_place_that_is_none_begins_a_trace(recording: TraceCollector) -> None:
    with tracing.span("turn", parent="00-nonsense-01"):
        pass
    assert recording.trace_with(lambda spans: spans[0].name == "turn", "the trace")[0].parent == ""


def test_nobody_waits_for_a_collector_that_takes_and_never_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf, ExitStack() as held:
        deaf.settimeout(20)
        monkeypatch.setenv("OTEL_EXPORTER_OTLP_ENDPOINT", f"http://127.0.0.1:{deaf.getsockname()[1]}")
        monkeypatch.setenv("OTEL_BSP_SCHEDULE_DELAY", "50")
        monkeypatch.setenv("OTEL_BSP_MAX_QUEUE_SIZE", "10")
        monkeypatch.setenv("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", "5")
        monkeypatch.setattr(tracing, "LAST_SPANS_SECONDS", 0.1)
        end = tracing.configure_tracing("test")
        with tracing.span("first", root=True):
            pass
        connection, _ = deaf.accept()
        held.enter_context(connection)
        for _ in range(500):  # the queue holds ten; the exporter holds its thread
            with tracing.span("turn", root=True):
                pass
        end()
    with tracing.span("after") as after:
        assert after is tracing.UNRECORDED


def test_without_a_collector_nothing_is_imported_and_nothing_recorded() -> None:
    script = (
        "import sys, json\n"
        "from bot import tracing\n"
        "end = tracing.configure_tracing('test', {'OTEL_SDK_DISABLED': 'true', 'OTEL_EXPORTER_OTLP_ENDPOINT': 'http://x'})\n"
        "tracing.configure_tracing('test', {})()\n"
        "with tracing.span('turn', parent='00-1-2-01') as span:\n"
        "    tracing.note(outcome='answered'); tracing.note_arrival()\n"
        "found = [span.traceparent, tracing.headers(), tracing.trace_id(), tracing.arrived_ns(), tracing.recording()]\n"
        "end()\n"
        "print(json.dumps([found, [name for name in sys.modules if name.startswith(('opentelemetry', 'google', 'requests'))]]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [[None, {}, None, None, False], []]
