"""The parts of a procedure as forms show them: which fields each part has, where they stand in the YAML, what may be typed."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, get_args

from bot.catalogue.schema import Certainty, Channel, FeeKind, OnlineLevel, TimeUnit

Kind = Literal["line", "text", "lines", "number", "count", "money", "day", "month", "choice", "case", "agency", "truth"]
"""How a value is typed: a line, a text of several lines, a list with one entry a line, a number, a whole number, đồng, a day, the
month or day of a source, one of some words, a case of the procedure, an agency, yes/no/unknown."""


@dataclass(frozen=True)
class Field:
    """One field. ``path``: where its value stands below the part (or the row), keys joined by dots. ``unwritten``: the value
    that the YAML leaves out."""

    path: str
    kind: Kind = "line"
    longest: int = 400
    choices: tuple[str, ...] = ()
    needed: bool = False
    unwritten: str | None = None


@dataclass(frozen=True)
class Section:
    """One part. ``fields`` stand once; ``rows`` repeat below the list at ``rows_at``. ``facets``: the answers it is spoken in.
    ``keys``: the keys of the procedure that the part owns."""

    name: str
    facets: tuple[str, ...]
    keys: tuple[str, ...]
    fields: tuple[Field, ...] = ()
    rows_at: str | None = None
    rows: tuple[Field, ...] = ()


LONGEST_TEXT = 2_000
LONGEST_LIST = 12_000
MOST_ROWS = 120


def _source(prefix: str) -> tuple[Field, ...]:
    return (
        Field(f"{prefix}.name", longest=200),
        Field(f"{prefix}.decision", longest=200),
        Field(f"{prefix}.as_of", "month", 30),
    )


def _validity(prefix: str = "") -> tuple[Field, ...]:
    return (Field(f"{prefix}valid_from", "day", 30), Field(f"{prefix}valid_to", "day", 30))


def _certainty(prefix: str = "") -> tuple[Field, ...]:
    return (
        Field(f"{prefix}certainty", "choice", choices=get_args(Certainty), needed=True),
        Field(f"{prefix}note", "text", LONGEST_TEXT),
        Field(f"{prefix}raw", "text", LONGEST_TEXT),
    )


def _dated(prefix: str = "") -> tuple[Field, ...]:
    """Source, its date and the days of validity of one fact."""
    return (*_source(f"{prefix}source"), *_validity(prefix))


def _fact(name: str) -> tuple[Field, ...]:
    prefix = f"{name}."
    return (Field(f"{prefix}text", "text", LONGEST_TEXT), *_certainty(prefix), *_dated(prefix))


_WHEN = (Field("case", "case", 60), Field("channel", "choice", choices=get_args(Channel), needed=True, unwritten="any"))

_ALL = (
    Section(
        "papers",
        ("documents", "form"),
        ("documents",),
        (*_certainty("documents."), *_dated("documents.")),
        "documents.groups",
        (
            Field("case", "case", 60),
            Field("name", "text", LONGEST_TEXT, needed=True),
            Field("how", "choice", choices=("submit", "show"), needed=True, unwritten="submit"),
            Field("originals", "count", 10),
            Field("copies", "count", 10),
            Field("form", longest=300),
            Field("when", "text", LONGEST_TEXT),
        ),
    ),
    Section(
        "times",
        ("processing_time",),
        ("times",),
        rows_at="times",
        rows=(
            *_WHEN,
            Field("amount", "number", 20),
            Field("unit", "choice", choices=get_args(TimeUnit)),
            Field("text", "text", LONGEST_TEXT),
            *_certainty(),
            *_dated(),
        ),
    ),
    Section(
        "fees",
        ("fee",),
        ("fees",),
        rows_at="fees",
        rows=(
            *_WHEN,
            Field("kind", "choice", choices=tuple(kind for kind in get_args(FeeKind) if kind != "stated"), needed=True),
            Field("amount_vnd", "money", 40),
            Field("per", longest=100),
            Field("text", "text", LONGEST_TEXT),
            *_certainty(),
            *_dated(),
        ),
    ),
    Section(
        "place",
        ("place",),
        ("receiving_agency", "deciding_agency", "handled_by"),
        (Field("receiving_agency", "agency", 80, needed=True), Field("deciding_agency", "agency", 80, needed=True),
         *_fact("handled_by")),
    ),
    Section("steps", ("steps",), ("steps", "steps_source"),
            (Field("steps", "lines", LONGEST_LIST, needed=True), *_source("steps_source"))),
    Section("conditions", ("conditions",), ("conditions",), _fact("conditions")),
    Section("result", ("result",), ("result",), _fact("result")),
    Section("legal_basis", ("legal_basis",), ("legal_basis", "legal_basis_source"),
            (Field("legal_basis", "lines", LONGEST_LIST), *_source("legal_basis_source"))),
    Section(
        "online",
        ("online_level", "submission"),
        ("online", "official_link"),
        (
            Field("online.available", "truth"),
            Field("online.level", "choice", choices=get_args(OnlineLevel), needed=True, unwritten="unknown"),
            *_certainty("online."),
            *_dated("online."),
            Field("official_link.url", longest=500, needed=True),
            Field("official_link.owner", longest=200, needed=True),
            Field("official_link.verified_on", "day", 30),
        ),
    ),
    Section(
        "general",
        ("overview",),
        ("name", "official_name", "field", "newer_code", "valid_from", "valid_to", "source"),
        (
            Field("name", "text", 300, needed=True),
            Field("official_name", "text", 600, needed=True),
            Field("field", longest=200, needed=True),
            Field("newer_code", longest=20),
            *_validity(),
            *_source("source"),
        ),
    ),
    Section("words", (), ("aliases", "questions"),
            (Field("aliases", "lines", LONGEST_LIST, needed=True), Field("questions", "lines", LONGEST_LIST))),
)  # fmt: skip

SECTIONS: Mapping[str, Section] = {section.name: section for section in _ALL}
"""The parts in the order of the page."""
