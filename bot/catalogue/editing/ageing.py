"""What runs out: facts and procedures whose days end, facts that are no longer spoken, old data, sources without a date. Pure."""

import json
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from bot.catalogue.check import DATA_MAX_AGE_MONTHS, LINK_MAX_AGE_DAYS
from bot.catalogue.imported import ImportedVersion
from bot.catalogue.schema import Dated, Procedure

Matter = Literal["ended", "ends_soon", "begins_later", "old", "no_source_date", "link_unseen"]
MATTERS: tuple[Matter, ...] = ("ended", "ends_soon", "begins_later", "old", "no_source_date", "link_unseen")
"""In the order of urgency."""

WITHIN_DAYS = (30, 60, 90, 180)
LONGEST = 160


@dataclass(frozen=True)
class Ageing:
    """One thing to look at. ``part``: the part of the procedure (``general``: all of it); ``day``: when it ends, begins or was
    last looked at; ``as_of``: the date of its source."""

    matter: Matter
    code: str
    name: str
    origin: str
    part: str
    words: str
    day: date | None = None
    as_of: str = ""


def ageing(procedures: Iterable[Procedure], today: date, within_days: int) -> list[Ageing]:
    """What is to be looked at in these procedures, the most urgent first."""
    found = [one for procedure in procedures for one in _of(procedure, today, today + timedelta(days=within_days))]
    return in_order(found)


def in_order(found: Iterable[Ageing]) -> list[Ageing]:
    """The most urgent first: what has ended, what ends next, the oldest data."""
    return sorted(found, key=lambda one: (MATTERS.index(one.matter), one.day or date.max, one.as_of, one.code, one.part))


def _of(procedure: Procedure, today: date, until: date) -> Iterator[Ageing]:
    def made(matter: Matter, part: str, words: str | None, day: date | None = None, as_of: str = "") -> Ageing:
        text = (words or procedure.name)[:LONGEST]
        return Ageing(matter, procedure.code, procedure.name, procedure.origin, part, text, day, as_of or procedure.source.as_of)

    whole = Dated(valid_from=procedure.valid_from, valid_to=procedure.valid_to)
    for part, words, fact in (("general", procedure.name, whole), *_facts(procedure)):
        as_of = fact.source.as_of if fact.source else ""
        if fact.valid_to is not None and fact.valid_to <= until:
            yield made("ended" if fact.valid_to < today else "ends_soon", part, words, fact.valid_to, as_of)
        elif fact.valid_from is not None and fact.valid_from > today:
            yield made("begins_later", part, words, fact.valid_from, as_of)
        if as_of and _is_old(as_of, today):
            yield made("old", part, words, None, as_of)
    if _is_old(procedure.source.as_of, today):
        yield made("old", "general", None)
    if procedure.origin == "reviewed":
        seen = procedure.official_link.verified_on
        if seen is None or (today - seen).days > LINK_MAX_AGE_DAYS:
            yield made("link_unseen", "online", procedure.official_link.url, seen)


def _facts(procedure: Procedure) -> Iterator[tuple[str, str | None, Dated]]:
    yield from (("times", time.text, time) for time in procedure.times)
    yield from (("fees", fee.text, fee) for fee in procedure.fees)
    yield "papers", None, procedure.documents
    yield "place", procedure.handled_by.text, procedure.handled_by
    yield "conditions", procedure.conditions.text, procedure.conditions
    yield "result", procedure.result.text, procedure.result
    yield "online", None, procedure.online


def _is_old(as_of: str, today: date) -> bool:
    return (today.year - int(as_of[:4])) * 12 + today.month - int(as_of[5:7]) > DATA_MAX_AGE_MONTHS


def imported_ageing(version: ImportedVersion, today: date, within_days: int, *, left_out: Iterable[str] = ()) -> list[Ageing]:
    """The same of an imported version, read without building its procedures. ``left_out``: codes of reviewed procedures."""
    until, skipped, found = today + timedelta(days=within_days), set(left_out), []
    for listing in version.listings:
        if listing.code in skipped or listing.province is not None:
            continue
        stored = json.loads(zlib.decompress(version.packed[listing.code]))
        as_of = stored["as_of"]
        ends = [("general", listing.name, stored.get("valid_to"))]
        ends += [("fees", fee.get("text"), fee.get("valid_to")) for fee in stored.get("fees", ())]
        for part, words, end in ends:
            if end and (day := date.fromisoformat(end)) <= until:
                matter: Matter = "ended" if day < today else "ends_soon"
                text = (words or listing.name)[:LONGEST]
                found.append(Ageing(matter, listing.code, listing.name, "imported", part, text, day, as_of))
        aged: Matter | None = "no_source_date" if stored.get("dated") is False else "old" if _is_old(as_of, today) else None
        if aged:
            found.append(Ageing(aged, listing.code, listing.name, "imported", "general", listing.name[:LONGEST], None, as_of))
    return in_order(found)
