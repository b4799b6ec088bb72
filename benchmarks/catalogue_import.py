"""How long a whole catalogue takes to import, against merely parsing its JSON in the same run.

    python -m benchmarks.catalogue_import FILE [--again] [--serve]

FILE is a list of JSON records, a record a line, packed or not. Imports into a new SQLite file in a temporary folder. ``--again``
imports it a second time (unchanged); ``--serve`` reads the version back as the action server does and builds every procedure.
Seconds depend on the machine; the ratio tells.
"""

import argparse
import gzip
import json
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.catalogue.importing.agencies import load_agency_names  # noqa: E402 (the path must be set first)
from bot.catalogue.importing.run import ImportOutcome, import_source  # noqa: E402
from bot.catalogue.live import read_combined  # noqa: E402
from bot.catalogue.load import load_catalogue  # noqa: E402
from bot.clock import vietnam_now  # noqa: E402
from bot.storage.database import Database, open_database  # noqa: E402
from bot.storage.migrate import upgrade  # noqa: E402

T = TypeVar("T")


def timed(work: Callable[[], T]) -> tuple[T, float]:
    """What the work gives, and its seconds."""
    started = time.perf_counter()
    return work(), time.perf_counter() - started


def plain_parse(path: Path) -> int:
    """The yardstick: unpack and parse each line, nothing else."""
    raw = path.read_bytes()
    data = gzip.decompress(raw) if raw.startswith(b"\x1f\x8b") else raw
    return sum(1 for line in data.splitlines() if json.loads(line))


def import_into(path: Path, database: Database) -> ImportOutcome:
    """One import as ``motcua catalogue import`` does it."""
    folder = ROOT / "data" / "catalogue"
    names = load_agency_names(folder, load_catalogue(folder).agencies)
    return import_source(path, database.sessions, names, vietnam_now())


def serve(database: Database) -> int:
    """Reads the live version and builds every procedure once."""
    live = read_combined(load_catalogue(ROOT / "data" / "catalogue"), database.sessions)
    return sum(1 for code in live.catalogue.procedures if live.catalogue.procedures[code].name)


def peak_mebibytes() -> float:
    """The most memory this process has used."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs the benchmark."""
    parser = argparse.ArgumentParser(description="Benchmark of the catalogue import.")
    parser.add_argument("file", type=Path)
    parser.add_argument("--again", action="store_true", help="import the same file a second time")
    parser.add_argument("--serve", action="store_true", help="read the version back and build every procedure")
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="motcua-import-") as folder:
        url = f"sqlite:///{folder}/ledger.sqlite3"
        upgrade(url)
        database = open_database(url)
        records, parsing = timed(lambda: plain_parse(options.file))
        print(f"plain JSON parsing of {records:,} records: {parsing:.2f} s")
        outcome, importing = timed(lambda: import_into(options.file, database))
        counts = outcome.report["counts"]
        print(f"import: {importing:.2f} s, {importing / parsing:.1f} times plain parsing")
        print(f"  {counts['new']:,} new, {counts['doubtful']:,} doubtful, {counts['refused']:,} refused")
        if options.again:
            _, again = timed(lambda: import_into(options.file, database))
            print(f"the same again: {again:.2f} s, {again / parsing:.1f} times plain parsing")
        if options.serve:
            served, reading = timed(lambda: serve(database))
            print(f"reading back and building {served:,} procedures: {reading:.2f} s")
        print(f"most memory used: {peak_mebibytes():.0f} MiB")
        database.engine.dispose()
    return 0


if __name__ == "__main__":
    sys.exit(main())
