"""The groups a sample is drawn from: the wards and communes of each old district together, and the city's own units."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.language.normalise import fold

_WORD = re.compile(r"[a-z0-9]+")
CITY = "don-vi-thanh-pho"
"""The group of dossiers that no ward or commune received."""


class PlaceLike(Protocol):
    """What is needed of a place; ``bot.catalogue.schema.Place`` fits."""

    @property
    def id(self) -> str: ...
    @property
    def old_districts(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Groups:
    """``of_place``: group by the id of a place; ``names``: what a group is called, in the order in which lists show them."""

    of_place: Mapping[str, str]
    names: Mapping[str, str]

    def of(self, place_id: str | None) -> str:
        """The group of a dossier. A place that is not on the list counts to the city, so that no dossier is left out."""
        return self.of_place.get(place_id, CITY) if place_id is not None else CITY


def ward_groups(places: Iterable[PlaceLike], city_name: str) -> Groups:
    """One group for each old district: it is what people compare, and large enough to say something of. A unit that was made of
    parts of several districts counts to the last one named: ``places.yml`` names the later city first where both are true
    (huyện Yên Dũng had joined thành phố Bắc Giang half a year before the districts ended)."""
    of_place, names = {}, {CITY: city_name}
    for place in places:
        district = place.old_districts[-1] if place.old_districts else None
        if district is None:
            of_place[place.id] = CITY
            continue
        group = "-".join(_WORD.findall(fold(district)))
        of_place[place.id] = group
        names.setdefault(group, district[:1].upper() + district[1:])
    return Groups(of_place, names)
