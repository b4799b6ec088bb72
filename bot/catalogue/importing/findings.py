"""What an import says about rows: refused ones, doubtful ones, each with its place in the file and the reason."""

from dataclasses import dataclass
from typing import Literal

Severity = Literal["doubtful", "refused"]

Hazard = Literal[
    "broken_row",
    "too_large",
    "bad_code",
    "bad_value",
    "duplicate",
    "older_than_live",
    "thinner_than_live",
    "formula",
    "name_missing",
    "name_polluted",
    "name_shared",
    "other_province",
    "superseded",
    "level_unknown",
    "level_changed",
    "name_changed",
    "agency_renamed",
    "agency_elsewhere",
    "agency_unknown",
    "district_level",
    "time_missing",
    "time_without_unit",
    "time_is_text",
    "time_by_case",
    "time_rows_differ",
    "fee_missing",
    "fee_zero_with_law",
    "fee_local_council",
    "fee_zero_with_amount",
    "fee_zero_with_condition",
    "fee_in_thousands",
    "fee_foreign_currency",
    "fee_is_text",
    "fees_several",
    "papers_missing",
    "paper_is_a_note",
    "papers_grouped",
    "papers_reordered",
    "list_fields_differ",
]


class ImportRefusedError(Exception):
    """The file as a whole cannot be taken. The text, in Vietnamese, says why and what to do."""


@dataclass(frozen=True, slots=True)
class Doubt:
    """A doubt about one value, before its row is known. ``raw`` is what the source wrote, cut short."""

    hazard: Hazard
    message: str
    raw: str = ""


@dataclass(frozen=True, slots=True)
class RowFinding:
    """A doubt or refusal with its place: ``row`` as people count it ("dòng 12", "Sheet1, hàng 7")."""

    row: str
    code: str
    severity: Severity
    hazard: Hazard
    message: str
    raw: str = ""
