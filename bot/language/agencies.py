"""Agencies as citizens name them: of today, renamed, merged and abolished ones.

What an abolished agency did may have gone to several: then the words around its name decide, else it is asked.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.language.normalise import fold, nfc
from bot.language.phrases import PhraseIndex, PhraseMatch
from bot.language.shorthand import expand
from bot.language.tables import load_table

_JOINERS = " -&,.–/"
_BRACKETS = re.compile(r"\s*\([^)]*\)")
_CITY = re.compile(r"\s+thành phố Bắc Ninh$|\s+Bắc Ninh$")
_WORD = re.compile(r"[^\W_]+")
_ONE_OF_A_KIND = ("Sở ", "Phòng ", "Trung tâm ", "Ban ")
_BOTH_UNITS = re.compile(r"\s+xã, phường$")


class AgencyLike(Protocol):
    """What the index needs of an agency; ``bot.catalogue.schema.Agency`` fits."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def old_names(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class AgencyChoice:
    """One agency that an abolished one's work went to: its id, and the matter as a button says it."""

    agency_id: str
    label: str


@dataclass(frozen=True)
class AgencyMatch:
    """An agency named in a text: ``matched`` stands at ``start`` to ``end`` of the composed text. ``agency_ids``: the agencies
    of today that it may mean. ``ambiguous``: ask ``question``, with ``choices`` as buttons."""

    agency_ids: tuple[str, ...]
    matched: str
    start: int
    end: int
    ambiguous: bool = False
    question: str = ""
    choices: tuple[AgencyChoice, ...] = ()


@dataclass(frozen=True)
class _Split:
    """Where the work of an abolished agency went."""

    question: str
    choices: tuple[AgencyChoice, ...]
    near: tuple[frozenset[str], ...]
    default: str


def spoken_names(name: str) -> list[str]:
    """A full name and the shorter ones that people say: without the city, for "xã" and "phường" each, without brackets."""
    if _BOTH_UNITS.search(name):
        stem = _BOTH_UNITS.sub("", name)
        return [name, f"{stem} xã", f"{stem} phường"]
    plain = _BRACKETS.sub("", name)
    names = [name, plain]
    # "Công an", "Ủy ban nhân dân" without their unit may be any: only what there is one of is shortened.
    if plain.startswith(_ONE_OF_A_KIND):
        names += [_CITY.sub("", plain), _CITY.sub("", plain.split(",")[0])]
    return list(dict.fromkeys(names))


def _split(row: Mapping[str, Any]) -> _Split:
    return _Split(
        question=str(row["question"]),
        choices=tuple(AgencyChoice(str(choice["agency"]), str(choice["label"])) for choice in row["choices"]),
        near=tuple(frozenset(map(str, choice["near"])) for choice in row["choices"]),
        default=str(row.get("default", "")),
    )


def _padded(text: str) -> str:
    return " " + " ".join(_WORD.findall(fold(text))) + " "


class AgencyIndex:
    """Finds agencies in a text. Built once from all agencies."""

    def __init__(self, agencies: Iterable[AgencyLike]) -> None:
        known = list(agencies)
        self._order = {agency.id: position for position, agency in enumerate(known)}
        table = load_table("agency_questions")
        self._splits = [_split(row) for row in table["splits"]]
        rows: list[tuple[str, str | int]] = [(name, i) for i, row in enumerate(table["splits"]) for name in row["names"]]
        for agency in known:
            names = [*spoken_names(agency.name), *agency.old_names, *table["also"].get(agency.id, ())]
            rows += [(str(name), agency.id) for name in names]
        self._index: PhraseIndex[str | int] = PhraseIndex(list(_in_both_writings(rows)), _JOINERS)

    def find(self, text: str) -> list[AgencyMatch]:
        """All agencies named in a text, in order, longest names first, without overlaps. Marks, case and writing (``sở TNMT``,
        ``sở tài nguyên và môi trường``) do not matter."""
        text = nfc(text)
        return [self._decided(match, text) for match in self._index.find(text)]

    def _decided(self, match: PhraseMatch[str | int], text: str) -> AgencyMatch:
        matched = text[match.start : match.end]
        split = next((self._splits[value] for value in match.values if isinstance(value, int)), None)
        if split is None:
            ids = {value for value in match.values if isinstance(value, str)}
            ordered = tuple(sorted(ids, key=self._order.__getitem__))
            return AgencyMatch(ordered, matched, match.start, match.end, len(ordered) > 1)
        around = _padded(text[: match.start] + " | " + text[match.end :])
        for choice, near in zip(split.choices, split.near, strict=True):
            if any(f" {word} " in around for word in near):
                return AgencyMatch((choice.agency_id,), matched, match.start, match.end)
        if split.default:
            return AgencyMatch((split.default,), matched, match.start, match.end)
        ids_of_split = tuple(choice.agency_id for choice in split.choices)
        return AgencyMatch(ids_of_split, matched, match.start, match.end, True, split.question, split.choices)


def _in_both_writings(rows: Iterable[tuple[str, str | int]]) -> Iterator[tuple[str, str | int]]:
    """Every name as it stands and written out, since texts come in both."""
    for name, value in rows:
        yield name, value
        written = expand(name)
        if written != name:
            yield written, value
