"""A part of a procedure as a form: its values as people read them, and what they typed put back into the document. Pure."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, MutableMapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

import yaml
from ruamel.yaml.comments import CommentedMap, CommentedSeq
from ruamel.yaml.scalarstring import SingleQuotedScalarString

from bot.catalogue.editing.sections import MOST_ROWS, Field, Section
from bot.catalogue.editing.typed import Choices, TypedError, read_typed, write_typed
from bot.catalogue.schema import Procedure
from bot.language.formats import spoken_money

_PROCEDURE_ORDER = tuple(Procedure.model_fields)
_INNER_ORDER = (
    "case", "channel", "kind", "name", "how", "available", "level", "text", "amount", "unit", "amount_vnd", "per", "originals",
    "copies", "form", "when", "certainty", "note", "raw", "valid_from", "valid_to", "source", "decision", "as_of", "groups",
    "items",
)  # fmt: skip
_resolved: Any = yaml.resolver.Resolver().resolve
_STRING = "tag:yaml.org,2002:str"
_TAG = re.compile(r"<\s*[/!?]?\s*[A-Za-z]")
_DIRECTION = frozenset("\ufeff\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn the direction of writing, with which a text can look like another one."""
_UNITS = {"working_day": "ngày làm việc", "day": "ngày", "working_hour": "giờ làm việc", "hour": "giờ"}


@dataclass
class Row:
    """One row as typed. ``at``: where it stood in the document (``2``, or ``1.3`` for a paper of a group); empty: a new one."""

    values: dict[str, str]
    at: str = ""
    removed: bool = False

    @property
    def empty(self) -> bool:
        """Whether nothing was typed into a new row: its choices alone say nothing."""
        told = {name: value for name, value in self.values.items() if name not in _CHOSEN}
        return not self.at and not any(value.strip() for value in told.values())


_CHOSEN = frozenset({"case", "channel", "kind", "how", "certainty", "unit"})


@dataclass
class SectionForm:
    """Everything typed into the form of one part."""

    fields: dict[str, str] = field(default_factory=dict)
    rows: list[Row] = field(default_factory=list)


@dataclass(frozen=True)
class FormFault:
    """A value that cannot stand. ``where``: the name of its input (``f.<path>``, ``r.<row>.<path>``), empty for the whole form;
    ``key`` and ``values``: the text that tells it."""

    where: str
    key: str
    values: Mapping[str, object] = field(default_factory=dict)


def shown(section: Section, data: Mapping[str, Any]) -> SectionForm:
    """The part of a procedure as its form shows it."""
    fields = {spec.path: _shown_value(spec, data) for spec in section.fields}
    rows = [Row({spec.path: _shown_value(spec, entry) for spec in section.rows}, at) for at, entry in _entries(section, data)]
    return SectionForm(fields, rows)


def new_row(section: Section) -> Row:
    """An empty row."""
    return Row({spec.path: _shown_value(spec, {}) if spec.unwritten else "" for spec in section.rows})


def choices_of(data: Mapping[str, Any], agencies: Mapping[str, str]) -> Choices:
    """What the procedure's forms offer."""
    cases = {case["id"]: case["name"] for case in data.get("cases") or ()}
    return Choices(cases, agencies)


