"""How the cards and the open data of a whole catalogue are made, and how much memory streaming saves against building in memory.

    python -m benchmarks.open_data FILE

FILE is a list of JSON records, a record a line, packed or not. Imports it into a new SQLite file, writes the cards (first round,
a round where nothing changed), then writes the JSON and the CSV files twice: as the gateway streams them, and whole in memory.
Memory is what Python allocates at most (tracemalloc). Seconds depend on the machine; the ratios tell.
"""

import argparse
import json
import sys
import tempfile
import time
import tracemalloc
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from benchmarks.catalogue_import import import_into, timed  # noqa: E402 (the path must be set first)
from bot.cards.keeping import CardKeeper  # noqa: E402
from bot.cards.open_data import (  # noqa: E402
    FEE_COLUMNS,
    DataHead,
    GivenCard,
    csv_chunks,
    fee_rows,
    json_chunks,
    record_of,
)
from bot.cards.reading import standing_cards  # noqa: E402
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource  # noqa: E402
from bot.storage.database import Database, open_database  # noqa: E402
from bot.storage.migrate import upgrade  # noqa: E402

HEAD = DataHead("Một Cửa", None, datetime(2026, 1, 1, tzinfo=UTC), "https://example.vn/schema.json")


def given(database: Database) -> Iterator[GivenCard]:
    """All cards, as they are given away."""
    for kept in standing_cards(database.sessions):
        yield GivenCard(kept, kept.card, (), f"https://example.vn/thu-tuc/{kept.card.code}")


def streamed_json(database: Database) -> int:
    """The JSON file, piece by piece; its length."""
    return sum(len(piece) for piece in json_chunks(given(database), HEAD))


def built_json(database: Database) -> int:
    """The same, as a list of all records first and one text then."""
    return len(json.dumps([record_of(one) for one in given(database)], ensure_ascii=False).encode())


def streamed_csv(database: Database) -> int:
    """The fees, piece by piece; their length."""
    return sum(len(piece) for piece in csv_chunks(given(database), FEE_COLUMNS, fee_rows))


def measured(work: Callable[[Database], int], database: Database) -> tuple[int, float, float]:
    """Length in bytes, seconds, and megabytes at most; the seconds are of a run without the counting of memory."""
    length, seconds = timed(lambda: work(database))
    tracemalloc.start()
    work(database)
    peak = tracemalloc.get_traced_memory()[1] / 1e6
    tracemalloc.stop()
    return length, seconds, peak


def main() -> None:
    """Prints what was measured."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("file", type=Path)
    path = parser.parse_args().file
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/ledger.sqlite3"
        upgrade(url)
        database = open_database(url, pool_size=4)
        import_into(path, database)
        source = ReviewedSource(ROOT / "data" / "catalogue", Path(folder) / "published")
        reviewed = ReviewedNow(source, database.sessions)
        reviewed.content()
        now = datetime.now(UTC)
        for name in ("first round", "after a restart, nothing changed"):
            keeper = CardKeeper(reviewed, database.sessions)
            done, seconds = timed(lambda keeper=keeper: keeper.run(now))  # type: ignore[misc]
            print(f"cards, {name}: {done.procedures} procedures, {done.written} written, {seconds:.2f} s")
        start = time.perf_counter()
        keeper.run(now)
        print(f"cards, a round of the same process: {(time.perf_counter() - start) * 1000:.1f} ms")
        rows = {work.__name__: measured(work, database) for work in (streamed_json, built_json, streamed_csv)}
        for name, (length, seconds, peak) in rows.items():
            print(f"{name}: {length / 1e6:.1f} MB in {seconds:.2f} s, memory at most {peak:.1f} MB")
        print(f"memory, built : streamed = {rows['built_json'][2] / rows['streamed_json'][2]:.1f}")
        database.engine.dispose()


if __name__ == "__main__":
    main()
