"""Places as citizens name them: new wards and communes, the ones that went into them, and the abolished districts.

Old to new is many-to-many, and a bare name such as "Yên Phong" is both an old district and one new ward: such matches are
``ambiguous`` and must be asked back.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from bot.language.normalise import fold, fold_in_place, has_marks, nfc, tone_key

_NEW, _OLD, _DISTRICT = "new", "old", "district"
_PREFIXES = {
    "phuong": (_NEW, _OLD),
    "p": (_NEW, _OLD),
    "px": (_NEW, _OLD),
    "xa": (_NEW, _OLD),
    "x": (_NEW, _OLD),
    "thi tran": (_OLD,),
    "tt": (_OLD,),
    "huyen": (_DISTRICT,),
    "h": (_DISTRICT,),
    "quan": (_DISTRICT,),
    "thi xa": (_DISTRICT,),
    "tx": (_DISTRICT,),
    "thanh pho": (_DISTRICT,),
    "tp": (_DISTRICT,),
}
_PREFIX = re.compile(r"^(thi tran|thi xa|thanh pho|phuong|huyen|quan|xa|tp|tx|tt)\.?\s+")
_PREFIX_BEFORE = re.compile(
    r"(?<!\w)(thi tran|thi xa|thanh pho|phuong|huyen|quan|xa|px|tp|tx|tt|p|x|h)(?:\.\s?|\s)(?:cu\s)?(?:moi\s)?$"
)
_PROVINCE_BEFORE = re.compile(r"(?<!\w)tinh\s$")
_WORD = re.compile(r"[^\W_]+")
_LONGEST_NAME = 5


class PlaceLike(Protocol):
    """What the index needs of a place; ``bot.catalogue.schema.Place`` fits."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def old_districts(self) -> Sequence[str]: ...
    @property
    def old_names(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class PlaceMatch:
    """A place named in a text. ``place_ids`` are the new units it may mean, in the catalogue's order; ``ambiguous`` says
    that the citizen has to be asked which."""

    place_ids: tuple[str, ...]
    matched: str
    ambiguous: bool


@dataclass(frozen=True)
class _Reading:
    kind: str
    place_id: str
    name: str
    unit: str


def _bare(name: str) -> tuple[str, str]:
    """A name without its administrative prefix, and the folded prefix."""
    name = nfc(name).strip()
    match = _PREFIX.match(fold_in_place(name))
    return (name[match.end() :], match[1]) if match else (name, "")


def _typed_as(typed: Sequence[str], name: str) -> bool:
    """Whether each typed word is the name's word, with its marks or without any."""
    words = _WORD.findall(name)
    return len(words) == len(typed) and all(
        tone_key(t) == tone_key(w) or (not has_marks(t) and fold(t) == fold(w)) for t, w in zip(typed, words, strict=True)
    )


class PlaceIndex:
    """Finds places in a text. Built once from all places."""

    def __init__(self, places: Sequence[PlaceLike]) -> None:
        self._order = {place.id: position for position, place in enumerate(places)}
        self._readings: dict[str, list[_Reading]] = {}
        for place in places:
            self._add(_NEW, place.id, place.name, place.kind)
            for old in place.old_names:
                self._add(_OLD, place.id, old, "")
            for district in place.old_districts:
                self._add(_DISTRICT, place.id, district, "")

    def _add(self, kind: str, place_id: str, name: str, unit: str) -> None:
        bare, prefix = _bare(name)
        key = " ".join(_WORD.findall(fold(bare)))
        reading = _Reading(kind, place_id, bare, unit or prefix.replace(" ", ""))
        if key and reading not in self._readings.setdefault(key, []):
            self._readings[key].append(reading)

    def find(self, text: str) -> list[PlaceMatch]:
        """All places named in the text, in order, longest names first, without overlaps. Marks and case may be missing; a
        name of one syllable needs its marks or a word such as "phường" before it."""
        text = nfc(text)
        folded = fold_in_place(text)
        words = list(_WORD.finditer(folded))
        found: list[PlaceMatch] = []
        index = 0
        while index < len(words):
            for size in range(min(_LONGEST_NAME, len(words) - index), 0, -1):
                match = self._match(text, folded, words[index : index + size])
                if match is not None:
                    found.append(match)
                    index += size - 1
                    break
            index += 1
        return found

    def _match(self, text: str, folded: str, words: Sequence[re.Match[str]]) -> PlaceMatch | None:
        known = self._readings.get(" ".join(word.group() for word in words))
        if not known:
            return None
        start, end = words[0].start(), words[-1].end()
        if any(folded[a.end() : b.start()].strip() for a, b in pairwise(words)):
            return None
        typed = [text[word.start() : word.end()] for word in words]
        readings: Sequence[_Reading] = [reading for reading in known if _typed_as(typed, reading.name)]
        before = folded[max(0, start - 20) : start]
        prefix = _PREFIX_BEFORE.search(before)
        if not readings or _PROVINCE_BEFORE.search(before):
            return None
        if len(words) == 1 and prefix is None and not has_marks(typed[0]):
            return None
        if prefix is None and folded[start:end] == "dong viet" and folded[end:].lstrip().startswith("nam"):
            return None
        if prefix is not None:
            readings = _fitting(readings, prefix[1])
            start -= len(before) - prefix.start()
        return self._decide(readings, text[start:end])

    def _decide(self, readings: Sequence[_Reading], matched: str) -> PlaceMatch:
        ids = sorted({reading.place_id for reading in readings}, key=self._order.__getitem__)
        return PlaceMatch(tuple(ids), matched, len(ids) > 1)


def _fitting(readings: Sequence[_Reading], prefix: str) -> Sequence[_Reading]:
    """The readings that the administrative word before the name allows; all of them where it allows none."""
    for kind in _PREFIXES.get(prefix, ()):
        fitting = [reading for reading in readings if reading.kind == kind]
        same_unit = [reading for reading in fitting if reading.unit == prefix.replace(" ", "")]
        if fitting:
            return same_unit or fitting
    return readings
