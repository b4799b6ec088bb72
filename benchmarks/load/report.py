"""A run as figures: for the terminal, and as JSON for the page."""

import argparse
import os
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.load.figures import above_idle, by_second, slope_per_hour, spread
from benchmarks.load.run import Look, Run


def told(options: argparse.Namespace, run: Run, echo_p99_ms: float) -> dict[str, Any]:
    """All figures of a run. Seconds are seconds, ``ms`` milliseconds."""
    acknowledged = [(one.due - run.began, one.seconds) for one in run.posted if one.status == 200]
    answers = [(due - run.began, seconds) for due, seconds in run.outcome.answer_seconds]
    messages = run.outcome.posted
    took = spread([seconds * 1000 for _, seconds in acknowledged])
    return {
        "scenario": options.scenario,
        "cores": os.cpu_count(),
        "database": options.database,
        "rate": options.rate,
        "workers": options.workers,
        "senders": options.senders,
        "engines": options.engines,
        "messages": messages,
        "platform_events": run.events,
        "webhook_ms": vars(took),
        "echo_p99_ms": round(echo_p99_ms, 2),
        "webhook_p99_times_echo": round((took.p99 or 0) / echo_p99_ms, 2),
        "answer_seconds": vars(spread([seconds for _, seconds in answers])),
        "outcomes": dict(run.outcome.outcomes),
        "refused": run.outcome.refused,
        "broken": run.outcome.broken(),
        "drained_seconds": run.drained_seconds,
        "backlog_most": max((look.unanswered + look.unsent for look in run.looks), default=0),
        "connections_most": max((look.connections for look in run.looks), default=0),
        "refused_statuses": dict(Counter(str(one.status) for one in run.posted if one.status != 200)),
        "idle_cores": run.idle_cores,
        "cpu_ms_per_message": above_idle(run.cpu_seconds, run.idle_cores, run.elapsed, messages),
        "memory_mb": _memory(run.looks),
        "seconds": _seconds(acknowledged, answers, run.looks),
    }


def _memory(looks: Sequence[Look]) -> dict[str, dict[str, float | None]]:
    """Of each process at the start, in the middle and at the end, and the slope of the second half, when all is warm."""
    if not looks:
        return {}
    half = looks[len(looks) // 2 :]
    found = {}
    for name in looks[0].processes:
        points = [(look.at, look.processes[name].rss_mb) for look in half if name in look.processes]
        at = [look.processes[name] for look in (looks[0], looks[len(looks) // 2], looks[-1]) if name in look.processes]
        if len(at) < 3:
            continue
        start, middle, end = (one.rss_mb for one in at)
        slope = slope_per_hour(points)
        found[name] = {"start": start, "middle": middle, "end": end, "per_hour": slope, "threads": at[-1].threads}
    return found


def _seconds(
    acknowledged: Sequence[tuple[float, float]], answers: Sequence[tuple[float, float]], looks: Sequence[Look]
) -> list[dict[str, Any]]:
    took, answered = by_second(acknowledged), by_second(answers)
    backlog = {int(look.at): look.unanswered + look.unsent for look in looks}
    return [
        {
            "second": second,
            "webhook_p99_ms": _ms(spread(took.get(second, [])).p99),
            "answer_p50": spread(answered.get(second, [])).p50,
            "answer_p95": spread(answered.get(second, [])).p95,
            "answer_p99": spread(answered.get(second, [])).p99,
            "backlog": backlog.get(second),
        }
        for second in sorted({*took, *answered, *backlog})
    ]


def _ms(seconds: float | None) -> float | None:
    return None if seconds is None else seconds * 1000


def print_run(figures: Mapping[str, Any]) -> None:
    """The figures, for a person."""
    webhook, answer = figures["webhook_ms"], figures["answer_seconds"]
    print(f"{figures['scenario']}: {figures['messages']} messages on {figures['database']}, {figures['cores']} cores")
    print(f"  webhook → 200   p50 {_n(webhook['p50'])} p95 {_n(webhook['p95'])} p99 {_n(webhook['p99'])} ms", end="")
    print(f"  (p99 × echo {figures['webhook_p99_times_echo']}), refused {figures['refused']}")
    print(
        f"  webhook → answer p50 {_n(answer['p50'])} p95 {_n(answer['p95'])} p99 {_n(answer['p99'])} s, shown {answer['count']}"
    )
    print(f"  outcomes {figures['outcomes']}, platform events {figures['platform_events']}")
    print(f"  backlog at most {figures['backlog_most']}, drained after {_n(figures['drained_seconds'])} s")
    print("  process              CPU ms/message   idle %   MB start  middle     end  per hour  threads")
    for name, cpu in sorted(figures["cpu_ms_per_message"].items(), key=lambda one: -one[1]):
        memory = figures["memory_mb"].get(name, {})
        places = "".join(f"{_n(memory.get(key)):>9}" for key in ("start", "middle", "end", "per_hour", "threads"))
        print(f"  {name:20} {cpu:14.2f} {100 * figures['idle_cores'].get(name, 0):8.1f} {places}")


def _n(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}" if abs(value) < 100 else f"{value:.0f}"
