"""The engine beside stock Rasa, in one run: ``python -m benchmarks.engine [--quick] [--only PART …] [--sides SIDE …]``.

Stock Rasa (the default of `rasa init`, in an environment of its own that is built once, 2.5 GB), our engine without its patches
for speed, and our engine: the same messages, the same rules, the same action server with its search. Results: a table, and
var/reports/engine.json; a whole run also writes docs/performance (figures, charts) and the measured part of docs/performance.md.
"""

import argparse
import json
import os
import platform
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table
from sqlalchemy.engine import make_url

from benchmarks.child_processes import ChildFailedError
from benchmarks.compared_engines import ROOT
from benchmarks.engine import report, stages
from benchmarks.engine.conversations import KINDS, questions
from benchmarks.engine.sides import Side, SideName, our_side, stock_side
from benchmarks.engine.stock_project import QUICK_LESSON, Lesson, trained_stock
from benchmarks.engine.stores import STORES, StoreKind, Stores, stores, why_not_shared
from bot.settings import Settings
from motcua import stack

PARTS = ("default", "shared", "replicas", "switch")
SIDE_NAMES: tuple[SideName, ...] = ("stock", "unpatched", "ours")
DOCS = ROOT / "docs" / "performance"


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


def parsed(arguments: Sequence[str] | None) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a short run that only shows that everything works")
    parser.add_argument("--only", nargs="+", choices=PARTS, default=list(PARTS), help="these parts alone")
    parser.add_argument("--sides", nargs="+", choices=SIDE_NAMES, default=list(SIDE_NAMES), help="these sides alone")
    parser.add_argument("--model", type=Path, help="our model; the newest in MODELS_DIR where left out")
    parser.add_argument("--postgres", default="postgresql://postgres@127.0.0.1:5432/postgres", help="server for new databases")
    parser.add_argument("--redis", default="redis://127.0.0.1:6379/2", help="server of the shared locks")
    return parser.parse_args(arguments)


class Bench:
    """One run. ``folder``: for logs and files that nobody needs afterwards."""

    def __init__(self, options: argparse.Namespace, settings: Settings, folder: Path) -> None:
        self._options, self._settings, self._folder = options, settings, folder
        self._model: Path = (options.model or newest_model(settings.models_dir)).absolute()
        bench = (settings.var_dir / "bench").absolute()
        self._stock_environment = bench / "stock-env"
        lesson = QUICK_LESSON if options.quick else Lesson()
        self._stock = trained_stock(bench, settings.data_dir, lesson, say) if "stock" in options.sides else None
        pace = stages.QUICK if options.quick else stages.Pace()
        asked = questions(settings.data_dir / "eval" / "intents_dev.tsv")
        self._ground = stages.Ground(settings, asked, pace, folder, stack.free_ports(1)[0], say)
        self._server = make_url(options.postgres)

    def results(self) -> dict[str, Any]:
        """Everything that was asked for. Raises ``ChildFailedError``."""
        found: dict[str, Any] = {"about": about(self._options, self._model), "stores": {}}
        why = why_not_shared(self._server, self._options.redis)
        if why:
            say(f"Không đo với PostgreSQL và Redis: {why}")
        for kind in STORES:
            if kind in self._options.only and not (kind == "shared" and why):
                say(f"Kho: {STORES[kind]}")
                found["stores"][kind] = self._in(kind, self._all_sides)
        if "replicas" in self._options.only and not why:
            found["replicas"] = self._in("shared", self._replicas)
        if "switch" in self._options.only:
            found["switch"] = self._in("default", lambda kept: self._switch(kept, found))
        return found

    def _in(self, kind: StoreKind, measure: Callable[[Stores], dict[str, Any]]) -> dict[str, Any]:
        with (
            tempfile.TemporaryDirectory(dir=self._folder) as own,
            stores(kind, Path(own), self._server, self._options.redis) as kept,
        ):
            return measure(kept)

    def _all_sides(self, kept: Stores) -> dict[str, Any]:
        names = self._names()
        ports = stack.free_ports(len(names))
        sides = [self._side(name, kept, port) for name, port in zip(names, ports, strict=True)]
        return stages.measured_sides(self._ground, sides, ports, kept)

    def _replicas(self, kept: Stores) -> dict[str, Any]:
        def beside(apart: Stores) -> dict[str, Any]:
            return stages.measured_replicas(self._ground, self._side("ours", kept), self._side("ours", apart), kept, cores())

        return self._in("default", beside)

    def _switch(self, kept: Stores, found: dict[str, Any]) -> dict[str, Any]:
        measured = {}
        for name in self._names():
            if name != "unpatched":
                model = self._stock[1] if name == "stock" and self._stock else self._model
                start_s = report.figure(found, "default", name, "start_s") or 30.0
                measured[name] = stages.measured_switch(self._ground, self._side(name, kept), kept, model, start_s)
        return measured

    def _names(self) -> list[SideName]:
        return [name for name in SIDE_NAMES if name in self._options.sides]

    def _side(self, name: SideName, kept: Stores, actions_port: int | None = None) -> Side:
        actions_url = f"http://127.0.0.1:{actions_port or self._ground.actions_port}/webhook"
        own = Path(tempfile.mkdtemp(prefix=f"{name}-", dir=self._folder))
        if name == "stock":
            assert self._stock is not None
            return stock_side(self._stock_environment, *self._stock, kept, actions_url, own)
        return our_side(name, self._settings.engine_python, self._model, kept, actions_url, own)


