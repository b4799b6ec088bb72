"""The files that people open in a spreadsheet, and their cells."""

import csv
import io
from collections.abc import Iterable, Sequence

_FORMULA = tuple("=+-@|%\t\r\n＝＋－＠")


def spreadsheet_cell(text: str) -> str:
    """The text as a cell that no spreadsheet calculates, also with blanks before it."""
    return f"'{text}" if text.startswith(_FORMULA) or text.lstrip().startswith(_FORMULA) else text


def spreadsheet_file(head: Sequence[str], rows: Iterable[Iterable[str]]) -> str:
    """A table as CSV with which no spreadsheet calculates. A mark at its beginning tells the encoding, as they expect it here."""
    written = io.StringIO()
    table = csv.writer(written, lineterminator="\r\n")
    table.writerow(head)
    table.writerows([spreadsheet_cell(cell) for cell in row] for row in rows)
    return "\ufeff" + written.getvalue()
