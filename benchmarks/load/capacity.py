"""Writes the measured parts of ``docs/operators/capacity.md``, between its markers, from the figures of the last runs."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.load import plots
from benchmarks.load.kept import kept
from benchmarks.load.sizing import (
    LOADS,
    by_kind,
    connections_for,
    cores_for,
    max_connections_for,
    processes_for,
    turns_per_core,
)
from bot.settings import PROJECT_ROOT

PAGE = PROJECT_ROOT / "docs" / "operators" / "capacity.md"
BEGIN, END = "<!-- measured: {} -->", "<!-- end of {} -->"
_RUNS = ("steady", "storm", "day", "soak")


class NotMeasuredError(LookupError):
    """A scenario that the page needs was not run here."""


def write_page(page: Path = PAGE) -> None:
    """Rewrites each part whose scenario was run here; the others stay. Raises ``NotMeasuredError`` without a steady run."""
    steady = kept("steady")
    if steady is None:
        raise NotMeasuredError("run `python -m benchmarks.load steady` first: the capacity is computed from it")
    cpu = by_kind(steady["cpu_ms_per_message"])
    text = page.read_text(encoding="utf-8")
    idle = by_kind(steady["idle_cores"])
    text = between(
        text, "cores", [*core_rows(cpu, idle), "", picture(plots.write("capacity-cores", plots.core_chart(cpu)), "cores")]
    )
    text = between(text, "loads", load_rows(cpu, idle))
    runs = [found for name in _RUNS if (found := kept(name)) is not None]
    text = between(text, "runs", [*run_rows(runs), *_pictures(runs)])
    if (webhooks := kept("webhooks")) is not None:
        text = between(text, "webhooks", webhook_rows(webhooks))
    if (cost := kept("cost")) is not None:
        curve = plots.write("capacity-cost", plots.cost_chart(cost["curve"]))
        text = between(text, "cost", [*cost_rows(cost["curve"]), "", picture(curve, "cost by size of the ledger")])
    if (soak := kept("soak")) is not None:
        text = between(text, "memory", memory_rows(soak))
    page.write_text(text, encoding="utf-8")


def between(text: str, part: str, rows: Sequence[str]) -> str:
    """The text with what stands between the part's markers replaced. Raises ``ValueError`` where a marker is missing."""
    begin, end = BEGIN.format(part), END.format(part)
    head, found, rest = text.partition(begin)
    _, closed, tail = rest.partition(end)
    if not (found and closed):
        raise ValueError(f"the page has no part {part!r}")
    return f"{head}{begin}\n\n" + "\n".join(rows) + f"\n\n{end}{tail}"


def picture(name: str, told: str) -> str:
    """A picture in the page."""
    return f"![{told}](images/{name})"


def core_rows(cpu: Mapping[str, float], idle: Mapping[str, float]) -> list[str]:
    """What one core of each process carries; what breaks first stands first."""
    rows = ["| process | CPU ms per message | messages/s per core | of a core without any message | |", "|---|---|---|---|---|"]
    for place, (kind, used) in enumerate(cpu.items()):
        note = "breaks first" if place == 0 else ""
        rows.append(f"| {kind} | {used:.1f} | {turns_per_core(used):.0f} | {100 * idle.get(kind, 0):.1f} % | {note} |")
    whole = sum(cpu.values())
    return [*rows, f"| all together | {whole:.1f} | {turns_per_core(whole):.1f} | {100 * sum(idle.values()):.1f} % | |"]


