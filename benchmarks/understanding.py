"""Understanding and search beside their yardsticks, in one run on one core.

    python -m benchmarks.understanding [--per-intent 40] [--epochs 100] [--messages FILE] [--queries FILE] [--skip-stock]

Search is compared with plain BM25 over the same rows; the NLU with Rasa's default pipeline (DIET) in an environment of its own
(var/bench/stock-env, built on demand), trained on the same seeded sample and asked the same messages. Trainings are kept in
var/bench/understanding, and of a run that was cut off all that was finished: the next one goes on there.
Results: a table with ratios, and var/reports/understanding.json. Ratios tell more than times on a machine with other work.
"""

import argparse
import hashlib
import json
import os
import platform
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from rich.console import Console  # noqa: E402 (the path must be set first)
from rich.table import Table  # noqa: E402

from benchmarks import compared_engines as engines  # noqa: E402
from benchmarks import training_sample  # noqa: E402
from benchmarks.child_processes import ChildFailedError  # noqa: E402
from benchmarks.plain_bm25 import plain_bm25  # noqa: E402
from bot.catalogue.embedding.encoder import load_encoder  # noqa: E402
from bot.catalogue.load import Catalogue, CatalogueError  # noqa: E402
from bot.catalogue.search import ProcedureSearch  # noqa: E402
from bot.catalogue.search.result import Hit, SearchResult  # noqa: E402
from bot.settings import Settings  # noqa: E402
from motcua import stack  # noqa: E402
from motcua.catalogue_source import measured_catalogue  # noqa: E402
from motcua.evaluation.engine_parse import EngineParseError  # noqa: E402
from motcua.evaluation.labelled_files import EvaluationFileError, Row, read_table  # noqa: E402
from motcua.evaluation.search import LIMIT, Found, judged_search, search_figures, timed_search  # noqa: E402

SEARCH_FIGURES = ("p50_ms", "p95_ms", "recall@1", "recall@3", "recall@5", "mrr")
NLU_FIGURES = (
    "accuracy", "accuracy_without_marks", "accuracy_teencode", "guess_accuracy", "wrong_confident_rate", "ask_back_rate",
    "parse_p50_ms", "parse_p95_ms", "train_s", "train_cpu_s", "train_peak_mb", "model_mb", "start_s", "server_mb",
)  # fmt: skip


def say(line: str) -> None:
    """One line of progress."""
    print(line, file=sys.stderr, flush=True)


@dataclass(frozen=True)
class Line:
    """One line of the result: a figure of ours, of the yardstick, and ours as a multiple of the yardstick's."""

    what: str
    figure: str
    ours: float | None
    yardstick: float | None

    @property
    def ratio(self) -> float | None:
        """Ours divided by the yardstick's; None where one is missing or the yardstick is 0."""
        return round(self.ours / self.yardstick, 3) if self.ours is not None and self.yardstick else None


def lines_of(what: str, figures: Iterable[str], ours: Mapping[str, Any], yardstick: Mapping[str, Any]) -> list[Line]:
    """The lines for these figures; one that neither side has is left out."""
    found = [Line(what, name, ours.get(name), yardstick.get(name)) for name in figures]
    return [line for line in found if line.ours is not None or line.yardstick is not None]


