"""A list of procedures by name alone: enough to search in, with nothing to say about any of them.

Evaluation and training use it where no full catalogue is imported, so that a search is always judged among all procedures.
"""

import csv
from collections.abc import Iterable
from pathlib import Path

from bot.catalogue.listing import ProcedureListing

COLUMNS = ("code", "name", "field", "levels", "targets")


def read_names(path: Path) -> tuple[ProcedureListing, ...]:
    """The procedures of a tab separated file with the columns ``COLUMNS`` (several levels or targets by ``;``). Raises
    ``OSError`` or ``ValueError`` with the line of what is wrong."""
    found: list[ProcedureListing] = []
    with path.open(encoding="utf-8", newline="") as file:
        lines = csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
        if tuple(next(lines, ())) != COLUMNS:
            raise ValueError(f"{path.name}:1: the columns must be {', '.join(COLUMNS)}")
        for number, row in enumerate(lines, start=2):
            if len(row) != len(COLUMNS):
                raise ValueError(f"{path.name}:{number}: {len(COLUMNS)} columns are needed")
            code, name, field, levels, targets = row
            found.append(ProcedureListing(code, name, name, field, _several(levels), _several(targets), origin="imported"))
    return tuple(found)


def _several(cell: str) -> tuple[str, ...]:
    return tuple(part for part in cell.split(";") if part)


def with_names(listings: Iterable[ProcedureListing], names: Iterable[ProcedureListing]) -> tuple[ProcedureListing, ...]:
    """The listings, and behind them the names of procedures that are not among them."""
    known = tuple(listings)
    codes = {listing.code for listing in known}
    return (*known, *(name for name in names if name.code not in codes))