def newest_model(folder: Path) -> Path:
    """The installation's own model. Raises ``ChildFailedError`` where there is none."""
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise ChildFailedError(f"no model in {folder}: make train")
    return models[-1]


def about(options: argparse.Namespace, model: Path) -> dict[str, Any]:
    """When, where and of what the figures are."""
    commit = subprocess.run(
        ["git", "describe", "--always", "--dirty"], cwd=ROOT, capture_output=True, text=True, check=False
    ).stdout.strip()
    command = "make bench" if whole(options) else " ".join(["python -m benchmarks.engine", *sys.argv[1:]])
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "commit": commit or "unknown",
        "cores": cores(),
        "processor": _processor(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "rasa": "3.6.21",
        "rasa_sdk": version("rasa-sdk"),
        "model": model.name,
        "command": command,
        "load_before": round(os.getloadavg()[0], 1),
        "kinds": dict(KINDS),
        "folder": DOCS.name,
    }


def cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _processor() -> str:
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    return next((line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def whole(options: argparse.Namespace) -> bool:
    """Whether the run measures everything, so that its figures may stand in the documentation."""
    return not options.quick and set(options.only) == set(PARTS) and set(options.sides) == set(SIDE_NAMES)


def write(results: dict[str, Any], folder: Path) -> None:
    """Figures and charts into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "engine.json").write_text(json.dumps(results, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    for name, svg in report.charts(results).items():
        (folder / name).write_text(svg, encoding="utf-8")


def show(results: dict[str, Any]) -> None:
    """The tables on the terminal."""
    console = Console(width=150)
    tables = [(report.STORE_TITLES[store], report.LOAD_HEAD, report.load_rows(results, store)) for store in results["stores"]]
    tables += [("", report.SIDE_HEAD, report.side_rows(results, store)) for store in results["stores"]]
    tables.append(("", ("target", "wanted", "measured", ""), report.verdict_rows(report.verdicts(results))))
    for title, head, rows in tables:
        drawn = Table(title=title, box=None)
        for number, name in enumerate(head):
            drawn.add_column(name, justify="right" if number else "left")
        for row in rows:
            drawn.add_row(*(cell.replace("**", "") for cell in row))
        console.print(drawn)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    options = parsed(arguments)
    settings = stack.load_settings()
    logs = settings.var_dir / "bench" / "engine" / "logs"
    logs.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=logs.parent) as folder:
        try:
            results = Bench(options, settings, Path(folder).absolute()).results()
        except ChildFailedError as error:
            say(f"Không đo được: {error}")
            return 1
    write(results, settings.var_dir / "reports" / "engine")
    show(results)
    if whole(options):
        write(results, DOCS)
        page = DOCS.with_suffix(".md")
        page.write_text(
            report.with_measured_part(page.read_text(encoding="utf-8"), report.measured_part(results)), encoding="utf-8"
        )
        say(f"Kết quả: {page}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
