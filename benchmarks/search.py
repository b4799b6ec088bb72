"""How well and how fast the search works, against plain BM25 in the same run.

    python -m benchmarks.search [--queries data/eval/search_reviewed.tsv] [--words-only]

Prints recall, the table of verdicts and the times of one thread. Ratios tell more than times on a machine with other work.
"""

import argparse
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.plain_bm25 import plain_bm25  # noqa: E402 (the path must be set first)
from bot.catalogue.embedding.encoder import load_encoder  # noqa: E402
from bot.catalogue.load import load_catalogue  # noqa: E402
from bot.catalogue.search import ProcedureSearch  # noqa: E402


@dataclass(frozen=True)
class Query:
    """A line of an evaluation file; ``codes`` is ``-`` for another matter and ``none`` for a follow-up."""

    text: str
    codes: tuple[str, ...]
    style: str

    @property
    def in_catalogue(self) -> bool:
        """Whether a procedure of the catalogue is meant."""
        return self.codes[0] not in ("-", "none")


@dataclass
class Measured:
    """Recall and times of one way to search."""

    first: int = 0
    third: int = 0
    asked: int = 0
    seconds: list[float] = field(default_factory=list)

    def add(self, query: Query, found: Sequence[str], seconds: float) -> None:
        """Counts one query."""
        self.seconds.append(seconds)
        if query.in_catalogue:
            self.asked += 1
            self.first += any(code in query.codes for code in found[:1])
            self.third += any(code in query.codes for code in found[:3])

    def line(self, name: str) -> str:
        """One line of the report."""
        times = sorted(self.seconds)
        p50, p95 = times[len(times) // 2] * 1000, times[int(len(times) * 0.95)] * 1000
        recall = f"recall@1 {self.first / self.asked:.3f}  recall@3 {self.third / self.asked:.3f}"
        return f"{name:<22} {recall}  p50 {p50:.1f} ms  p95 {p95:.1f} ms"


@dataclass(frozen=True)
class Settings:
    """Where the encoder lies."""

    models_dir: Path
    embedding_model: str


def read_queries(path: Path) -> list[Query]:
    """The queries of an evaluation file."""
    rows = (line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:])
    return [Query(text, tuple(codes.split(",")), style) for text, codes, style in rows]


def verdict_of(query: Query, verdict: str, found: Sequence[str]) -> str:
    """The cell of the table a query falls into."""
    if not query.in_catalogue:
        return verdict
    right = any(code in query.codes for code in (found[:1] if verdict == "sure" else found))
    return f"{verdict} {'right' if right else 'wrong'}" if verdict in ("sure", "choose") else verdict


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description="Benchmark of the search.")
    parser.add_argument("--queries", type=Path, default=ROOT / "data" / "eval" / "search_reviewed.tsv")
    parser.add_argument("--models", type=Path, default=ROOT / "models")
    parser.add_argument("--words-only", action="store_true", help="without the encoder")
    options = parser.parse_args(arguments)
    catalogue = load_catalogue(ROOT / "data" / "catalogue")
    started = time.perf_counter()
    search = ProcedureSearch(catalogue, load_encoder(Settings(options.models, "" if options.words_only else "e5-vi")))
    print(f"{search.describe()}, built in {time.perf_counter() - started:.1f} s")
    bm25 = plain_bm25(catalogue.listings)
    ours, plain, table = Measured(), Measured(), Counter[tuple[str, str]]()
    for query in read_queries(options.queries):
        started = time.perf_counter()
        result = search.search(query.text)
        between = time.perf_counter()
        found = bm25(query.text)
        plain.add(query, found, time.perf_counter() - between)
        codes = [hit.code for hit in result.hits]
        ours.add(query, codes, between - started)
        table[query.style, verdict_of(query, result.verdict, codes)] += 1
    print(ours.line("search"))
    print(plain.line("plain BM25"))
    print(f"recall@1 is {ours.first / max(1, plain.first):.2f} times that of plain BM25")
    for style in dict.fromkeys(style for style, _ in table):
        print(f"  {style:<18}" + "  ".join(f"{cell}: {n}" for (of, cell), n in sorted(table.items()) if of == style))
    return 0


if __name__ == "__main__":
    sys.exit(main())
