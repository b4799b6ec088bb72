"""What a source says about one procedure, in one shape for all formats and not yet judged. Texts are clean (NFC, no control
characters); None is "the source has no such cell", an empty text never occurs."""

from dataclasses import dataclass
from typing import Literal

RawChannel = Literal["direct", "online", "postal", "any"]
Completeness = Literal["full", "partial", "list"]


@dataclass(frozen=True, slots=True)
class RawFee:
    """One fee of a way to file, as written."""

    kind: str | None = None
    amount: float | None = None
    currency: str | None = None
    amount_text: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class RawMethod:
    """One row of the table of ways to file."""

    channel: RawChannel
    label: str | None = None
    quantity: float | None = None
    unit: str | None = None
    time_text: str | None = None
    description: str | None = None
    fees: tuple[RawFee, ...] = ()


@dataclass(frozen=True, slots=True)
class RawPaper:
    """One row of the list of papers."""

    name: str
    form_files: tuple[str, ...] = ()
    originals: int | None = None
    copies: int | None = None


@dataclass(frozen=True, slots=True)
class RawGroup:
    """A list of papers under the title that the source gives it."""

    title: str | None
    papers: tuple[RawPaper, ...]


@dataclass(frozen=True, slots=True)
class RawRecord:
    """One procedure as its source describes it."""

    code: str
    name: str
    completeness: Completeness
    field: str | None = None
    levels: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    kind: str | None = None
    decision: str | None = None
    agency_issuing: str | None = None
    agency_executing: str | None = None
    agency_deciding: str | None = None
    receiving_address: str | None = None
    steps: str | None = None
    methods: tuple[RawMethod, ...] = ()
    groups: tuple[RawGroup, ...] = ()
    conditions: str | None = None
    result: str | None = None
    legal_basis: tuple[str, ...] = ()
    keywords: str | None = None
    portal_url: str | None = None
    online_offered: bool | None = None
    source_name: str = "Cổng Dịch vụ công quốc gia"
    as_of: str | None = None
    valid_from: str | None = None
    valid_to: str | None = None
    earlier: tuple["EarlierVersion", ...] = ()
    absent: frozenset[str] = frozenset()
    """Sections of which the source says that there is nothing ("Không có"), by name of the field."""


@dataclass(frozen=True, slots=True)
class EarlierVersion:
    """What an older publication of the same code said, where the source tells."""

    as_of: str | None
    decision: str | None
    levels: tuple[str, ...]
    name: str | None


@dataclass(frozen=True, slots=True)
class Located:
    """A raw record and where it stands in its file."""

    row: str
    record: RawRecord
