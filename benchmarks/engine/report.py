"""The results as people read them: verdicts, tables, charts, and the part of docs/performance.md between its marks. Pure."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from benchmarks.engine.figures import Verdict, at_least, below, ratio, usual_ratio
from benchmarks.engine.shares import ENOUGH_CORES
from bot.charts import Bar, Line, bars, lines

Results = Mapping[str, Any]
BEGIN, END = "<!-- bench: begin -->", "<!-- bench: end -->"
SIDES = {"stock": "stock Rasa", "unpatched": "ours, unpatched", "ours": "ours"}
STORE_TITLES = {"default": "As each comes (stock in memory, ours in SQLite)", "shared": "PostgreSQL and Redis on both sides"}
_STYLE = (
    "<style>svg{font-family:sans-serif;font-size:14px;background:#fff}.chart-text{fill:#222}.chart-grid{stroke:#ddd}"
    ".chart-bar{fill:#1f5fa8;stroke:none}.chart-1{stroke:#1f5fa8;--mark:#1f5fa8}.chart-2{stroke:#b4501e;--mark:#b4501e}"
    ".chart-3{stroke:#2d7d46;--mark:#2d7d46}.chart-line{fill:none;stroke-width:2}</style>"
)


def _found(results: Results, store: str, side: str, *path: str) -> Any:
    """What stands there of one side; None where nothing does."""
    found: Any = results.get("stores", {}).get(store, {}).get(side)
    for part in path:
        found = found.get(part) if isinstance(found, Mapping) else None
    return found


def figure(results: Results, store: str, side: str, *path: str) -> float | None:
    """A figure of one side; None where it was not measured."""
    found = _found(results, store, side, *path)
    return float(found) if isinstance(found, int | float) else None


def speed(results: Results, store: str, side: str, load: str = "talk-8") -> float | None:
    """Turns a second under this load."""
    return figure(results, store, side, "loads", load, "per_second")


def times_as_fast(results: Results, store: str, other: str) -> float | None:
    """How many times as fast as the other side ours is under the load that the targets name, in the middle one of its rounds."""
    ours, its = (_found(results, store, side, "loads", "talk-8") or {} for side in ("ours", other))
    return usual_ratio(ours, its)


def verdicts(results: Results) -> list[Verdict]:
    """The targets and whether they are met."""
    replicas, switch = results.get("replicas") or {}, (results.get("switch") or {}).get("ours") or {}
    one, two = (judged_replicas(replicas).get(count, {}) for count in ("one", "two"))
    waited = switch.get("longest_ms")
    return [
        at_least("turns/s of 8 citizens against stock Rasa", 8, times_as_fast(results, "default", "stock")),
        at_least("turns/s of 8 citizens against ours unpatched", 3, times_as_fast(results, "default", "unpatched")),
        at_least("the same with PostgreSQL and Redis, against stock Rasa", 5, times_as_fast(results, "shared", "stock")),
        below("p95 of 8 citizens", 100, figure(results, "default", "ours", "loads", "talk-8", "p95"), "ms"),
        below("memory of the engine", 300, figure(results, "default", "ours", "engine_mb"), "MB"),
        below("cold start", 3, figure(results, "default", "ours", "start_s"), "s"),
        at_least(
            f"two processes against one{' (each held to a share of a core)' if 'held' in replicas else ''}",
            1.9,
            usual_ratio(two, one),
        ),
        below("longest wait while the model changes", 1, None if waited is None else waited / 1000, "s"),
        below("turns lost while the model changes", 1, switch.get("lost"), "turns"),
    ]


def judged_replicas(replicas: Mapping[str, Any]) -> Mapping[str, Any]:
    """The loads of one process and of two that the target is judged on: those with each process held to its share where cores
    are short, since the others then measure the machine."""
    judged: Mapping[str, Any] = replicas.get("held") or replicas
    return judged


_TAKERS = ("engine_cpu_ms", "client_cpu_ms", "actions_cpu_ms", "stores_cpu_ms")


def possible_ratio(results: Results, cores: int) -> float | None:
    """How much faster two processes could be on these cores at most: all processor time of a turn must fit (what was not read is
    not counted; the truth is lower)."""
    one = (results.get("replicas") or {}).get("one") or {}
    if any(one.get(part) is None for part in _TAKERS[:2]) or not one.get("per_second"):
        return None
    spent = sum(one.get(part) or 0.0 for part in _TAKERS)
    return round(min(2.0, cores * 1000 / spent / one["per_second"]), 2)


def shown(value: float | None, digits: int = 1) -> str:
    """A figure, or a dash."""
    return "–" if value is None else f"{value:,.{digits}f}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown, figures to the right."""
    marks = ["---"] + ["---:"] * (len(head) - 1)
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, marks, *rows))


def verdict_rows(found: Sequence[Verdict]) -> list[list[str]]:
    """One row for each target."""
    words = {True: "met", False: "**not met**", None: "not measured"}
    return [[one.what, one.target, f"{shown(one.measured, 2)} {one.unit}", words[one.met]] for one in found]


def load_rows(results: Results, store: str) -> list[list[str]]:
    """One row for each side and load, with the ratio to stock Rasa and to ours unpatched."""
    rows = []
    for side, found in results["stores"].get(store, {}).items():
        for name, one in found["loads"].items():
            faults = sum(one["faults"].values())
            per_second = one["per_second"]
            rows.append(
                [
                    f"{SIDES[side]}: {name.rpartition('-')[0]}, {one['citizens']}",
                    shown(per_second),
                    shown(ratio(per_second, speed(results, store, "stock", name)), 2),
                    shown(ratio(per_second, speed(results, store, "unpatched", name)), 2),
                    *(shown(one[part], 0) for part in ("p50", "p95", "p99")),
                    shown(one["engine_cpu_ms"]),
                    shown(one["actions_cpu_ms"]),
                    str(faults),
                ]
            )
    return rows


