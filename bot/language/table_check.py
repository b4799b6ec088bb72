"""Whether the tables of this package hold together: shape, doubled forms, forms that are other words, marks of the targets.

Everything is said at once, one line a problem, so that whoever edits a table sees the whole of it.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from functools import cache
from typing import Any

import yaml

from bot.language.case_cues import find_case_cues
from bot.language.normalise import fold, has_marks, nfc
from bot.language.shorthand_rules import form_keys
from bot.language.syllables import common_syllables, is_syllable
from bot.language.tables import load_table, table_names

_WORD = re.compile(r"[^\W\d_]+")
_READING_KEYS = frozenset({"to", "next", "prev", "not_next", "not_prev", "near", "end", "start", "next_digit", "prev_digit"})
_WORD_KEYS = ("next", "prev", "not_next", "not_prev", "near")
_PHRASE_KEYS = frozenset({"label", "before", "after", "near"})
# Expected top keys of each table; a table that is not named here is a problem.
_SHAPES: Mapping[str, frozenset[str]] = {
    "shorthand": frozenset({"safe", "context"}),
    "syllables": frozenset({"common", "foreign"}),
    "collisions": frozenset({"question", "joined_by", "words", "silent", "phrases"}),
    "place_questions": frozenset({"units", "bearers", "last_unit", "last_bearer", "many", "areas"}),
    "agency_questions": frozenset({"also", "splits"}),
    "former_agencies": frozenset({"as_of", "former"}),
    "case_cues": frozenset({"parts", "kinds", "marks"}),
    "cues": frozenset({"parts", "facets"}),
    "filler": frozenset({"phrases", "words", "weak"}),
    "matters": frozenset({"matters"}),
    "fields": frozenset({"fields"}),
}


@cache
def _homographs() -> Mapping[str, str]:
    """Folded syllables that people write with marks, each with one of its spellings."""
    return {fold(word): word for word in sorted(common_syllables())}


def _shapes() -> Iterator[str]:
    for name in table_names():
        try:
            table = load_table(name)
        except (yaml.YAMLError, TypeError) as error:
            yield f"{name}.yml: {error}"
            continue
        expected = _SHAPES.get(name)
        if expected is None:
            yield f"{name}.yml: nobody checks this table (bot/language/table_check.py)"
        elif set(table) != expected:
            yield f"{name}.yml: has {sorted(table)}, needs {sorted(expected)}"


def _safe_forms(safe: Mapping[str, list[Any]]) -> Iterator[str]:
    seen: dict[str, str] = {}
    for meaning, forms in safe.items():
        for form in map(str, forms):
            if form != nfc(form).strip() or form != form.lower():
                yield f"shorthand.yml: {form!r} must be composed lower case without blanks around it"
            if seen.setdefault(form, meaning) != meaning:
                yield f"shorthand.yml: {form!r} means both {seen[form]!r} and {meaning!r}"
            for key in form_keys(form):
                other = _homographs().get(key[0]) if len(key) == 1 else None
                if other is not None and key[0] != fold(meaning):
                    yield f"shorthand.yml: {form!r} is safe for {meaning!r} and yet {other!r} without marks: give it a context"


def _targets(meanings: Iterator[str]) -> Iterator[str]:
    for meaning in meanings:
        for word in _WORD.findall(meaning):
            if has_marks(word) and not is_syllable(word):
                yield f"shorthand.yml: {word!r} in {meaning!r} is no Vietnamese syllable"


def _context(groups: list[Mapping[str, Any]], safe: frozenset[str]) -> Iterator[str]:
    seen: set[str] = set()
    for group in groups:
        for form in map(str, group["forms"]):
            if form in safe:
                yield f"shorthand.yml: {form!r} is both safe and decided by context"
            if form in seen:
                yield f"shorthand.yml: {form!r} has two groups of readings"
            seen.add(form)
        for row in group["readings"]:
            unknown = set(row) - _READING_KEYS
            if unknown:
                yield f"shorthand.yml: {group['forms']} has unknown keys {sorted(unknown)}"
            for key in _WORD_KEYS:
                for word in map(str, row.get(key, ())):
                    if word != fold(word):
                        yield f"shorthand.yml: {word!r} in {key} of {group['forms']} must be folded: it can never match"


def _shorthand() -> Iterator[str]:
    table = load_table("shorthand")
    safe = frozenset(str(form) for forms in table["safe"].values() for form in forms)
    yield from _safe_forms(table["safe"])
    yield from _targets(iter(table["safe"]))
    yield from _targets(str(row["to"]) for group in table["context"] for row in group["readings"])
    yield from _context(table["context"], safe)


def _collisions() -> Iterator[str]:
    table = load_table("collisions")
    forms = {str(form) for group in load_table("shorthand")["context"] for form in group["forms"]}
    asked, silent = set(map(str, table["words"])), set(map(str, table["silent"]))
    for form in sorted(forms - asked - silent):
        yield f"collisions.yml: {form!r} has readings and neither a question nor a place among the silent"
    for form in sorted((asked | silent) - forms):
        yield f"collisions.yml: {form!r} is no form of shorthand.yml with readings"
    for form, labels in table["words"].items():
        if not 2 <= len(labels) <= 4:
            yield f"collisions.yml: {form!r} offers {len(labels)} readings, not two to four"
    for phrase in table["phrases"]:
        for reading in phrase["readings"]:
            unknown = set(reading) - _PHRASE_KEYS
            if unknown or "label" not in reading:
                yield f"collisions.yml: a reading of {phrase['forms']} has {sorted(reading)}"
            for key in ("before", "after", "near"):
                for word in map(str, reading.get(key, ())):
                    if word != fold(word):
                        yield f"collisions.yml: {word!r} of {phrase['forms']} must be folded: it can never match"


def _syllables() -> Iterator[str]:
    seen: set[str] = set()
    for line in load_table("syllables")["common"].values():
        for word in str(line).split():
            if not is_syllable(word):
                yield f"syllables.yml: {word!r} is no Vietnamese syllable"
            if word in seen:
                yield f"syllables.yml: {word!r} stands twice"
            seen.add(word)


def _splits() -> Iterator[str]:
    for row in load_table("agency_questions")["splits"]:
        for choice in row["choices"]:
            for word in map(str, choice["near"]):
                if word != fold(word):
                    yield f"agency_questions.yml: {word!r} must be folded: it can never match"
        if row.get("default", "") not in {"", *(choice["agency"] for choice in row["choices"])}:
            yield f"agency_questions.yml: the default of {row['names'][0]!r} is none of its choices"


def _patterns() -> Iterator[str]:
    # Compiling happens at the first use; a broken pattern must be named here and not in a citizen's turn.
    try:
        find_case_cues("", date(2026, 1, 1))
    except re.error as error:
        yield f"case_cues.yml: {error}"
    for bare, words in load_table("case_cues")["marks"].items():
        for word in words:
            if fold(str(word)) != str(bare):
                yield f"case_cues.yml: {word!r} does not fold to {bare!r}"


def table_problems() -> list[str]:
    """Every problem of the tables, one line each; empty where they hold together."""
    shapes = list(_shapes())
    if shapes:
        return shapes
    return [*_shorthand(), *_collisions(), *_syllables(), *_splits(), *_patterns()]
