"""Places as citizens name them: new wards and communes, the ones that went into them, and the abolished districts.

Old to new is many-to-many, and a bare name such as "Yên Phong" is both an old district and one new ward: such matches are
``ambiguous`` and must be asked back.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby, pairwise
from typing import Protocol

from bot.language.normalise import fold, fold_in_place, has_marks, nfc
from bot.language.phrases import typed_as
from bot.language.protected import name_spans

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
# "đường Trần Phú", "trường THPT Ngô Quyền": named after the same people, and not the place.
_NAMED_AFTER = re.compile(r"(?<!\w)(?:duong|(?<!thanh )pho|truong(?: \w+){0,2}|benh vien(?: \w+)?)\s$")
_PLACE_FOLLOWS = re.compile(r"(?<!\w)(?:o|tai|que|dan|nguoi|ben)\s$")
_FORMER = re.compile(r"\s*\(cũ\)$")
_UNIT_NAMES = {
    "phuong": "phường", "xa": "xã", "thitran": "thị trấn", "huyen": "huyện", "thixa": "thị xã", "thanhpho": "thành phố",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+")


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
class PlaceChoice:
    """One meaning of a place's name, as a button says it, and the new units it may be."""

    label: str
    place_ids: tuple[str, ...]


@dataclass(frozen=True)
class PlaceMatch:
    """A place named in a text. ``place_ids`` are the new units it may mean, in the catalogue's order; ``ambiguous`` says
    that the citizen has to be asked which (``place_questions``). ``start`` and ``end``: in the composed text."""

    place_ids: tuple[str, ...]
    matched: str
    ambiguous: bool
    start: int = 0
    end: int = 0
    choices: tuple[PlaceChoice, ...] = ()


@dataclass(frozen=True)
class _Reading:
    kind: str
    place_id: str
    name: str
    unit: str
    prefix_needed: bool = False


def _bare(name: str) -> tuple[str, str]:
    """A name without its administrative prefix, and the folded prefix."""
    name = nfc(name).strip()
    match = _PREFIX.match(fold_in_place(name))
    return (name[match.end() :], match[1]) if match else (name, "")


class PlaceIndex:
    """Finds places in a text. Built once from all places."""

    def __init__(self, places: Sequence[PlaceLike]) -> None:
        self._order = {place.id: position for position, place in enumerate(places)}
        self._names = {place.id: f"{_UNIT_NAMES.get(place.kind, place.kind)} {place.name}" for place in places}
        self._readings: dict[str, list[_Reading]] = {}
        self._longest: dict[str, int] = {}
        for place in places:
            self._add(_NEW, place.id, place.name, place.kind)
            for old in place.old_names:
                self._add(_OLD, place.id, old, "")
            for district in place.old_districts:
                self._add(_DISTRICT, place.id, district, "")

    def _add(self, kind: str, place_id: str, name: str, unit: str) -> None:
        bare, prefix = _bare(_FORMER.sub("", name))
        key = " ".join(_WORD.findall(fold(bare)))
        # "thành phố Bắc Ninh (cũ)": without "thành phố" the name is that of the whole city, and no place in it.
        reading = _Reading(kind, place_id, bare, unit or prefix.replace(" ", ""), bool(_FORMER.search(name)))
        if key and reading not in self._readings.setdefault(key, []):
            self._readings[key].append(reading)
            first, size = key.split()[0], len(key.split())
            self._longest[first] = max(size, self._longest.get(first, 0))

    def find(self, text: str) -> list[PlaceMatch]:
        """All places named in the text, in order, longest names first, without overlaps. Marks and case may be missing; a
        name of one syllable needs its marks or a word such as "phường" before it."""
        text = nfc(text)
        folded = fold_in_place(text)
        words = list(_WORD.finditer(folded))
        found: list[PlaceMatch] = []
        index = 0
        while index < len(words):
            longest = self._longest.get(words[index].group(), 0)
            for size in range(min(longest, len(words) - index), 0, -1):
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
        readings: Sequence[_Reading] = [reading for reading in known if typed_as(typed, _WORD.findall(reading.name))]
        before = folded[max(0, start - 40) : start]
        prefix = _PREFIX_BEFORE.search(before)
        if prefix is None:
            readings = [reading for reading in readings if not reading.prefix_needed]
            if _is_other_word(text, typed, folded[end:], before, start):
                return None
        if not readings or _PROVINCE_BEFORE.search(before):
            return None
        if prefix is not None:
            readings = _fitting(readings, prefix[1])
            start -= len(before) - prefix.start()
        return self._decide(readings, text, start, end)

    def _decide(self, readings: Sequence[_Reading], text: str, start: int, end: int) -> PlaceMatch:
        ids = self._ordered(readings)
        ambiguous = len(ids) > 1 or any(reading.prefix_needed for reading in readings)
        choices = tuple(self._choices(readings)) if ambiguous else ()
        return PlaceMatch(ids, text[start:end], ambiguous, start, end, choices)

    def _ordered(self, readings: Iterable[_Reading]) -> tuple[str, ...]:
        return tuple(sorted({reading.place_id for reading in readings}, key=self._order.__getitem__))

    def _choices(self, readings: Sequence[_Reading]) -> Iterator[PlaceChoice]:
        """One choice for each thing that bears the name: the new unit, the old commune, the old district. Where there is one
        such thing, one choice for each new unit that it went into."""
        ordered = sorted(readings, key=_bearer)
        groups = [list(group) for _, group in groupby(ordered, key=_bearer)]
        if len(groups) == 1:
            for place_id in self._ordered(readings):
                yield PlaceChoice(self._names[place_id], (place_id,))
            return
        told: set[tuple[str, ...]] = set()
        for group in groups:
            first = group[0]
            # "xã Yên Phong (cũ)" went whole into "phường Yên Phong": one choice for both.
            if self._ordered(group) in told:
                continue
            told.add(self._ordered(group))
            unit = _UNIT_NAMES.get(first.unit, "")
            label = self._names[first.place_id] if first.kind == _NEW else f"{unit} {first.name} (cũ)".strip()
            yield PlaceChoice(label, self._ordered(group))


def _bearer(reading: _Reading) -> tuple[int, str]:
    """What bears the name: a new unit each for itself, an old commune or district as a whole."""
    rank = (_NEW, _OLD, _DISTRICT).index(reading.kind)
    return rank, reading.place_id if reading.kind == _NEW else reading.unit


def _is_other_word(text: str, typed: Sequence[str], after: str, before: str, start: int) -> bool:
    """Whether what looks like a place's name without a word such as "phường" before it is something else: an everyday word
    ("chờ", "vôi"), a person, a street, the currency."""
    if len(typed) == 1:
        inside = bool(before.strip()) and not before.rstrip().endswith((".", "?", "!"))
        capital = typed[0][:1].isupper() and inside and not text.isupper()
        if not has_marks(typed[0]) or not (capital or _PLACE_FOLLOWS.search(before)):
            return True
    if fold(" ".join(typed)) == "dong viet" and after.lstrip().startswith("nam"):
        return True
    if _NAMED_AFTER.search(before):
        return True
    return any(begin < start < end for begin, end in name_spans(text))


def _fitting(readings: Sequence[_Reading], prefix: str) -> Sequence[_Reading]:
    """The readings that the administrative word before the name allows; all of them where it allows none."""
    for kind in _PREFIXES.get(prefix, ()):
        fitting = [reading for reading in readings if reading.kind == kind]
        same_unit = [reading for reading in fitting if reading.unit == prefix.replace(" ", "")]
        if fitting:
            return same_unit or fitting
    return readings
