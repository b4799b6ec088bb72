"""Loading ``data/catalogue``: every file checked by itself and against the others.

``load_catalogue`` either returns a catalogue in which all references hold, or raises ``CatalogueError`` with every problem.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TypeVar

from pydantic import BaseModel, Field

from bot.catalogue.aliases import AliasEntries, Aliases, located_wordings, read_aliases
from bot.catalogue.listing import ProcedureListing, listing_of
from bot.catalogue.schema import Agency, Code, LifeEvent, Place, Procedure, Record, Text, WorkingCalendar
from bot.catalogue.wording import wording_key
from bot.catalogue.yaml_files import Entry, Problem, read_record

B = TypeVar("B", bound=BaseModel)
F = TypeVar("F", bound=BaseModel)
I = TypeVar("I", Agency, Place, LifeEvent)  # noqa: E741 (the records that have an id)


class AmbiguousPhrase(Record):
    """Words that honestly fit two or more procedures: the assistant asks ``question`` and offers ``codes`` in order."""

    phrase: Text
    codes: tuple[Code, ...] = Field(min_length=2, max_length=4)
    question: Text


class _AgencyFile(Record):
    agencies: tuple[Agency, ...]


class _PlaceFile(Record):
    places: tuple[Place, ...]


class _LifeEventFile(Record):
    life_events: tuple[LifeEvent, ...]


class _AmbiguousFile(Record):
    ambiguous: tuple[AmbiguousPhrase, ...]


@dataclass(frozen=True)
class Catalogue:
    """Everything the assistant knows about procedures. Read-only; load it once and share it.

    ``listings`` names every procedure, reviewed ones first; ``procedures`` may build an imported one only when asked for."""

    procedures: Mapping[str, Procedure]
    agencies: Mapping[str, Agency]
    places: tuple[Place, ...]
    life_events: tuple[LifeEvent, ...]
    calendar: WorkingCalendar
    ambiguous: tuple[AmbiguousPhrase, ...] = ()
    aliases: Aliases = field(default_factory=Aliases)
    listings: tuple[ProcedureListing, ...] = ()


class CatalogueError(Exception):
    """The catalogue cannot be used. ``problems`` holds all of them; the text shows one per line as ``file:line: message``."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


@dataclass
class CatalogueEntries:
    """The records that could be read, each with its place in its file."""

    procedures: list[Entry[Procedure]] = field(default_factory=list)
    agencies: list[Entry[Agency]] = field(default_factory=list)
    places: list[Entry[Place]] = field(default_factory=list)
    life_events: list[Entry[LifeEvent]] = field(default_factory=list)
    ambiguous: list[Entry[AmbiguousPhrase]] = field(default_factory=list)
    calendar: Entry[WorkingCalendar] | None = None
    aliases: AliasEntries = field(default_factory=AliasEntries)


def load_catalogue(folder: Path) -> Catalogue:
    """The catalogue in this folder. Raises ``CatalogueError`` with every problem found in any file."""
    entries, problems = read_entries(folder)
    if problems or entries.calendar is None:
        raise CatalogueError(problems)
    return Catalogue(
        procedures=MappingProxyType({entry.record.code: entry.record for entry in entries.procedures}),
        agencies=MappingProxyType({entry.record.id: entry.record for entry in entries.agencies}),
        places=tuple(entry.record for entry in entries.places),
        life_events=tuple(entry.record for entry in entries.life_events),
        calendar=entries.calendar.record,
        ambiguous=tuple(entry.record for entry in entries.ambiguous),
        aliases=entries.aliases.aliases,
        listings=tuple(listing_of(entry.record) for entry in entries.procedures),
    )


@dataclass(frozen=True)
class Offices:
    """Who there is and when they are open, without the procedures: read in a moment."""

    agencies: Mapping[str, Agency]
    places: tuple[Place, ...]
    calendar: WorkingCalendar


def load_offices(folder: Path) -> Offices:
    """Agencies, places and the working calendar of the catalogue in this folder. Raises ``CatalogueError`` with every problem."""
    problems: list[Problem] = []
    agencies = _read_list(folder, "agencies", _AgencyFile, Agency, problems)
    places = _read_list(folder, "places", _PlaceFile, Place, problems)
    calendar, found = read_record(folder / "calendar.yml", "calendar.yml", WorkingCalendar)
    problems += found
    if problems or calendar is None:
        raise CatalogueError(problems)
    known = MappingProxyType({entry.record.id: entry.record for entry in agencies})
    return Offices(known, tuple(entry.record for entry in places), calendar.record)


def read_entries(folder: Path) -> tuple[CatalogueEntries, list[Problem]]:
    """All records that can be read, and all problems: of single files first, then of files against each other."""
    entries = CatalogueEntries()
    problems: list[Problem] = []
    for path in _procedure_files(folder, problems):
        entry, found = read_record(path, f"procedures/{path.name}", Procedure)
        problems += found
        if entry is not None:
            entries.procedures.append(entry)
    entries.agencies = _read_list(folder, "agencies", _AgencyFile, Agency, problems)
    entries.places = _read_list(folder, "places", _PlaceFile, Place, problems)
    entries.life_events = _read_list(folder, "life_events", _LifeEventFile, LifeEvent, problems)
    entries.ambiguous = _read_list(folder, "ambiguous", _AmbiguousFile, AmbiguousPhrase, problems)
    entries.aliases, found = read_aliases(folder)
    problems += found
    entries.calendar, found = read_record(folder / "calendar.yml", "calendar.yml", WorkingCalendar)
    problems += found
    # References into a file that could not be read would all look broken: its own problems come first.
    if not problems:
        problems += _inconsistencies(entries)
    return entries, problems


