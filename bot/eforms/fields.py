"""One thing that an e-form asks for, as the filling engine sees it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from bot.language.normalise import fold

FieldKind = Literal[
    "text", "person_name", "citizen_id", "identity_number", "phone", "email", "date", "money", "integer", "number", "boolean",
    "choice", "choices", "list", "ward", "address",
]  # fmt: skip

PRIVATE_KINDS: Mapping[FieldKind, str] = {
    "citizen_id": "citizen_id",
    "identity_number": "citizen_id",
    "phone": "phone",
    "email": "email",
}
"""Kinds whose values are private numbers, and what ``bot.language.masking`` calls them."""

FORMATS: Mapping[str, FieldKind] = {
    "person-name": "person_name",
    "citizen-id": "citizen_id",
    "identity-number": "identity_number",
    "phone": "phone",
    "email": "email",
    "idn-email": "email",
    "date": "date",
    "money": "money",
    "ward": "ward",
    "address": "address",
}
"""``format`` in a schema → kind. Any other format is a text, checked by the schema's own rules."""

_BY_NAME: tuple[tuple[re.Pattern[str], FieldKind], ...] = (
    (re.compile(r"\b(?:so dien thoai|dien thoai|sdt|phone|mobile)\b"), "phone"),
    (re.compile(r"\b(?:so can cuoc|can cuoc cong dan|cccd|so dinh danh|citizen id)\b"), "citizen_id"),
    (re.compile(r"\b(?:e ?mail|thu dien tu)\b"), "email"),
    (re.compile(r"\b(?:ho va ten|ho ten|ho chu dem ten|full name)\b"), "person_name"),
)
_BIRTH = re.compile(r"\b(?:ngay sinh|ngay thang nam sinh|birth|birthday|dob|born)\b")
_SEX = re.compile(r"\b(?:gioi tinh|sex|gender)\b")


@dataclass(frozen=True)
class Wording:
    """A text in Vietnamese and, where there is one, in English."""

    vi: str
    en: str = ""

    def of(self, language: str) -> str:
        """The text in this language; Vietnamese where the other is missing."""
        return self.en if language == "en" and self.en else self.vi

    def __bool__(self) -> bool:
        return bool(self.vi or self.en)


@dataclass(frozen=True)
class Option:
    """One answer to choose. ``words``: other words by which citizens mean it."""

    value: Any
    label: Wording
    words: tuple[str, ...] = ()

    @property
    def key(self) -> str:
        """The value as a button carries it."""
        return str(self.value)


@dataclass(frozen=True)
class Group:
    """A repeated group: what one member is called, and the questions that begin the first and each further one."""

    one: Wording
    first: Wording
    more: Wording


@dataclass(frozen=True)
class Field:
    """``path`` names the place in the filled form: ``household.address``, ``members[1].name``. ``parent``: the path of the object
    it stands in; ``section``: what that object is called; ``member``: which member of a repeated group it is. ``gate``: not in
    the form itself, but whether a repeated group has one more member."""

    path: str
    kind: FieldKind
    label: Wording
    question: Wording
    required: bool
    schema: Mapping[str, Any] = field(default_factory=dict, repr=False)
    why: Wording = Wording("")
    example: str = ""
    options: tuple[Option, ...] = ()
    words: tuple[str, ...] = ()
    sensitive: bool = False
    prefill: str = ""
    parent: str = ""
    member: Wording = Wording("")
    section: Wording = Wording("")
    gate: bool = False

    @property
    def name(self) -> str:
        """The property's own name."""
        return self.path.rpartition(".")[2]

    @property
    def is_birth_date(self) -> bool:
        """Whether it is the day on which the person of this object was born."""
        return self.kind == "date" and _named(_BIRTH, self.name, self.label.vi, self.label.en)

    @property
    def is_sex(self) -> bool:
        """Whether it is the sex of the person of this object."""
        return self.kind == "choice" and _named(_SEX, self.name, self.label.vi, self.label.en)


def _named(pattern: re.Pattern[str], *names: str) -> bool:
    return any(pattern.search(" ".join(re.findall(r"[a-z0-9]+", fold(name)))) for name in names)


def kind_of(schema: Mapping[str, Any], name: str, title: str) -> FieldKind:
    """The kind of a single value or of a list of single values, from its schema; from its name where the schema says nothing."""
    kind = _type_of(schema)
    if kind == "array":
        items = schema.get("items")
        return "choices" if isinstance(items, Mapping) and _has_options(items) else "list"
    if kind == "boolean":
        return "boolean"
    if _has_options(schema):
        return "choice"
    if kind in ("integer", "number"):
        return "money" if schema.get("format") == "money" else "integer" if kind == "integer" else "number"
    if (known := FORMATS.get(str(schema.get("format", "")))) is not None:
        return known
    if "format" not in schema:
        return next((guess for pattern, guess in _BY_NAME if _named(pattern, name, title)), "text")
    return "text"


def _has_options(schema: Mapping[str, Any]) -> bool:
    if isinstance(schema.get("enum"), list):
        return True
    return any(
        isinstance(schema.get(word), list) and all(isinstance(row, Mapping) and "const" in row for row in schema[word])
        for word in ("oneOf", "anyOf")
    )


def _type_of(schema: Mapping[str, Any]) -> str:
    """The JSON type that is asked for: of several the first that is not ``null``."""
    told = schema.get("type")
    if isinstance(told, list):
        told = next((word for word in told if word != "null"), "string")
    if isinstance(told, str):
        return told
    if isinstance(schema.get("const"), bool):
        return "boolean"
    for word, kind in (("properties", "object"), ("items", "array"), ("minimum", "number"), ("maximum", "number")):
        if word in schema:
            return kind
    return "string"


def type_of(schema: Mapping[str, Any]) -> str:
    """``object``, ``array``, ``boolean``, ``integer``, ``number`` or ``string``."""
    return _type_of(schema)


def wording(value: object, default: str = "") -> Wording:
    """A text of a schema: one string, or ``{vi: …, en: …}``."""
    if isinstance(value, Mapping):
        vi, en = str(value.get("vi") or ""), str(value.get("en") or "")
        return Wording(vi or en or default, en)
    return Wording(str(value) if value else default)


def options_of(schema: Mapping[str, Any]) -> tuple[Option, ...]:
    """The answers to choose from: ``oneOf``/``anyOf`` of ``const`` and ``title``, or ``enum`` with ``x-labels``."""
    items = schema.get("items")
    if _type_of(schema) == "array" and isinstance(items, Mapping):
        schema = items
    labels = schema.get("x-labels") if isinstance(schema.get("x-labels"), Mapping) else {}
    words = schema.get("x-option-words") if isinstance(schema.get("x-option-words"), Mapping) else {}
    if isinstance(schema.get("enum"), list):
        return tuple(
            Option(value, wording((labels or {}).get(str(value), value), str(value)), _words((words or {}).get(str(value))))
            for value in schema["enum"]
            if value is not None
        )
    rows = schema.get("oneOf") or schema.get("anyOf") or []
    return tuple(
        Option(row["const"], wording(row.get("x-label") or row.get("title"), str(row["const"])), _words(row.get("x-words")))
        for row in rows
    )


def _words(value: object) -> tuple[str, ...]:
    return tuple(map(str, value)) if isinstance(value, list) else ()


def words_of(value: object) -> tuple[str, ...]:
    """A list of words in a schema; empty for anything else."""
    return _words(value)
