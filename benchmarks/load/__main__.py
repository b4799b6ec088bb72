"""The whole product under load, measured where the citizens are: at the platforms' simulators.

    python -m benchmarks.load steady --rate 30 --seconds 60
    python -m benchmarks.load storm --rate 200 --seconds 60
    python -m benchmarks.load soak --minutes 30 --rate 2
    python -m benchmarks.load day --messages 4000 --seconds 240
    python -m benchmarks.load cost --times 1,10,100
    python -m benchmarks.load capacity

Each but the last starts the real processes on free ports of this machine (Rasa, actions, gateway, workers, senders, the
simulators of Zalo and Messenger) on PostgreSQL (127.0.0.1:5432 or DATABASE_URL; a database is made and dropped) or with
``--database sqlite``, and writes its figures to ``var/load/SCENARIO.json``. ``capacity`` writes docs/operators/capacity.md from
these. Ends with 1 where a message was lost, answered twice, or left without an outcome.
"""

import argparse
import random
import sys
import time
from collections.abc import Sequence

from benchmarks.load import capacity, cost
from benchmarks.load.kept import keep
from benchmarks.load.product import running
from benchmarks.load.report import print_run, told
from benchmarks.load.run import Run, carry_out
from benchmarks.load.statements import table
from benchmarks.load.traffic import Said, day, evenly, talks
from benchmarks.webhooks import measure_echo

_SEED = 1


def say(line: str) -> None:
    """One line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a scenario; 1 where a promise was broken."""
    options = _options(arguments)
    if options.scenario == "capacity":
        capacity.write_page()
        return 0
    if options.scenario == "cost":
        return cost.measure(options, say)
    return _loaded(options)


def _loaded(options: argparse.Namespace) -> int:
    talk = _talk(options)
    say(f"{options.scenario}: {options.database}, {options.workers} bộ xử lý, {options.senders} bộ gửi")
    echo = measure_echo(argparse.Namespace(rate=max(1, int(options.rate)), seconds=10, citizens=500))
    with running(options.database, options.workers, options.senders, options.engines, say) as product:
        run: Run = carry_out(product, talk, options.drain, say, statements=options.statements)
    figures = told(options, run, echo.percentile(0.99))
    keep(options.scenario, figures)
    print_run(figures)
    if run.statements:
        print("\n".join(table(run.statements, len(talk))))
    for line in run.outcome.broken():
        print(f"  ! {line}")
    return int(bool(run.outcome.broken()) or run.drained_seconds is None)


def _talk(options: argparse.Namespace) -> list[Said]:
    if options.scenario == "day":
        moments = day(options.messages, options.seconds, random.Random(_SEED))
    else:
        moments = evenly(options.rate, options.minutes * 60 if options.scenario == "soak" else options.seconds)
    return talks(moments, options.per_citizen, _SEED)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.load", description=(__doc__ or "").splitlines()[0])
    scenarios = parser.add_subparsers(dest="scenario", required=True)
    for name, rate in (("steady", 30.0), ("storm", 200.0), ("soak", 2.0), ("day", 8.0)):
        one = scenarios.add_parser(name)
        one.add_argument("--rate", type=float, default=rate, help="messages a second (day: of the echo beside it)")
        one.add_argument("--seconds", type=float, default=240 if name == "day" else 60)
        one.add_argument("--minutes", type=float, default=30, help="soak only")
        one.add_argument("--messages", type=int, default=4000, help="day only")
        one.add_argument("--per-citizen", type=int, default=4)
        one.add_argument("--drain", type=float, default=900, help="how long all is waited for at most")
        one.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
        one.add_argument("--workers", type=int, default=1)
        one.add_argument("--senders", type=int, default=1)
        one.add_argument("--engines", type=int, default=1)
        one.add_argument("--statements", action="store_true", help="PostgreSQL's, dearest first (needs pg_stat_statements)")
    curve = scenarios.add_parser("cost")
    curve.add_argument("--times", type=lambda words: [int(word) for word in words.split(",")], default=[1, 10, 100])
    curve.add_argument("--turns", type=int, default=200)
    curve.add_argument("--database", choices=("postgresql", "sqlite"), default="postgresql")
    scenarios.add_parser("capacity")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
