"""What traces cost: a process with and without them, and a span that is kept, one that is not, and one where nothing is recorded.

``python -m benchmarks.tracing`` prints one JSON object: processor time of the whole process, and the most memory that it had.
Nobody listens at the collector's address, and nothing is sent while it is measured.
"""

import json
import os
import subprocess
import sys

from bot.settings import PROJECT_ROOT

_NOBODY = {
    "OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:9",
    "OTEL_BSP_SCHEDULE_DELAY": "600000",
    "OTEL_BSP_MAX_QUEUE_SIZE": "30000",
    "OTEL_BSP_MAX_EXPORT_BATCH_SIZE": "30000",
}
_NEVER = {"OTEL_TRACES_SAMPLER": "parentbased_traceidratio", "OTEL_TRACES_SAMPLER_ARG": "0"}

_MEASURED = """
import json, os, resource, time
import bot.log_masking  # every process has it
began = time.process_time()
from bot import tracing
tracing.configure_tracing("benchmark")
start = time.process_time() - began
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
began = time.process_time()
for number in range(20_000):
    with tracing.span("turn", root=True, channel="zalo", conversation_id="460b8123c3c325ffb05be3e5edc436d6", attempt=1) as span:
        span.note(outcome="answered")
each = (time.process_time() - began) / 20_000
print(json.dumps({"start_ms": round(start * 1000, 1), "memory_mb": round(memory, 1), "span_us": round(each * 1e6, 1)}))
os._exit(0)
"""


def measured(**environment: str) -> dict[str, float]:
    """The figures of a fresh process."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    done = subprocess.run(
        [sys.executable, "-c", "import sys; exec(sys.stdin.read())"],
        input=f"import sys; sys.stdout.reconfigure(line_buffering=True)\n{_MEASURED}",
        cwd=PROJECT_ROOT,
        env={**plain, **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


def main() -> None:
    """Measures and prints."""
    print(json.dumps({"off": measured(), "kept": measured(**_NOBODY), "not_kept": measured(**_NOBODY, **_NEVER)}, indent=1))


if __name__ == "__main__":
    main()
