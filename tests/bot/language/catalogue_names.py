"""The places and agencies that ship, as indexes, for the tests of the language package."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import yaml

from bot.language.agencies import AgencyIndex
from bot.language.places import PlaceIndex

CATALOGUE = Path(__file__).parents[3] / "data" / "catalogue"


@dataclass(frozen=True)
class Unit:
    """A place as the catalogue has it."""

    id: str
    name: str
    kind: str
    old_districts: Sequence[str] = ()
    old_names: Sequence[str] = ()


@dataclass(frozen=True)
class Office:
    """An agency as the catalogue has it."""

    id: str
    name: str
    level: str
    old_names: Sequence[str] = ()
    note: str = ""


PLACES = PlaceIndex([Unit(**place) for place in yaml.safe_load((CATALOGUE / "places.yml").read_text(encoding="utf-8"))["places"]])
OFFICES = [Office(**row) for row in yaml.safe_load((CATALOGUE / "agencies.yml").read_text(encoding="utf-8"))["agencies"]]
AGENCIES = AgencyIndex(OFFICES)
