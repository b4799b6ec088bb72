"""Charts of a run as SVG files of their own: drawn by ``bot.charts``, with their colours inside."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from benchmarks.load.sizing import turns_per_core
from bot.charts import Bar, Line, bars, lines, number
from bot.settings import PROJECT_ROOT

FOLDER = PROJECT_ROOT / "docs" / "operators" / "images"
_STYLE = (
    "<style>svg{background:#fff;font-family:system-ui,sans-serif}.chart-text{fill:#1b2733;font-size:14px}.chart-grid{stroke:#d5dbe1}"
    ".chart-line{fill:none;stroke-width:3;stroke-linejoin:round}.chart-1{stroke:#0b5cad;--mark:#0b5cad}"
    ".chart-2{stroke:#b96a00;--mark:#b96a00;stroke-dasharray:8 4}.chart-3{stroke:#5b3fa0;--mark:#5b3fa0;stroke-dasharray:2 4}"
    ".chart-4{stroke:#5a6672;--mark:#5a6672}.chart-5{stroke:#b3261e;--mark:#b3261e}.chart-6{stroke:#1b2733;--mark:#1b2733}"
    ".chart-dot{fill:var(--mark);stroke:none;r:1.5px}.chart-bar{fill:#0b5cad;stroke:none}</style>"
)
_MOST_PLACES = 60


def write(name: str, chart: str, folder: Path = FOLDER) -> str:
    """Writes the chart as a file; returns its name."""
    folder.mkdir(parents=True, exist_ok=True)
    head, rest = chart.split(">", 1)
    (folder / f"{name}.svg").write_text(f"{head}>{_STYLE}{rest}\n", encoding="utf-8")
    return f"{name}.svg"


def seconds_chart(figures: Mapping[str, Any]) -> str:
    """Seconds from webhook to answer over the seconds of a run."""
    rows = _thinned(figures["seconds"])
    labels = [str(row["second"]) for row in rows]
    series = [Line(title, [row[key] for row in rows]) for title, key in (("p50", "answer_p50"), ("p95", "answer_p95"))]
    title = "Seconds from webhook to answer, by second of the run"
    return str(lines("answers", title, f"{figures['scenario']}, {figures['messages']} messages", labels, series))


def backlog_chart(figures: Mapping[str, Any]) -> str:
    """Messages that wait, over the seconds of a run."""
    rows = _thinned(figures["seconds"])
    labels = [str(row["second"]) for row in rows]
    told = f"at most {figures['backlog_most']} of {figures['messages']}"
    series = [Line("messages and answers that wait", [row["backlog"] for row in rows])]
    return str(lines("backlog", "Backlog by second of the run", told, labels, series))


def core_chart(cpu_ms: Mapping[str, float]) -> str:
    """Citizens' messages a second that one core of each process carries."""
    rows = [Bar(name, turns_per_core(used), number(round(turns_per_core(used), 1))) for name, used in cpu_ms.items() if used > 0]
    return str(bars("cores", "Messages a second per core", "the shortest bar breaks first", rows))


def cost_chart(curve: Mapping[str, Mapping[str, Sequence[float]]]) -> str:
    """Processor milliseconds per step over the size of the ledger."""
    sizes = list(curve)
    steps = list(curve[sizes[0]])
    series = [Line(step, [sum(curve[size][step][1:]) for size in sizes]) for step in steps]
    labels = [f"{size}x" for size in sizes]
    return str(lines("cost", "Processor ms per step, by size of the ledger", "flat is good", labels, series))


def _thinned(rows: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    return rows[:: max(1, len(rows) // _MOST_PLACES)]
