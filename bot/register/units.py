"""Which ward or commune, and which agency of ours, a receiving unit of the portal is. Pure.

A unit is known by its name ("Trung tâm Phục vụ hành chính công phường Kinh Bắc"); the portal's codes need not be known before.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.catalogue.schema import Agency, Place
from bot.language.normalise import fold

_KINDS = {"phuong": "phuong", "xa": "xa"}


@dataclass(frozen=True)
class Unit:
    """``place_id``: of ``places.yml``, None for a unit of the whole city. ``agency``: of ``agencies.yml``, None where we know
    none."""

    place_id: str | None
    agency: str | None


class ReceivingUnits:
    """Finds units by their names."""

    def __init__(self, agencies: Iterable[Agency], places: Iterable[Place]) -> None:
        self._places = {f"{_KINDS[place.kind]} {fold(place.name)}": place.id for place in places}
        self._agencies: dict[str, tuple[tuple[str, str], ...]] = {}
        named: dict[str, list[tuple[str, str]]] = {"commune": [], "city": []}
        for agency in agencies:
            level = "commune" if agency.level == "commune" else "city"
            named[level] += [(_plain(name), agency.id) for name in (agency.name, *agency.old_names)]
        for level, names in named.items():
            self._agencies[level] = tuple(sorted(names, key=lambda one: -len(one[0])))
        self._known: dict[str, Unit] = {}

    def unit(self, name: str) -> Unit:
        """The unit of this name."""
        found = self._known.get(name)
        if found is None:
            found = self._known[name] = self._find(fold(name))
        return found

    def _find(self, name: str) -> Unit:
        place = next((one for one in self._places if name.endswith(f" {one}")), None)
        if place is None:
            return Unit(None, self._agency("city", name))
        return Unit(self._places[place], self._agency("commune", name.removesuffix(place).strip()))

    def _agency(self, level: str, name: str) -> str | None:
        plain = _plain(name)
        return next((agency for words, agency in self._agencies[level] if plain == words), None)


def _plain(name: str) -> str:
    """A folded name without the words that only say whose it is, so that both ways of writing it meet."""
    folded = fold(name)
    for ending in (" xa, phuong", " xa", " phuong", " thanh pho bac ninh", " thanh pho", " tinh bac ninh", " tinh"):
        folded = folded.removesuffix(ending)
    return folded.strip()
