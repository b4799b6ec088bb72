"""Kills the product's processes under traffic and counts what became of every message.

    python -m benchmarks.chaos [--databases sqlite,postgresql] [--citizens 30] [--messages 6] [--kills 24] [--seed 1]
        [--seconds 120] [--calm 240]

Starts the real processes (Rasa, action server, gateway, workers, senders, the platforms' simulators) in a folder and on ports
of their own, on SQLite with one worker and one sender, on PostgreSQL (127.0.0.1:5432 or DATABASE_URL; a database is made and
dropped) with two of each. With ``--kills 0`` the server itself may be stopped and started meanwhile, by hand. Ends with 1 where
a promise was broken; the folder with logs and ledger is kept then.
"""

import argparse
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from rich.console import Console

from benchmarks.chaos.plan import QUESTIONS, Size, plan_of
from benchmarks.chaos.product import Shaken, crew, killable, shake, shaken_settings
from benchmarks.chaos.table import print_figures
from benchmarks.chaos.verdict import Figures, judge
from bot.settings import PLATFORMS
from motcua import stack
from tests.databases import fresh_postgres, postgres_server

DATABASES = ("sqlite", "postgresql")
_COPIES = {"sqlite": 1, "postgresql": 2}


def say(line: str) -> None:
    """One line of progress."""
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs it; 1 where a promise was broken."""
    options = _options(arguments)
    size = Size(options.citizens, options.messages, options.kills, options.seconds, options.seed)
    found: dict[str, Figures] = {}
    killed: dict[str, dict[str, int]] = {}
    for database in options.databases:
        folder = Path(tempfile.mkdtemp(prefix=f"motcua-chaos-{database}-"))
        say(f"{database}: {size}")
        shaken = _shaken(database, size, options.calm, folder)
        found[database], killed[database] = judge(shaken.evidence, QUESTIONS), shaken.killed
        if found[database].broken():
            say(f"  ! {found[database].broken()}; nhật ký và sổ cái còn ở {folder}")
        else:
            shutil.rmtree(folder)
    print_figures(found, killed, Console())
    return int(any(figures.broken() for figures in found.values()))


def _shaken(database: str, size: Size, calm: float, folder: Path) -> Shaken:
    with _ledger(database) as url:
        settings = shaken_settings(folder, url)
        stack.prepare(settings, say)
        specs = crew(settings, _COPIES[database])
        return shake(settings, specs, plan_of(size, killable(specs)), calm, say)


@contextmanager
def _ledger(database: str) -> Iterator[str | None]:
    """The address of a fresh PostgreSQL database; None for SQLite, which lies in the run's folder."""
    if database == "sqlite":
        yield None
        return
    with fresh_postgres(to_the_disk=True) as url:
        yield url


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--databases", type=lambda text: text.split(","), default=list(DATABASES))
    parser.add_argument("--citizens", type=int, default=30, help=f"spread over {', '.join(PLATFORMS)}")
    parser.add_argument("--messages", type=int, default=6, help=f"by each citizen, at most {len(QUESTIONS)}")
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--seconds", type=float, default=120, help="how long citizens write")
    parser.add_argument("--calm", type=float, default=240, help="how long to wait at most until all is calm")
    options = parser.parse_args(arguments)
    unknown = set(options.databases) - set(DATABASES)
    if unknown:
        parser.error(f"--databases: {', '.join(sorted(unknown))} is not one of {', '.join(DATABASES)}")
    if "postgresql" in options.databases and postgres_server() is None:
        parser.error("no PostgreSQL answers (DATABASE_URL, or 127.0.0.1:5432); use --databases sqlite")
    return options


if __name__ == "__main__":
    sys.exit(main())
