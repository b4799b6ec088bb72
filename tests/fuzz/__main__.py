"""``python -m tests.fuzz``: every parser in turn, for FUZZ_SECONDS seconds together; counts at the end, 1 where something broke.

``FUZZ_ONLY``: a part of the names. ``FUZZ_SEED``: begins elsewhere (by default the day's number, so that every day tries others).
A crash is shown with the smallest input that does it, and the run goes on with the next parser.
"""

import os
import resource
import sys
import time
import traceback
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

from tests.fuzz import all_parsers
from tests.fuzz.parsers import Parser, Tally, judge

_ROUND = 150
_MEMORY = 6 * 1024**3
"""Address space: an input that wants more is a MemoryError, and so a crash."""


def run(parser: Parser, seconds: float, first_seed: int) -> Tally:
    """Feeds one parser for so long, at least one round."""
    tally, until, number = Tally(parser.name), time.monotonic() + seconds, first_seed
    while True:
        number += 1
        try:
            _round(parser, tally, number)
        except Exception as error:  # noqa: BLE001 (whatever a parser lets out is what is looked for)
            _show(parser, error, number)
            return tally
        if time.monotonic() >= until:
            return tally


def _round(parser: Parser, tally: Tally, number: int) -> None:
    @seed(number)
    @settings(
        max_examples=_ROUND,
        database=None,
        deadline=None,
        print_blob=False,
        phases=(Phase.generate, Phase.shrink),
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def holds(data: Any) -> None:
        judge(parser, data.draw(parser.inputs), tally)

    holds()


def _show(parser: Parser, error: Exception, number: int) -> None:
    where = traceback.extract_tb(error.__traceback__)
    ours = next(
        (frame for frame in reversed(where) if "/tests/" not in frame.filename and "hypothesis" not in frame.filename), where[-1]
    )
    print(f"CRASH {parser.name} (seed {number}): {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
    print(f"  at {ours.filename}:{ours.lineno}", file=sys.stderr)
    for note in getattr(error, "__notes__", ()):
        print("  " + note[:1_500].replace("\n", "\n  "), file=sys.stderr)


def main() -> int:
    """Runs all, prints a table."""
    seconds = float(os.environ.get("FUZZ_SECONDS", "600"))
    only = os.environ.get("FUZZ_ONLY", "")
    first_seed = int(os.environ.get("FUZZ_SEED", str(datetime.now(UTC).toordinal()))) * 1_000_000
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, resource.RLIM_INFINITY))
    chosen = [parser for parser in all_parsers() if only in parser.name]
    tallies = []
    print(f"{'parser':32} {'runs':>8} {'accepted':>9} {'refused':>8} {'crashes':>8} {'slowest ms':>11}")
    for parser in chosen:
        tally = run(parser, seconds / len(chosen), first_seed)
        tallies.append(tally)
        print(
            f"{tally.name:32} {tally.runs:8} {tally.accepted:9} {tally.refused:8} {tally.crashes:8} {tally.slowest * 1000:11.1f}",
            flush=True,
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    broken = [tally.name for tally in tallies if tally.crashes]
    print(
        f"seed {first_seed}; {sum(t.runs for t in tallies)} inputs; highest memory {peak} MB; parsers that broke: {len(broken)}"
    )
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
