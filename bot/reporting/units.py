"""Who stands in a report: every unit that ever told something, every ward and commune, every agency of the city."""

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.catalogue.load import Offices
from bot.language.normalise import nfc
from bot.storage.evidence_models import RegisteredDossier

WARD_AGENCY = "tthcc-xa"
"""Whose unit a ward is that told nothing yet: each has one centre that receives (``agencies.yml``)."""
_TONES = "\u0300\u0301\u0303\u0309\u0323"
_LETTERS = {letter: ord("a") + place for place, letter in enumerate("aăâbcdđeêfghijklmnoôơpqrstuưvwxyz")}
_KINDS = {"phuong": "Phường", "xa": "Xã"}


@dataclass(frozen=True)
class Unit:
    """One line of a report. ``key``: ``unit:<the portal's code>``, or ``place:…`` or ``agency:…`` of ours where the portal told
    no unit of it. ``last_seen_at``: when the portal's list last held a dossier of it; None where it never did."""

    key: str
    name: str
    unit_code: str | None
    place_id: str | None
    agency: str | None
    last_seen_at: datetime | None = None

    def as_json(self) -> dict[str, Any]:
        """Who it is, without the moment."""
        return {"key": self.key, "name": self.name, "unit_code": self.unit_code, "place_id": self.place_id, "agency": self.agency}


def seen_units(session: Session) -> list[Unit]:
    """The units of the portal's list, each named as its newest dossier names it."""
    table = RegisteredDossier
    named = (table.unit_code, table.unit_name, table.place_id, table.agency)
    newest, seen = func.max(table.as_of), func.max(table.seen_at)
    found: dict[str, tuple[datetime, Unit]] = {}
    for code, name, place, agency, as_of, seen_at in session.execute(select(*named, newest, seen).group_by(*named)):
        before = found.get(code)
        last = seen_at if before is None else max(seen_at, before[1].last_seen_at or seen_at)
        unit = Unit(f"unit:{code}", nfc(name), code, place, agency, last)
        if before is not None and (before[0], before[1].name) > (as_of, unit.name):
            as_of, unit = before[0], replace(before[1], last_seen_at=last)
        found[code] = (as_of, unit)
    return [unit for _as_of, unit in found.values()]


def expected_units(seen: Iterable[Unit], offices: Offices) -> list[Unit]:
    """The units that were seen, and a line for every ward, commune and agency of the city of which none was: 100 % of the units
    are in every report. The city's agencies first, then wards and communes, each by name."""
    units = list(seen)
    places, agencies = {one.place_id for one in units}, {one.agency for one in units if one.place_id is None}
    units += [
        Unit(f"place:{place.id}", f"{_KINDS.get(place.kind, '')} {place.name}".strip(), None, place.id, WARD_AGENCY)
        for place in offices.places
        if place.id not in places
    ]
    units += [
        Unit(f"agency:{agency.id}", agency.name, None, None, agency.id)
        for agency in offices.agencies.values()
        if agency.level in ("city", "ministry") and agency.id not in agencies
    ]
    return sorted(units, key=lambda one: (one.place_id is not None, alphabetical(one.name), one.key))


def alphabetical(name: str) -> tuple[int, ...]:
    """A key that sorts names as Vietnamese dictionaries do: a ă â b c d đ …; tones decide nothing."""
    toneless = nfc("".join(char for char in unicodedata.normalize("NFD", name.casefold()) if char not in _TONES))
    return tuple(_LETTERS.get(char, ord(char) + (len(_LETTERS) if char > "a" else 0)) for char in toneless)


def missing_places(units: Sequence[Unit], offices: Offices) -> list[str]:
    """Wards and communes without a line: must be none."""
    there = {one.place_id for one in units}
    return [place.id for place in offices.places if place.id not in there]
