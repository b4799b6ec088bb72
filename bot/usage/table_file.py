"""The board as CSV: months, agencies and procedures as they may be shown."""

from collections.abc import Callable, Iterable, Sequence

from bot.spreadsheets import spreadsheet_file
from bot.usage.published import PublishedMonth
from bot.usage.suppression import FIGURES, Figures

HIDDEN = "an"
"""What stands for a hidden figure: no number, so that no spreadsheet adds it up."""


def months_csv(months: Iterable[PublishedMonth], procedure: Callable[[str], str], agency: Callable[[str], str]) -> str:
    """One line per month, agency and procedure, and one per month for all (``*``); a byte order mark, so that spreadsheets read
    the letters rightly."""
    rows: list[Sequence[str]] = []
    for one in months:
        key = f"{one.month:%Y-%m}"
        rows.append([key, "*", "", "*", "", *_cells(one.total)])
        for (office, code), shown in sorted(one.procedures.items()):
            rows.append([key, office, agency(office), code, procedure(code), *_cells(shown)])
    return spreadsheet_file(["month", "agency", "agency_name", "procedure", "procedure_name", *FIGURES], rows)


def _cells(shown: Figures) -> list[str]:
    return [HIDDEN if shown[name] is None else str(shown[name]) for name in FIGURES]
