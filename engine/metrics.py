"""What the engine tells to Prometheus: every metric of this process, and where each is taken.

The application's processes have ``bot.metrics``; this environment may not import it. Labels are words of ours: never a
conversation, never a text. Documented in docs/operators/metrics.md.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

import prometheus_client
from prometheus_client import Counter, Gauge, Histogram

# When each series began is told by nobody here, and would double the number of series.
prometheus_client.disable_created_metrics()  # type: ignore[no-untyped-call]

_QUICK = (0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 3.0)
_CALLS = (0.01, 0.05, 0.1, 0.25, 0.5, 1.0, 2.0, 3.0, 6.0, 10.0)
_COUNTS = (5, 10, 25, 50, 100, 250, 500, 1000, 2500)

TURNS = Counter("motcua_engine_turns_total", "Turns by how they ended.", ["result"])
TURN_SECONDS = Histogram("motcua_engine_turn_seconds", "Seconds of a turn.", buckets=_CALLS)
NLU_SECONDS = Histogram("motcua_engine_nlu_seconds", "Seconds until a typed message was understood.", buckets=_QUICK)
QUEUE_SECONDS = Histogram("motcua_engine_queue_seconds", "Seconds a turn waited for the one before it.", buckets=_QUICK)
LOCK_SECONDS = Histogram("motcua_engine_lock_wait_seconds", "Seconds until the conversation's lock was held.", buckets=_QUICK)
TRACKER_EVENTS = Histogram("motcua_engine_tracker_events", "Events of a conversation that was loaded.", buckets=_COUNTS)
TRACKER_SECONDS = Histogram("motcua_engine_tracker_seconds", "Seconds of a use of the tracker store.", buckets=_QUICK)
TRACKER_ERRORS = Counter("motcua_engine_tracker_errors_total", "Uses of the tracker store that failed.")
ACTION_CALLS = Counter("motcua_engine_action_calls_total", "Calls of the action server.", ["action", "result"])
ACTION_SECONDS = Histogram("motcua_engine_action_call_seconds", "Seconds of a call of the action server.", buckets=_CALLS)
MODEL_INFO = Gauge("motcua_engine_model_info", "Always 1: the slot, its model and the model's hash.", ["slot", "model", "sha256"])
BUILD_INFO = Gauge("motcua_engine_build_info", "Always 1: the versions of this process.", ["rasa", "commit"])

DECLARED: tuple[Counter | Gauge | Histogram, ...] = (
    TURNS,
    TURN_SECONDS,
    NLU_SECONDS,
    QUEUE_SECONDS,
    LOCK_SECONDS,
    TRACKER_EVENTS,
    TRACKER_SECONDS,
    TRACKER_ERRORS,
    ACTION_CALLS,
    ACTION_SECONDS,
    MODEL_INFO,
    BUILD_INFO,
)
"""All of them but the two that are read at the scrape."""

READ_AT_SCRAPE = {
    "motcua_engine_ready": "1 where a turn can be answered now (what /readyz says).",
    "motcua_engine_tracker_bytes": "Size of the tracker store on disk, read at most once a minute.",
}


@contextmanager
def seconds_of(histogram: Histogram) -> Iterator[None]:
    """Measures the block, however it ends."""
    began = time.perf_counter()
    try:
        yield
    finally:
        histogram.observe(time.perf_counter() - began)


def tell_model(slot: str | None, model: str, sha256: str | None) -> None:
    """What is served now; what was served before is told no longer."""
    MODEL_INFO.clear()
    MODEL_INFO.labels(slot or "", model, (sha256 or "")[:12]).set(1)
