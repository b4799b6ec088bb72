"""Words of the catalogue's pages: parts, fields, faults and checks as people read them."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.accounts.view import AccountView
from bot.authoring.proposals import Person
from bot.catalogue.editing.forms import FormFault, SectionForm
from bot.catalogue.editing.sections import Field, Section
from bot.catalogue.editing.told import Told
from bot.catalogue.schema import Dated, Provenance
from bot.language.formats import spoken_date, spoken_month
from console.texts import has_label, label

_STEMS = ("source", "steps_source", "legal_basis_source")


def person_of(account: AccountView) -> Person:
    """The account as proposals keep it."""
    return Person(account.login, account.display_name, account.actor)


def field_name(section: Section, spec: Field) -> str:
    """The words of a field."""
    parts = spec.path.split(".")
    last = f"source_{parts[-1]}" if len(parts) > 1 and parts[-2] in _STEMS else parts[-1]
    own = f"catalogue_field_{section.name}_{last}"
    return label(own if has_label(own) else f"catalogue_field_{last}")


def choice_names(spec: Field, cases: Mapping[str, str], agencies: Mapping[str, str]) -> dict[str, str]:
    """What a field offers, by value."""
    if spec.kind == "agency":
        return dict(agencies)
    if spec.kind == "case":
        return {"": label("catalogue_case_all")} | dict(cases)
    last = spec.path.split(".")[-1]
    values = ("yes", "no", "unknown") if spec.kind == "truth" else spec.choices
    offered = {value: label(f"catalogue_choice_{last}_{value}") for value in values}
    return offered if spec.needed or spec.kind == "truth" else {"": label("catalogue_choose")} | offered


def fault_words(section: Section, fault: FormFault) -> str:
    """A fault with the field it stands at."""
    values: dict[str, object] = dict(fault.values)
    told = label(f"catalogue_fault_{fault.key}", "vi", **values)
    place, _, path = fault.where.partition(".")
    if place == "f":
        return label("catalogue_fault_at", field=_named(section, section.fields, path), told=told)
    if place == "r":
        row, _, inner = path.partition(".")
        return label("catalogue_fault_at_row", row=int(row) + 1, field=_named(section, section.rows, inner), told=told)
    return told


def _named(section: Section, specs: tuple[Field, ...], path: str) -> str:
    return next((field_name(section, spec) for spec in specs if spec.path == path), path)


def check_words(told: Told, own_code: str | None) -> str:
    """What a check says, with its place."""
    words = label(f"catalogue_check_{told.key}", **told.values)
    if told.part is not None and told.row is not None:
        words = label("catalogue_check_at", part=label(f"catalogue_part_{told.part}"), row=told.row, told=words)
    elif told.part is not None:
        words = label("catalogue_check_at_part", part=label(f"catalogue_part_{told.part}"), told=words)
    if told.code is not None and told.code != own_code:
        words = label("catalogue_check_in_file", code=told.code, told=words)
    return words


def source_words(source: Provenance) -> str:
    """A source with its decision and date."""
    key = "catalogue_source_line" if source.decision else "catalogue_source_line_short"
    return label(key, name=source.name, decision=source.decision or "", as_of=spoken_month(source.as_of))


def validity_words(fact: Dated) -> str:
    """From when until when a fact holds; empty where it says nothing."""
    start, end = fact.valid_from, fact.valid_to
    if start and end:
        return label("catalogue_valid_from_to", start=spoken_date(start), end=spoken_date(end))
    if start:
        return label("catalogue_valid_from", start=spoken_date(start))
    return label("catalogue_valid_to", end=spoken_date(end)) if end else ""


def day_words(day: date | None) -> str:
    """A day, or a dash."""
    return spoken_date(day) if day else "–"


def form_lines(section: Section, form: SectionForm, cases: Mapping[str, str], agencies: Mapping[str, str]) -> list[str]:
    """A form as lines that can be laid side by side: only what is filled in."""

    def words(spec: Field, value: str) -> str:
        shown = choice_names(spec, cases, agencies).get(value, value) if spec.choices or spec.kind in _NAMED else value
        return f"{field_name(section, spec)}: {shown}"

    lines = [words(spec, form.fields[spec.path]) for spec in section.fields if form.fields.get(spec.path)]
    for number, row in enumerate(form.rows, start=1):
        if not row.removed and not row.empty:
            told = "; ".join(words(spec, row.values[spec.path]) for spec in section.rows if row.values.get(spec.path))
            lines.append(f"{label('catalogue_row', number=number)}: {told}")
    return lines


_NAMED = ("case", "agency", "truth")


def diff_lines(text: str) -> list[dict[str, Any]]:
    """A unified diff as lines with their kind, without its headings."""
    kinds = {"+": "added", "-": "removed", "@": "place"}
    lines = [line for line in text.split("\n") if line and not line.startswith(("+++", "---", "diff ", "index "))]
    return [{"kind": kinds.get(line[0], "same"), "text": line} for line in lines]
