"""Two records of one procedure: which one stands, and what is told. Pure.

The newer publication wins, a fuller record is never wiped by a thinner one, and a list only stands beside a record.
"""

from dataclasses import replace
from typing import Literal

from bot.catalogue.importing.findings import Doubt
from bot.catalogue.importing.record import ImportedRecord, ListedRow

_FULLNESS = {"list": 0, "partial": 1, "full": 2}

Winner = Literal["incoming", "live"]


def merged(live: ImportedRecord | None, incoming: ImportedRecord) -> tuple[ImportedRecord, tuple[Doubt, ...]]:
    """The record after ``incoming`` came to ``live``, and the doubts about it."""
    if live is None:
        return incoming, ()
    if incoming.completeness == "list":
        return _beside_list(live, incoming)
    if live.completeness == "list":
        return replace(incoming, listed=live.listed), ()
    if not incoming.dated and replace(incoming, as_of=live.as_of, dated=live.dated, listed=live.listed) == live:
        # The same page again: it brings no date of its own, so the date it was first read stays.
        return live, ()
    if _FULLNESS[incoming.completeness] < _FULLNESS[live.completeness]:
        return live, (Doubt("thinner_than_live", "bản trong tệp thiếu mục, giữ bản đầy đủ đang dùng"),)
    if incoming.as_of[:7] < live.as_of[:7] and incoming.completeness == live.completeness:
        return live, (
            Doubt("older_than_live", f"bản trong tệp ({incoming.as_of}) cũ hơn bản đang dùng ({live.as_of}), giữ bản mới hơn"),
        )
    return replace(incoming, listed=incoming.listed or live.listed), ()


def _beside_list(live: ImportedRecord, incoming: ImportedRecord) -> tuple[ImportedRecord, tuple[Doubt, ...]]:
    """The list's row beside what is known. A record that is itself only a list row becomes the new row."""
    if live.completeness == "list":
        return (live, ()) if live.listed == incoming.listed else (incoming, ())
    row = incoming.listed
    doubts = []
    if row is not None and row.name.casefold() != live.official_name.casefold():
        doubts.append(
            Doubt(
                "list_fields_differ", "tên trong danh sách khác tên trong bản chi tiết, giữ tên của bản chi tiết", row.name[:200]
            )
        )
    return replace(live, listed=row), tuple(doubts)


def joined_rows(first: ListedRow, second: ListedRow) -> ListedRow:
    """Two rows of one code in one list: exports repeat a procedure for each agency that carries it out."""

    def both(one: str | None, other: str | None) -> str | None:
        parts = dict.fromkeys(part for text in (one, other) if text for part in text.split("; "))
        return "; ".join(parts) or None

    return ListedRow(
        first.name, first.field or second.field, both(first.issuing, second.issuing), both(first.executing, second.executing)
    )