def same_part(section: Section, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether two states of a procedure say the same in this part."""
    return all(one.get(key) == other.get(key) for key in section.keys)


def apply(section: Section, document: CommentedMap, form: SectionForm, choices: Choices) -> list[FormFault]:
    """Puts what was typed into the document, and says what cannot stand; then the document is not to be used."""
    faults: list[FormFault] = []
    if len(form.rows) > MOST_ROWS:
        return [FormFault("", "too_many_rows", {"most": MOST_ROWS})]
    typed = _read(section.fields, form.fields, "f", choices, faults)
    for spec in section.fields:
        if spec.path in typed:
            _put(document, spec, typed[spec.path])
    faults += _source_faults(section.fields, typed, "f")
    if section.rows_at:
        rows = [(number, row) for number, row in enumerate(form.rows) if not row.removed and not row.empty]
        read = [(number, row, _read(section.rows, row.values, f"r.{number}", choices, faults)) for number, row in rows]
        for number, _row, values in read:
            faults += _source_faults(section.rows, values, f"r.{number}")
            faults += _row_faults(section, values, f"r.{number}")
        if not faults:
            kept = [(row, values) for _number, row, values in read]
            (_put_papers if section.name == "papers" else _put_rows)(section, document, kept)
    return faults


def cleaned(text: str) -> str:
    """What was typed, composed, without signs that nobody sees."""
    kept = []
    for sign in unicodedata.normalize("NFC", text):
        if sign in "\u2028\u2029\u0085":
            kept.append("\n")
        elif sign == "\n" or (unicodedata.category(sign) not in ("Cc", "Cs", "Co") and sign not in _DIRECTION):
            kept.append(sign)
    return "".join(kept)


def _read(
    specs: Sequence[Field], typed: Mapping[str, str], prefix: str, choices: Choices, faults: list[FormFault]
) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for spec in specs:
        text = cleaned(typed.get(spec.path, ""))
        try:
            if _TAG.search(text):
                raise TypedError("markup")
            values[spec.path] = read_typed(spec, text, choices)
        except TypedError as error:
            faults.append(FormFault(f"{prefix}.{spec.path}", error.key, error.values))
    return values


def _source_faults(specs: Sequence[Field], values: Mapping[str, Any], prefix: str) -> Iterator[FormFault]:
    """A source has a name and a date, or is not there at all; validity begins before it ends."""
    for spec in specs:
        stem = spec.path.removesuffix(".as_of")
        if stem != spec.path and f"{stem}.name" in values and spec.path in values:
            named, dated = values[f"{stem}.name"], values[spec.path]
            if named and not dated:
                yield FormFault(f"{prefix}.{spec.path}", "source_needs_date")
            if not named and (dated or values.get(f"{stem}.decision")):
                yield FormFault(f"{prefix}.{stem}.name", "source_needs_name")
        if spec.path.endswith("valid_to"):
            begin, end = values.get(spec.path.removesuffix("to") + "from"), values.get(spec.path)
            if begin and end and end < begin:
                yield FormFault(f"{prefix}.{spec.path}", "ends_before_it_begins")
        if spec.path.endswith("certainty"):
            yield from _certainty_faults(spec.path.removesuffix("certainty"), values, prefix)


def _certainty_faults(stem: str, values: Mapping[str, Any], prefix: str) -> Iterator[FormFault]:
    certainty = values.get(f"{stem}certainty")
    if f"{stem}text" in values and certainty in ("sure", "check") and not _spoken(values, stem):
        yield FormFault(f"{prefix}.{stem}text", "text_needed")
    if certainty == "check" and f"{stem}text" in values and not values.get(f"{stem}note"):
        yield FormFault(f"{prefix}.{stem}note", "note_needed")


def _spoken(values: Mapping[str, Any], stem: str) -> str | None:
    """The words of a fact; of a plain amount they are made where none were typed."""
    text: str | None = values.get(f"{stem}text")
    if text:
        return text
    if values.get("amount_vnd"):
        return spoken_money(values["amount_vnd"]) + (f"/{values['per']}" if values.get("per") else "")
    if values.get("amount") and values.get("unit") in _UNITS:
        amount = values["amount"]
        return f"{amount:02d} {_UNITS[values['unit']]}" if isinstance(amount, int) else f"{amount:g} {_UNITS[values['unit']]}"
    return None


def _row_faults(section: Section, values: Mapping[str, Any], prefix: str) -> Iterator[FormFault]:
    if section.name == "fees" and {"kind", "amount_vnd"} <= values.keys():
        if values["kind"] == "amount" and values["amount_vnd"] is None:
            yield FormFault(f"{prefix}.amount_vnd", "amount_needed")
        if values["kind"] != "amount" and values["amount_vnd"] is not None:
            yield FormFault(f"{prefix}.kind", "amount_of_other_kind")
    if section.name == "times" and {"amount", "unit"} <= values.keys():
        if values["amount"] is not None and values["unit"] is None:
            yield FormFault(f"{prefix}.unit", "unit_needed")
        if values["amount"] is None and values["unit"] not in (None, "same_day"):
            yield FormFault(f"{prefix}.amount", "amount_needed")


def _entries(section: Section, data: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    if section.name == "papers":
        for number, group in enumerate((data.get("documents") or {}).get("groups") or ()):
            for place, item in enumerate(group["items"]):
                yield f"{number}.{place}", {**item, "case": group.get("case")}
    elif section.rows_at:
        yield from ((str(number), entry) for number, entry in enumerate(data.get(section.rows_at) or ()))


def _shown_value(spec: Field, data: Mapping[str, Any]) -> str:
    value: Any = data
    for part in spec.path.split("."):
        value = value.get(part) if isinstance(value, Mapping) else None
    return write_typed(spec, spec.unwritten if value is None and spec.unwritten else value)


def _put(document: MutableMapping[str, Any], spec: Field, value: Any) -> None:
    """One value at its place; nothing where it stands there already."""
    *parents, key = spec.path.split(".")
    holder = document
    for parent in parents:
        if not isinstance(holder.get(parent), MutableMapping):
            if value is None:
                return
            insert(holder, parent, CommentedMap())
        holder = holder[parent]
    if spec.kind == "lines":
        _put_lines(holder, key, value or [])
    elif value is None and spec.kind != "truth":
        if holder.get(key) is not None:
            del holder[key]
            if not holder and parents and parents[-1].endswith("source"):
                _drop(document, parents)
    elif (key not in holder or holder[key] != value) and not (key not in holder and value == spec.unwritten):
        insert(holder, key, value)


def _drop(document: MutableMapping[str, Any], parents: Sequence[str]) -> None:
    holder = document
    for parent in parents[:-1]:
        holder = holder[parent]
    del holder[parents[-1]]


def _written(value: Any) -> Any:
    """The value as it is written: in quotes where the readers would take the words for something else ("yes", "012", a day)."""
    if isinstance(value, str) and _resolved(yaml.ScalarNode, value, (True, False)) != _STRING:
        return SingleQuotedScalarString(value)
    return value


def insert(holder: MutableMapping[str, Any], key: str, given: Any) -> None:
    """Puts a value under a key: a new key at its usual place, words in quotes where they need them."""
    value = _written(given)
    if key in holder or not isinstance(holder, CommentedMap):
        holder[key] = value
        return
    order = _PROCEDURE_ORDER if "code" in holder else _INNER_ORDER
    rank = order.index(key) if key in order else len(order)
    before = [place for place, name in enumerate(holder) if name in order and order.index(name) < rank]
    holder.insert(before[-1] + 1 if before else 0, key, value)


def _put_lines(holder: MutableMapping[str, Any], key: str, typed: list[str]) -> None:
    wanted, old = [_written(entry) for entry in typed], holder.get(key)
    if old is None or not isinstance(old, CommentedSeq):
        if wanted:
            insert(holder, key, CommentedSeq(wanted))
        return
    steps = SequenceMatcher(None, [str(entry) for entry in old], typed, autojunk=False).get_opcodes()
    for tag, start, end, first, last in reversed(steps):
        if tag == "equal":
            continue
        for number in range(min(end - start, last - first)):
            old[start + number] = wanted[first + number]
        for place in reversed(range(start + (last - first), end)):
            del old[place]
        for number in range(end - start, last - first):
            old.insert(start + number, wanted[first + number])
    if not old:
        del holder[key]


def _fill(entry: CommentedMap, specs: Sequence[Field], values: Mapping[str, Any]) -> CommentedMap:
    told = dict(values)
    if "text" in told and told.get("certainty") != "unknown":
        told["text"] = _spoken(told, "")
    for spec in specs:
        _put(entry, spec, told[spec.path])
    return entry


def _put_rows(section: Section, document: CommentedMap, rows: Sequence[tuple[Row, dict[str, Any]]]) -> None:
    assert section.rows_at is not None
    if not isinstance(document.get(section.rows_at), CommentedSeq):
        insert(document, section.rows_at, CommentedSeq())
    entries = document[section.rows_at]
    kept = {int(row.at): values for row, values in rows if row.at.isdigit() and int(row.at) < len(entries)}
    for place, values in kept.items():
        _fill(entries[place], section.rows, values)
    for place in reversed(range(len(entries))):
        if place not in kept:
            del entries[place]
    entries.extend(_fill(CommentedMap(), section.rows, values) for row, values in rows if not row.at)


def _put_papers(section: Section, document: CommentedMap, rows: Sequence[tuple[Row, dict[str, Any]]]) -> None:
    """Papers stand below groups of one case each: a paper of another case goes to the end of that case's group."""
    papers = document["documents"]
    if not isinstance(papers.get("groups"), CommentedSeq):
        insert(papers, "groups", CommentedSeq())
    groups = papers["groups"]
    specs = [spec for spec in section.rows if spec.path != "case"]
    kept = {row.at: values for row, values in rows if row.at}
    moved: list[tuple[CommentedMap, str | None]] = []
    for number, group in enumerate(groups):
        for place in reversed(range(len(group["items"]))):
            values = kept.get(f"{number}.{place}")
            if values is not None:
                _fill(group["items"][place], specs, values)
                if values["case"] == group.get("case"):
                    continue
                moved.insert(0, (group["items"][place], values["case"]))
            del group["items"][place]
    moved += [(_fill(CommentedMap(), specs, values), values["case"]) for row, values in rows if not row.at]
    for item, case in moved:
        group = next((group for group in groups if group.get("case") == case), None)
        if group is None:
            group = CommentedMap({"case": case} if case else {})
            group["items"] = CommentedSeq()
            groups.append(group)
        group["items"].append(item)
    for number in reversed(range(len(groups))):
        if not groups[number]["items"]:
            del groups[number]