LOAD_HEAD = (
    "side: kind of turns, citizens", "turns/s", "× stock", "× unpatched", "p50 ms", "p95 ms", "p99 ms", "engine CPU ms",
    "actions CPU ms", "unanswered",
)  # fmt: skip


def side_rows(results: Results, store: str) -> list[list[str]]:
    """Start, memory and long conversations of each side."""
    rows = []
    for side, found in results["stores"].get(store, {}).items():
        means = [shown(value) for value in found["session_ms"].values()] or ["–", "–", "–"]
        starts = [shown(found["start_s"]), shown(found.get("first_start_s"))]
        rows.append([SIDES[side], *starts, shown(found["engine_mb"], 0), *means])
    return rows


SIDE_HEAD = ("side", "cold start s", "the first s", "engine MB", "messages 1-10, ms", "91-100, ms", "191-200, ms")


def measured_part(results: Results) -> str:
    """What stands between the marks of docs/performance.md."""
    about = results["about"]
    parts = [
        f"Measured on {about['date']} at commit `{about['commit']}`, {about['cores']} cores ({about['processor']}), "
        f"Python {about['python']}, by `{about['command']}`. Load of the machine before: {about['load_before']}.",
        table(("target", "wanted", "measured", ""), verdict_rows(verdicts(results))),
    ]
    for store, title in STORE_TITLES.items():
        if store in results["stores"]:
            parts += [f"### {title}", f"![turns a second]({about['folder']}/turns-{store}.svg)"]
            parts += [table(LOAD_HEAD, load_rows(results, store)), table(SIDE_HEAD, side_rows(results, store))]
    parts += [*_replicas_part(results), *_switch_part(results)]
    return "\n\n".join(parts)


def _replicas_part(results: Results) -> list[str]:
    found = results.get("replicas")
    if not found:
        return []
    about, held = results["about"], found.get("held")
    head = ("processes", "turns/s", "× one", "× one, middle round", *(f"{part.partition('_')[0]} CPU ms" for part in _TAKERS))
    rows = _replica_rows(found, "")
    told = f"The target is judged on these figures: {about['cores']} cores hold two engines and all else."
    if held:
        rows += _replica_rows(held, f", each held to {held['share']:.0%} of a core")
        told = _UNHELD.format(cores=about["cores"], most=shown(possible_ratio(results, about["cores"]), 2))
    elif about["cores"] < ENOUGH_CORES:
        told = "Cores are short and processor times are not told here: the figures tell of the machine as much as of the engines."
    return ["### Two processes", table(head, rows), told]


_UNHELD = """\
Unheld, all servers and the citizens share the {cores} cores of this machine, which leaves room for {most} times at most: that
tells of the machine. So each engine is also held to a share of a core, one engine like each of two, which leaves room for all
else: it is stopped for moments while it has used more. Beside one engine a stranger works, the same engine with stores of its
own, since a core is slower while the other works. **The target is judged on the held figures, in the middle one of their
rounds.**"""


def _replica_rows(loads: Mapping[str, Any], how: str) -> list[list[str]]:
    one = loads["one"]
    return [
        [f"{count}{how}", shown(load["per_second"]), shown(ratio(load["per_second"], one["per_second"]), 2)]
        + [shown(usual_ratio(load, one), 2)]
        + [shown(load.get(part), 2) for part in _TAKERS]
        for count in ("one", "two")
        if (load := loads[count])
    ]


def _switch_part(results: Results) -> list[str]:
    found = results.get("switch")
    if not found:
        return []
    rows = [
        [SIDES[side], shown(one["took_s"]), str(one["turns"]), shown(one["longest_ms"], 0), str(one["lost"])]
        for side, one in found.items()
    ]
    return ["### Another model under traffic", table(("side", "until it serves, s", "turns", "longest wait ms", "lost"), rows)]


def with_measured_part(page: str, part: str) -> str:
    """The page with its measured part replaced. Raises ``ValueError`` where the marks are missing."""
    pattern = re.compile(re.escape(BEGIN) + r".*?" + re.escape(END), re.DOTALL)
    if len(pattern.findall(page)) != 1:
        raise ValueError(f"the page must hold {BEGIN} and {END} once")
    return pattern.sub(lambda _: f"{BEGIN}\n\n{part}\n\n{END}", page)


def charts(results: Results) -> dict[str, str]:
    """File name → SVG."""
    found = {}
    for store, sides in results["stores"].items():
        rows = [Bar(SIDES[side], value := speed(results, store, side), shown(value)) for side in sides]
        title = f"Turns a second, 8 citizens: {STORE_TITLES[store]}"
        found[f"turns-{store}.svg"] = _alone(bars(f"turns-{store}", title, title, rows))
        series = [
            Line(SIDES[side], list(one["session_ms"].values())) for side, one in sides.items() if any(one["session_ms"].values())
        ]
        if series:
            title = f"Milliseconds a message in one long conversation: {STORE_TITLES[store]}"
            labels = ["1-10", "91-100", "191-200"]
            found[f"session-{store}.svg"] = _alone(lines(f"session-{store}", title, title, labels, series))
    return found


def _alone(svg: str) -> str:
    """A chart with colours of its own, for a file."""
    head, mark, rest = str(svg).partition("<title")
    return f"{head}{_STYLE}{mark}{rest}\n"
