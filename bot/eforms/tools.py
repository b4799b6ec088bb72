"""What reading an answer needs beside the answer: the day, the places, and the way from a placeholder to its value."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from bot.catalogue.schema import Place
from bot.language.masking import PLACEHOLDER
from bot.language.places import PlaceIndex

Reveal = Callable[[str, str], str | None]
"""(kind, token) of a placeholder → the value, or None where it is gone or of another conversation."""

_UNITS = {"phuong": "phường", "xa": "xã"}


@dataclass(frozen=True)
class Tools:
    """``place_names``: id → "phường Kinh Bắc". ``language``: of the replies, ``vi`` or ``en``."""

    today: date
    places: PlaceIndex
    place_names: Mapping[str, str]
    reveal: Reveal
    language: str = "vi"


def tools_for(places: tuple[Place, ...], today: date, reveal: Reveal, language: str = "vi") -> Tools:
    """The tools for the places of a catalogue."""
    names = {place.id: f"{_UNITS[place.kind]} {place.name}" for place in places}
    return Tools(today, PlaceIndex(places), names, reveal, language)


def revealed(text: str, reveal: Reveal) -> tuple[str, bool]:
    """The text with the values in place of their placeholders, and whether all of them are still there."""
    gone = False
    pieces, last = [], 0
    for match in PLACEHOLDER.finditer(text):
        value = reveal(match[1], match[2])
        gone = gone or value is None
        pieces += [text[last : match.start()], value or " "]
        last = match.end()
    return "".join(pieces) + text[last:], not gone