def _procedure_files(folder: Path, problems: list[Problem]) -> list[Path]:
    try:
        paths = sorted(path for path in (folder / "procedures").iterdir() if not path.name.startswith("."))
    except OSError as error:
        problems.append(Problem("procedures", 1, f"cannot be read: {error.strerror}"))
        return []
    for path in paths:
        if path.suffix != ".yml":
            problems.append(Problem(f"procedures/{path.name}", 1, "is not a .yml file and would be overlooked"))
    return [path for path in paths if path.suffix == ".yml"]


def _read_list(folder: Path, name: str, model: type[F], item: type[B], problems: list[Problem]) -> list[Entry[B]]:
    entry, found = read_record(folder / f"{name}.yml", f"{name}.yml", model)
    problems += found
    if entry is None:
        return []
    records: tuple[object, ...] = getattr(entry.record, name)
    return [Entry(record, entry.source, (name, index)) for index, record in enumerate(records) if isinstance(record, item)]


def _inconsistencies(entries: CatalogueEntries) -> Iterator[Problem]:
    yield from _code_problems(entries.procedures)
    yield from _doubled_ids(entries.agencies)
    yield from _doubled_ids(entries.places)
    yield from _doubled_ids(entries.life_events)
    yield from _unknown_agencies(entries)
    yield from _unknown_codes(entries)
    yield from _colliding_names(entries)
    yield from _words_of_others(entries)


def _code_problems(procedures: Iterable[Entry[Procedure]]) -> Iterator[Problem]:
    owner: dict[str, str] = {}
    for entry in procedures:
        code, file = entry.record.code, entry.source.name
        if file != f"procedures/{code}.yml":
            yield entry.problem(f"code {code} belongs into a file named {code}.yml", "code")
        if code in owner:
            yield entry.problem(f"code {code} is already in {owner[code]}", "code")
        owner.setdefault(code, file)
    for entry in procedures:
        for index, old in enumerate(entry.record.old_codes):
            if old in owner:
                yield entry.problem(f"old code {old} is already in {owner[old]}", "old_codes", index)
            owner.setdefault(old, entry.source.name)


def _doubled_ids(listed: Iterable[Entry[I]]) -> Iterator[Problem]:
    seen: set[str] = set()
    for entry in listed:
        if entry.record.id in seen:
            yield entry.problem(f"id {entry.record.id} is used twice", "id")
        seen.add(entry.record.id)


def _unknown_agencies(entries: CatalogueEntries) -> Iterator[Problem]:
    known = {entry.record.id for entry in entries.agencies}
    for entry in entries.procedures:
        for key in ("receiving_agency", "deciding_agency"):
            agency = getattr(entry.record, key)
            if agency not in known:
                yield entry.problem(f"agency {agency} is not in agencies.yml", key)


def _unknown_codes(entries: CatalogueEntries) -> Iterator[Problem]:
    known = {entry.record.code for entry in entries.procedures}
    for procedure in entries.procedures:
        for index, code in enumerate(procedure.record.related):
            if code not in known:
                yield procedure.problem(f"related procedure {code} is not in the catalogue", "related", index)
            elif code == procedure.record.code:
                yield procedure.problem("a procedure is not related to itself", "related", index)
    for event in entries.life_events:
        for index, code in enumerate(event.record.procedures):
            if code not in known:
                yield event.problem(f"procedure {code} is not in the catalogue", "procedures", index)
    for phrase in entries.ambiguous:
        for index, code in enumerate(phrase.record.codes):
            if code not in known:
                yield phrase.problem(f"procedure {code} is not in the catalogue", "codes", index)


def _colliding_names(entries: CatalogueEntries) -> Iterator[Problem]:
    """One wording must lead to one procedure; what fits several belongs into ``ambiguous.yml``."""
    owner: dict[str, str] = {}
    for phrase in entries.ambiguous:
        key = wording_key(phrase.record.phrase)
        if key in owner:
            yield phrase.problem(f"phrase {phrase.record.phrase!r} is written twice", "phrase")
        owner[key] = phrase.source.name
    for entry in entries.procedures:
        own = entry.source.name
        names = [(entry.record.name, ("name",))]
        wordings = [*names, *((alias, ("aliases", index)) for index, alias in enumerate(entry.record.aliases))]
        for wording, location in wordings:
            holder = owner.setdefault(wording_key(wording), own)
            if holder != own:
                yield entry.problem(f"{wording!r} is also in {holder}; what fits several belongs into ambiguous.yml", *location)


def _words_of_others(entries: CatalogueEntries) -> Iterator[Problem]:
    """A wording of ``aliases/`` must not name a reviewed procedure of another matter, nor be one that is asked back."""
    asked_back = {wording_key(phrase.record.phrase) for phrase in entries.ambiguous}
    owner = {
        wording_key(wording): entry.record.code
        for entry in entries.procedures
        for wording in (entry.record.name, *entry.record.aliases)
    }
    for entry in entries.aliases.matters:
        for location, wording in located_wordings(entry.record):
            key = wording_key(wording)
            if owner.get(key, entry.record.codes[0]) not in entry.record.codes:
                yield entry.problem(f"{wording!r} names {owner[key]}, which is another matter", *location)
            elif key in asked_back:
                yield entry.problem(f"{wording!r} is in ambiguous.yml and cannot be won by one matter", *location)