def kept(file: Path, again: bool, measure: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    """The result of a stage from an earlier run, or measured now and kept."""
    if file.is_file() and not again:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
        say(f"    đã có từ lần trước ({file.name})")
        return found
    found = measure()
    file.parent.mkdir(parents=True, exist_ok=True)
    unfinished = file.with_suffix(".part")
    unfinished.write_text(json.dumps(found, indent=2), encoding="utf-8")
    unfinished.replace(file)
    return found


def digest_of(paths: Iterable[Path]) -> str:
    """A short hash over files and all files in folders."""
    digest = hashlib.sha256()
    for path in paths:
        files = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in files:
            if file.is_file() and file.suffix in (".py", ".yml", ".tsv", ".lock"):
                digest.update(file.relative_to(path.parent).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def bm25_found(search: Callable[[str], list[str]]) -> Callable[[str], Found]:
    """Plain BM25 in the shape of a search result; it has no verdict, so every first hit counts as sure."""

    def find(text: str) -> Found:
        began = time.perf_counter()
        codes = search(text)
        ms = (time.perf_counter() - began) * 1000
        hits = tuple(Hit(code, 0.0, "") for code in codes[:LIMIT])
        return Found(SearchResult("sure" if hits else "unknown", hits, text), ms)

    return find


def measured_search(catalogue: Catalogue, settings: Settings, rows: Sequence[Row]) -> tuple[list[Line], dict[str, Any]]:
    """Our search and plain BM25 over the same rows, each query asked of both, one after the other."""
    began = time.perf_counter()
    search = ProcedureSearch(catalogue, load_encoder(settings))
    built = time.perf_counter() - began
    find, plain = timed_search(search), bm25_found(plain_bm25(catalogue.listings))
    ours, yardstick = [], []
    for row in rows:
        ours.append(judged_search(row, row.text, find(row.text)))
        yardstick.append(judged_search(row, row.text, plain(row.text)))
    first, second = search_figures(ours), search_figures(yardstick)
    about = {**search.describe(), "build_s": round(built, 1), "ours": first, "bm25": second}
    return lines_of("tra cứu", SEARCH_FIGURES, first, second), about


def measured_engine(engine: engines.Engine, project: Path, rows: Sequence[Row], results: Path, again: bool) -> dict[str, Any]:
    """Trains, asks and serves one side; each of the three is kept by itself."""
    say(f"  {engine.name}: huấn luyện")
    training = kept(
        results / f"{engine.name}-train.json", again or not engine.model.is_file(), lambda: engines.trained(engine, project, say)
    )
    say(f"  {engine.name}: hiểu {2 * len(rows)} tin nhắn")
    asked = kept(results / f"{engine.name}-parse.json", again, lambda: engines.understood(engine, rows, say))
    say(f"  {engine.name}: phục vụ")
    serving = kept(results / f"{engine.name}-serve.json", again, lambda: engines.in_service(engine, project))
    return {**training, **asked, **serving}


def forget_short_stages(*places: Path) -> None:
    """After a whole run only the trainings stay: times of understanding and serving are compared within one run."""
    for place in places:
        for stage in ("parse", "serve"):
            for file in place.glob(f"*-{stage}.json"):
                file.unlink()


def measured_nlu(options: argparse.Namespace, settings: Settings, bench: Path) -> tuple[list[Line], dict[str, Any]]:
    """Ours and stock Rasa on the same sample and the same messages."""
    rows = read_table(options.messages)
    examples = training_sample.sampled(training_sample.all_examples(settings.data_dir / "nlu"), options.per_intent)
    code = digest_of(
        [
            ROOT / "engine",
            ROOT / "bot" / "language",
            ROOT / "config.yml",
            ROOT / "domain",
            ROOT / "data" / "catalogue" / "places.yml",
        ]
    )
    asked = digest_of([options.messages, engines.STOCK])
    key = f"{options.per_intent}-{training_sample.digest(examples)}-{asked}"
    ours_at, stock_at = bench / "understanding" / f"ours-{key}-{code}", bench / "understanding" / f"stock-{key}-{options.epochs}"
    for place in (ours_at, stock_at):
        training_sample.write_project(ROOT, place, examples, engines.STOCK / "config.yml", options.epochs)
    count = sum(map(len, examples.values()))
    say(f"[2/2] NLU: {count} câu mẫu, {len(examples)} ý định, {len(rows)} tin nhắn để đo")
    ours = measured_engine(engines.our_engine(settings.engine_python, ours_at), ours_at, rows, ours_at, options.again)
    stock: dict[str, Any] = {}
    if not options.skip_stock:
        engines.build_stock_environment(bench / "stock-env", say)
        stock = measured_engine(engines.stock_engine(bench / "stock-env", stock_at), stock_at, rows, stock_at, options.again)
    forget_short_stages(ours_at, stock_at)
    about = {"examples": count, "per_intent": options.per_intent, "epochs": options.epochs, "ours": ours, "stock": stock}
    return lines_of("hiểu ý định", NLU_FIGURES, ours, stock), {**about, "messages": options.messages.name}


def on_one_core() -> str:
    """Keeps this process and its children on one core, where the system can; says which."""
    if not hasattr(os, "sched_setaffinity"):
        return "mọi nhân (hệ điều hành không cho chọn)"
    core = max(os.sched_getaffinity(0))
    os.sched_setaffinity(0, {core})
    return f"nhân {core}"


def table_of(lines: Sequence[Line]) -> Table:
    """The result for people."""
    table = Table(box=None)
    for title in ("phần", "số đo", "Một Cửa", "mốc so sánh", "tỉ lệ"):
        table.add_column(title, justify="left" if title in ("phần", "số đo") else "right", no_wrap=True)
    for line in lines:
        numbers = ("–" if value is None else f"{value:.3f}" for value in (line.ours, line.yardstick, line.ratio))
        table.add_row(line.what, line.figure, *numbers)
    return table


def parsed(arguments: Sequence[str] | None, data: Path) -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    held_out = data / "eval" / "intents_test.tsv"
    messages = held_out if held_out.is_file() else data / "eval" / "intents_dev.tsv"
    parser.add_argument("--per-intent", type=int, default=40, help="examples an intent for both sides; 0: all")
    parser.add_argument("--epochs", type=int, default=100, help="epochs of stock Rasa's DIET")
    parser.add_argument("--messages", type=Path, default=messages, help="labelled messages")
    parser.add_argument("--queries", type=Path, default=data / "eval" / "search_test.tsv", help="labelled queries")
    parser.add_argument("--skip-stock", action="store_true", help="without stock Rasa")
    parser.add_argument("--again", action="store_true", help="measure anew what is kept from earlier runs")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    settings = stack.load_settings()
    options = parsed(arguments, settings.data_dir)
    core = on_one_core()
    try:
        catalogue = measured_catalogue(settings)
        say(f"[1/2] Tra cứu: {len(catalogue.procedures)} thủ tục ({core})")
        search_lines, search = measured_search(catalogue, settings, read_table(options.queries, label_may_be_empty=True))
        nlu_lines, nlu = measured_nlu(options, settings, settings.var_dir / "bench")
    except (CatalogueError, EvaluationFileError, EngineParseError, ChildFailedError) as error:
        say(f"Không đo được: {error}")
        return 1
    lines = [*search_lines, *nlu_lines]
    machine = {"core": core, "python": platform.python_version(), "system": platform.platform()}
    rows = [{**asdict(line), "ratio": line.ratio} for line in lines]
    result = {"machine": machine, "queries": options.queries.name, "search": search, "nlu": nlu, "rows": rows}
    report = settings.var_dir / "reports" / "understanding.json"
    report.parent.mkdir(parents=True, exist_ok=True)
    report.write_text(json.dumps(result, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    Console(width=110).print(table_of(lines))
    print(f"Kết quả: {report}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
