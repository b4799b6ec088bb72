"""What is wrong with the e-forms of a catalogue, in plain words and with the line. Loading uses the same rules."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from bot.catalogue.schema import CODE_PATTERN, Procedure
from bot.catalogue.yaml_files import Entry, Location, Problem, read_data
from bot.eforms.fields import type_of
from bot.eforms.forms import EFormError, Form, form_of
from bot.eforms.json_schema import schema_problem
from bot.eforms.papers import ACCEPTED, EVERY_CASE, SHORT_TYPES

FOLDER = "eforms"
SUFFIXES = (".yml", ".json")
ANNOTATIONS = frozenset(
    {
        "x-question", "x-label", "x-title", "x-case", "x-order", "x-why", "x-example", "x-prefill", "x-sensitive", "x-group",
        "x-papers", "x-words", "x-labels", "x-option-words", "x-not-before", "x-not-after", "x-procedure",
    }
)  # fmt: skip
_NAME = re.compile(r"[^\W\d][\w-]*")
_DEEPEST = 6
_UNREAD = {
    "patternProperties": "properties with names of a pattern cannot be asked for",
    "propertyNames": "it cannot be asked for",
    "prefixItems": "a list whose places differ cannot be asked for; use an object",
    "$dynamicRef": "only $ref to '#/$defs/…' is read",
}


class EFormFileError(Exception):
    """The e-forms cannot be used. ``problems`` holds all errors; the text shows one per line."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


def load_forms(folder: Path) -> Mapping[str, Form]:
    """The e-forms of a catalogue's folder by procedure code; none where it has no ``eforms``. Raises ``EFormFileError``."""
    forms: dict[str, Form] = {}
    problems: list[Problem] = []
    for path, shown_as in _files(folder):
        entry, found = read_data(path, shown_as)
        problems += found
        if entry is None:
            continue
        errors = [problem for problem in _schema_problems(entry, None) if problem.severity == "error"]
        problems += errors
        if not errors:
            forms[path.stem] = form_of(entry.record, path.stem)
    if problems:
        raise EFormFileError(problems)
    return MappingProxyType(forms)


def check_eforms(folder: Path, procedures: Sequence[Procedure]) -> list[Problem]:
    """All errors and warnings of all e-forms, also against the procedures they belong to."""
    known = {procedure.code: procedure for procedure in procedures}
    problems: list[Problem] = []
    seen: dict[str, str] = {}
    for path, shown_as in _files(folder):
        if path.suffix not in SUFFIXES:
            problems.append(Problem(shown_as, 1, "is neither a .yml nor a .json file and would be overlooked"))
            continue
        if not re.fullmatch(CODE_PATTERN, path.stem):
            problems.append(Problem(shown_as, 1, "must be named after the procedure's code, such as 1.001193.yml"))
        if path.stem in seen:
            problems.append(Problem(shown_as, 1, f"{seen[path.stem]} already is the e-form of {path.stem}"))
        seen.setdefault(path.stem, shown_as)
        entry, found = read_data(path, shown_as)
        problems += found
        if entry is not None:
            problems += _schema_problems(entry, known.get(path.stem))
            problems += _code_problems(entry, path.stem, known)
    return problems


def _files(folder: Path) -> list[tuple[Path, str]]:
    place = folder / FOLDER
    if not place.is_dir():
        return []
    return [(path, f"{FOLDER}/{path.name}") for path in sorted(place.iterdir()) if not path.name.startswith(".")]


def _code_problems(entry: Entry[Any], code: str, known: Mapping[str, Procedure]) -> Iterator[Problem]:
    told = entry.record.get("x-procedure") if isinstance(entry.record, Mapping) else None
    if told is not None and told != code:
        yield entry.problem(f"x-procedure says {told}, but the file is named {code}", "x-procedure")
    if known and code not in known:
        yield entry.problem(f"there is no procedure {code} in the catalogue", severity="warning")


def _schema_problems(entry: Entry[Any], procedure: Procedure | None) -> list[Problem]:
    schema = entry.record
    if not isinstance(schema, Mapping):
        return [entry.problem("an e-form is one JSON Schema object")]
    broken = schema_problem(schema)
    if broken is not None:
        return [entry.problem(f"not a valid JSON Schema: {broken[0]}", *broken[1])]
    try:
        form = form_of(schema)
    except EFormError as error:
        return [entry.problem(str(error))]
    found = [
        *_node_problems(entry, schema, ()),
        *_case_problems(entry, form, procedure),
        *_paper_problems(entry, form, procedure),
    ]
    if not form.asked({}).fields:
        found.append(entry.problem("asks for nothing: it has no property"))
    return found


def _node_problems(entry: Entry[Any], node: Any, at: Location, depth: int = 0) -> Iterator[Problem]:
    """Problems of one schema and of all schemas inside it."""
    if not isinstance(node, Mapping):
        return
    if depth > _DEEPEST:
        yield entry.problem("is nested too deeply to be asked for in a talk", *at)
        return
    for word, why in _UNREAD.items():
        if word in node:
            yield entry.problem(f"{word}: {why}", *at, word)
    yield from _annotation_problems(entry, node, at)
    properties = node.get("properties") or {}
    for name, row in properties.items():
        here = (*at, "properties", name)
        if not _NAME.fullmatch(str(name)):
            yield entry.problem(
                f"the property's name {name!r} must begin with a letter and hold only letters, figures, '_', '-'", *here
            )
        yield from _node_problems(entry, row, here, depth + 1)
    yield from _required_problems(entry, node, at)
    for word in ("then", "else", "items"):
        yield from _node_problems(entry, node.get(word), (*at, word), depth + (word == "items"))
    for word in ("allOf", "oneOf", "anyOf"):
        for place, part in enumerate(node.get(word) or ()):
            yield from _node_problems(entry, part, (*at, word, place), depth)
    for name, part in (node.get("$defs") or {}).items():
        yield from _node_problems(entry, part, (*at, "$defs", name), depth)
    if isinstance(node.get("items"), Mapping) and type_of(node["items"]) == "array":
        yield entry.problem("a list of lists cannot be asked for", *at, "items")


