"""How people name procedures: ``data/catalogue/aliases``, one YAML file a theme, written and reviewed by us.

A *matter* is what is one thing for a citizen, though it may have several codes (a procedure of the ward and its twin of the
department, a renumbered one). What honestly fits several matters is a *shared phrase*: it is asked back and won by none.
Codes may name procedures that are not in the present catalogue: their words sleep until an import brings them.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import Field

from bot.catalogue.schema import Code, Record, Text
from bot.catalogue.wording import wording_key
from bot.catalogue.yaml_files import Entry, Problem, read_record

FEWEST_WORDINGS = 3
"""Every matter is named in at least this many ways; one of the most used in ``FEWEST_WORDINGS_MOST_USED``."""
FEWEST_WORDINGS_MOST_USED = 8


class Matter(Record):
    """One matter: ``codes`` with the one to offer first in front, an everyday ``name``, and people's words for it.

    ``aliases`` name it, ``situations`` are lives in which it is needed, ``questions`` are whole questions."""

    codes: tuple[Code, ...] = Field(min_length=1)
    name: Text
    most_used: bool = False
    aliases: tuple[Text, ...] = ()
    situations: tuple[Text, ...] = ()
    questions: tuple[Text, ...] = ()

    @property
    def wordings(self) -> tuple[str, ...]:
        """All of people's words for it."""
        return (*self.aliases, *self.situations, *self.questions)


class SharedPhrase(Record):
    """Words that fit several matters: ``codes`` in the order to offer, and the ``question`` to ask."""

    phrase: Text
    codes: tuple[Code, ...] = Field(min_length=2, max_length=5)
    question: Text


class _AliasFile(Record):
    field: Text
    matters: tuple[Matter, ...]
    shared: tuple[SharedPhrase, ...] = ()


@dataclass(frozen=True)
class Aliases:
    """All matters and shared phrases of the folder."""

    matters: tuple[Matter, ...] = ()
    shared: tuple[SharedPhrase, ...] = ()


@dataclass(frozen=True)
class AliasEntries:
    """The same with the place of each record in its file."""

    matters: tuple[Entry[Matter], ...] = ()
    shared: tuple[Entry[SharedPhrase], ...] = ()

    @property
    def aliases(self) -> Aliases:
        """The records alone."""
        return Aliases(tuple(e.record for e in self.matters), tuple(e.record for e in self.shared))


def read_aliases(folder: Path) -> tuple[AliasEntries, list[Problem]]:
    """All alias files of the catalogue folder, and everything wrong in them. No folder means no aliases."""
    matters: list[Entry[Matter]] = []
    shared: list[Entry[SharedPhrase]] = []
    problems: list[Problem] = []
    for path in sorted((folder / "aliases").glob("*.yml")):
        entry, found = read_record(path, f"aliases/{path.name}", _AliasFile)
        problems += found
        if entry is not None:
            matters += [Entry(m, entry.source, ("matters", i)) for i, m in enumerate(entry.record.matters)]
            shared += [Entry(s, entry.source, ("shared", i)) for i, s in enumerate(entry.record.shared)]
    entries = AliasEntries(tuple(matters), tuple(shared))
    return entries, problems or list(_problems(entries))


def _problems(entries: AliasEntries) -> Iterator[Problem]:
    yield from _codes_in_two_matters(entries.matters)
    yield from _thin_matters(entries.matters)
    yield from _collisions(entries)


def _codes_in_two_matters(matters: Iterable[Entry[Matter]]) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for entry in matters:
        for index, code in enumerate(entry.record.codes):
            if code in owner:
                yield entry.problem(f"code {code} is already in the matter {owner[code]!r}", "codes", index)
            owner.setdefault(code, entry.record.name)


def _thin_matters(matters: Iterable[Entry[Matter]]) -> Iterator[Problem]:
    for entry in matters:
        wanted = FEWEST_WORDINGS_MOST_USED if entry.record.most_used else FEWEST_WORDINGS
        if len(set(map(wording_key, entry.record.wordings))) < wanted:
            yield entry.problem(f"{entry.record.name!r} is named in fewer than {wanted} different ways", "aliases")


def _collisions(entries: AliasEntries) -> Iterator[Problem]:
    """One wording leads to one matter; a wording that fits two is shared."""
    shared: set[str] = set()
    for phrase in entries.shared:
        key = wording_key(phrase.record.phrase)
        if key in shared:
            yield phrase.problem(f"the shared phrase {phrase.record.phrase!r} is written twice", "phrase")
        shared.add(key)
    owner: dict[str, tuple[int, str]] = {}
    for number, entry in enumerate(entries.matters):
        for location, wording in located_wordings(entry.record):
            key = wording_key(wording)
            held_by = owner.setdefault(key, (number, entry.record.name))
            if held_by[0] != number:
                yield entry.problem(f"{wording!r} also names {held_by[1]!r}: what fits two belongs under 'shared'", *location)
            elif key in shared:
                yield entry.problem(f"{wording!r} is a shared phrase and cannot be won by one matter", *location)


def located_wordings(matter: Matter) -> Iterator[tuple[Sequence[str | int], str]]:
    """All wordings of a matter, each with its place in the record."""
    yield ("name",), matter.name
    for key in ("aliases", "situations", "questions"):
        for index, wording in enumerate(getattr(matter, key)):
            yield (key, index), wording