def load_rows(cpu: Mapping[str, float], idle: Mapping[str, float]) -> list[str]:
    """What each load of the model needs."""
    ours = {kind: used for kind, used in cpu.items() if kind != "postgresql"}
    heads = ["load", "messages/day", "answers/s, busiest hour", "answers/s, burst", *ours, "cores", "of these PostgreSQL"]
    heads += ["connections", "`max_connections`"]
    rows = ["| " + " | ".join(heads) + " |", "|" + "---|" * len(heads)]
    for load in LOADS:
        counts = {kind: processes_for(load.burst_turns, used) for kind, used in ours.items()}
        database = cores_for(load.burst_turns, {"postgresql": cpu.get("postgresql", 0.0)}, idle)
        cells = [load.name, f"{load.messages_a_day:,}", f"{load.turns:.1f}", f"{load.burst_turns:.1f}"]
        cells += [str(counts[kind]) for kind in ours]
        cells += [f"{cores_for(load.burst_turns, cpu, idle):.1f}", f"{database:.1f}"]
        cells += [str(connections_for(counts)), str(max_connections_for(counts))]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def run_rows(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    """What was measured end to end."""
    rows = [
        "| run | cores, ledger | messages | webhook→200 p99 (× echo) | webhook→answer p50 / p95 / p99 | drained | lost, twice |",
        "|---|---|---|---|---|---|---|",
    ]
    for run in runs:
        webhook, answer = run["webhook_ms"], run["answer_seconds"]
        times = " / ".join("–" if answer[key] is None else f"{answer[key]:.2f} s" for key in ("p50", "p95", "p99"))
        drained = "not" if run["drained_seconds"] is None else f"{run['drained_seconds']:.0f} s"
        broken = "; ".join(run["broken"]) or "0"
        cells = [f"{run['scenario']}", f"{run['cores']}, {run['database']}", str(run["messages"])]
        cells += [f"{webhook['p99']:.0f} ms (×{run['webhook_p99_times_echo']})", times, drained, broken]
        rows.append("| " + " | ".join(cells) + " |")
    return rows


def webhook_rows(found: Mapping[str, Any]) -> list[str]:
    """How soon the gateway alone acknowledges, on each database, beside an echo."""
    rows = [
        f"{found['rate']} webhooks a second for {found['seconds']} s, {found['cores']} cores.",
        "",
        "| server | p50 | p95 | p99 (× echo) | CPU ms per webhook (× echo) | refused |",
        "|---|---|---|---|---|---|",
    ]
    for name, one in found["servers"].items():
        times = f"{one['p50_ms']:.1f} ms | {one['p95_ms']:.1f} ms | {one['p99_ms']:.1f} ms (×{one['p99_times_echo']:.1f})"
        rows.append(f"| {name} | {times} | {one['cpu_ms']:.2f} (×{one['cpu_times_echo']:.1f}) | {one['failed']} |")
    return rows


def _pictures(runs: Sequence[Mapping[str, Any]]) -> list[str]:
    found = []
    for run in runs:
        name = run["scenario"]
        found += ["", picture(plots.write(f"capacity-{name}", plots.seconds_chart(run)), f"{name}: seconds to the answer")]
        if name in ("storm", "day"):
            found += ["", picture(plots.write(f"capacity-{name}-backlog", plots.backlog_chart(run)), f"{name}: backlog")]
    return found


def cost_rows(curve: Mapping[str, Mapping[str, Sequence[float]]]) -> list[str]:
    """Processor ms of ours and PostgreSQL's per step and size."""
    sizes = list(curve)
    rows = ["| step | " + " | ".join(f"{size}x" for size in sizes) + " |", "|---" * (len(sizes) + 1) + "|"]
    for step, first in curve[sizes[0]].items():
        cells = []
        for size in sizes:
            _, ours, theirs = curve[size][step]
            cells.append(f"{ours:.1f} + {theirs:.1f} (×{(ours + theirs) / sum(first[1:]):.2f})")
        rows.append(f"| {step} | " + " | ".join(cells) + " |")
    return rows


def memory_rows(soak: Mapping[str, Any]) -> list[str]:
    """Memory of each process over a long run."""
    rows = ["| process | MB at the start | middle | end | MB per hour, second half | threads |", "|---|---|---|---|---|---|"]
    for name, found in soak["memory_mb"].items():
        slope = "–" if found["per_hour"] is None else f"{found['per_hour']:.1f}"
        places = " | ".join(f"{found[key]:.0f}" for key in ("start", "middle", "end"))
        rows.append(f"| {name} | {places} | {slope} | {found['threads']} |")
    return rows