def _annotation_problems(entry: Entry[Any], node: Mapping[str, Any], at: Location) -> Iterator[Problem]:
    for key, value in node.items():
        if key.startswith("x-") and key not in ANNOTATIONS:
            yield entry.problem(f"{key} is no annotation that is read; a typing slip?", *at, key, severity="warning")
        if key in ("x-question", "x-why", "x-label", "x-title"):
            texts = isinstance(value, str) or (isinstance(value, Mapping) and isinstance(value.get("vi"), str))
            if not texts or not value:
                yield entry.problem(f"{key} must be a text, or texts under 'vi' and 'en'", *at, key)
        if key == "x-order" and (isinstance(value, bool) or not isinstance(value, int | float)):
            yield entry.problem("x-order must be a number", *at, key)
        if key == "x-sensitive" and not isinstance(value, bool):
            yield entry.problem("x-sensitive must be true or false", *at, key)
        if key in ("x-words",) and not isinstance(value, list):
            yield entry.problem(f"{key} must be a list of words", *at, key)
    if "enum" in node and not [value for value in node["enum"] if value is not None]:
        yield entry.problem("enum has no value to choose", *at, "enum")


def _required_problems(entry: Entry[Any], node: Mapping[str, Any], at: Location) -> Iterator[Problem]:
    """A required property that nobody describes would never be asked for."""
    if not isinstance(node.get("properties"), Mapping) or "$ref" in node:
        return
    described = set(node["properties"])
    for part in _parts(node):
        described |= set(part.get("properties") or ())
    for place, name in enumerate(node.get("required") or ()):
        if name not in described and "if" not in at and not _conditional(at):
            yield entry.problem(f"requires {name!r}, which is not described under 'properties'", *at, "required", place)


def _conditional(at: Location) -> bool:
    """Whether a schema is a part that refers to properties of the object around it."""
    return any(word in at for word in ("then", "else", "allOf", "oneOf", "anyOf"))


def _parts(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for word in ("then", "else"):
        if isinstance(node.get(word), Mapping):
            yield node[word]
            yield from _parts(node[word])
    for word in ("allOf", "oneOf", "anyOf"):
        for part in node.get(word) or ():
            if isinstance(part, Mapping):
                yield part
                yield from _parts(part)


def _case_problems(entry: Entry[Any], form: Form, procedure: Procedure | None) -> Iterator[Problem]:
    cases = {option.key for option in form.asked({}).by_path[form.case_field].options} if form.case_field else set()
    known = {case.id for case in procedure.cases} if procedure is not None else None
    if form.case_field and known is not None and cases - known:
        names = ", ".join(sorted(cases - known))
        yield entry.problem(f"the procedure has no case {names}", "properties", form.case_field)
    for at, named in _named_cases(form.schema, ()):
        if not form.case_field:
            yield entry.problem("x-case names cases, but no property of the form has 'x-case: true'", *at)
        elif unknown := sorted(set(named) - cases):
            yield entry.problem(f"x-case names {', '.join(unknown)}, which {form.case_field} does not offer", *at)


def _named_cases(node: Any, at: Location) -> Iterator[tuple[Location, list[str]]]:
    if isinstance(node, list):
        for place, part in enumerate(node):
            yield from _named_cases(part, (*at, place))
    if not isinstance(node, Mapping):
        return
    told = node.get("x-case")
    if told is not None and not isinstance(told, bool):
        yield (*at, "x-case"), [told] if isinstance(told, str) else list(map(str, told))
    for key, value in node.items():
        if key not in ("x-case", "const", "enum", "default", "examples"):
            yield from _named_cases(value, (*at, key))


def _paper_problems(entry: Entry[Any], form: Form, procedure: Procedure | None) -> Iterator[Problem]:
    told = form.schema.get("x-papers")
    if told is None:
        return
    by_case = told if isinstance(told, Mapping) else {EVERY_CASE: told}
    cases = {case.id for case in procedure.cases} if procedure is not None else None
    ids: set[str] = set()
    for case, rows in by_case.items():
        where: Location = ("x-papers", case) if isinstance(told, Mapping) else ("x-papers",)
        if not isinstance(rows, list):
            yield entry.problem("x-papers must be a list of papers, or lists by case", *where)
            continue
        if case != EVERY_CASE and cases is not None and case not in cases:
            yield entry.problem(f"the procedure has no case {case}", *where)
        for place, row in enumerate(rows):
            yield from _paper_row(entry, row, (*where, place), ids)


def _paper_row(entry: Entry[Any], row: Any, at: Location, ids: set[str]) -> Iterator[Problem]:
    if isinstance(row, str):
        return
    if not isinstance(row, Mapping) or not (row.get("title") or row.get("name")):
        yield entry.problem("a paper needs a title", *at)
        return
    if row.get("id") in ids:
        yield entry.problem(f"two papers share the id {row['id']}", *at, "id")
    ids.add(str(row.get("id") or f"{at}"))
    for kind in row.get("accepts") or ():
        if kind not in ACCEPTED and kind not in SHORT_TYPES:
            yield entry.problem(f"accepts {kind!r}; known are image, pdf, {', '.join(ACCEPTED)}", *at, "accepts")
    if "if" in row and (not isinstance(row["if"], Mapping) or schema_problem(row["if"])):
        yield entry.problem("'if' of a paper must be a JSON Schema", *at, "if")
