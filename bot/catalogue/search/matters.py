"""The catalogue as matters: what is one thing for a citizen, though it may have several codes.

Twins of one procedure at several levels, renumbered codes and clones are one matter, so that a list of choices never offers the
same thing twice. Which codes belong together is said by ``data/catalogue/aliases``, and otherwise by the official name.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from bot.catalogue.wording import wording_key

_LEVEL_SUFFIX = re.compile(
    r"\s*[(\[]\s*(?:(?:được )?(?:thực hiện|giải quyết|áp dụng)\s*)?(?:tại|ở)?\s*(?:cấp\s*)?"
    r"(?:tỉnh|xã|trung ương|huyện|bộ)\s*[)\]]\s*$",
    re.IGNORECASE,
)
_PROCEDURE_OF = re.compile(r"^\s*thủ tục\s+", re.IGNORECASE)
_LEVELS = ("Cấp xã", "Cấp tỉnh", "Cơ quan khác", "Cấp bộ")
_CITIZENS = "Công dân Việt Nam"


class ListingLike(Protocol):
    """What the search needs of a procedure; ``bot.catalogue.listing.ProcedureListing`` and the reviewed ``Procedure`` fit."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def official_name(self) -> str: ...
    @property
    def field(self) -> str: ...
    @property
    def levels(self) -> Sequence[str]: ...
    @property
    def targets(self) -> Sequence[str]: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def questions(self) -> Sequence[str]: ...
    @property
    def origin(self) -> str: ...
    @property
    def superseded_by(self) -> str | None: ...


class NamedMatter(Protocol):
    """People's words for a matter; ``bot.catalogue.aliases.Matter`` fits."""

    @property
    def codes(self) -> Sequence[str]: ...
    @property
    def name(self) -> str: ...
    @property
    def aliases(self) -> Sequence[str]: ...
    @property
    def situations(self) -> Sequence[str]: ...
    @property
    def questions(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Wording:
    """One wording of a matter; ``kind`` is ``name``, ``official``, ``alias``, ``situation`` or ``question``."""

    kind: str
    text: str


@dataclass(frozen=True)
class SearchMatter:
    """One matter to be found. ``codes``: the one that is offered first; ``use``: how likely a citizen of a ward asks for it
    (0 to 1), by its level and whom it is for; ``named``: people's words for it are known."""

    codes: tuple[str, ...]
    wordings: tuple[Wording, ...]
    use: float
    named: bool


def base_name(official_name: str) -> str:
    """An official name without "Thủ tục" before it and the level behind it."""
    return _LEVEL_SUFFIX.sub("", _PROCEDURE_OF.sub("", official_name).strip(" .")).strip(" .")


def likely_use(listing: ListingLike) -> float:
    """How likely the procedure is a citizen's matter at the ward: half for the ward's level (a quarter for the province's),
    half for being for citizens. Reviewed procedures are the most used ones."""
    if listing.origin == "reviewed":
        return 1.0
    level = 0.5 if "Cấp xã" in listing.levels else 0.25 if "Cấp tỉnh" in listing.levels else 0.0
    return level + (0.5 if _CITIZENS in listing.targets else 0.0)


def _offer_order(listing: ListingLike) -> tuple[bool, bool, int, bool, str]:
    """What is in force, what is reviewed, the level nearest to citizens, what is for citizens, the higher (newer) number."""
    level = min((_LEVELS.index(name) for name in listing.levels if name in _LEVELS), default=len(_LEVELS))
    newest = "".join(chr(ord("9") - ord(c) + ord("0")) if c.isdigit() else c for c in listing.code)
    return listing.superseded_by is not None, listing.origin != "reviewed", level, _CITIZENS not in listing.targets, newest


def build_matters(listings: Sequence[ListingLike], named: Iterable[NamedMatter] = ()) -> tuple[SearchMatter, ...]:
    """All listings as matters, each code in exactly one. Codes of ``named`` that are not listed are left out."""
    by_code = {listing.code: listing for listing in listings}
    groups: list[tuple[list[str], NamedMatter | None]] = []
    owner: dict[str, int] = {}
    for matter in named:
        codes = [code for code in matter.codes if code in by_code and code not in owner]
        if codes:
            owner.update(dict.fromkeys(codes, len(groups)))
            groups.append((codes, matter))
    _add_unnamed(by_code, groups, owner)
    return tuple(_matter([by_code[code] for code in codes], matter) for codes, matter in groups)


def _add_unnamed(
    by_code: Mapping[str, ListingLike], groups: list[tuple[list[str], NamedMatter | None]], owner: dict[str, int]
) -> None:
    """Codes without people's words join the matter of the same official name and field, else they are one of their own."""
    known: dict[tuple[str, str], int] = {}
    for code, number in owner.items():
        known.setdefault(_identity(by_code[code]), number)
    for listing in sorted((by_code[code] for code in by_code if code not in owner), key=_offer_order):
        successor = owner.get(listing.superseded_by or "")
        if successor is not None:
            groups[successor][0].append(listing.code)
            continue
        number = known.setdefault(_identity(listing), len(groups))
        if number == len(groups):
            groups.append(([], None))
        groups[number][0].append(listing.code)
        owner[listing.code] = number


def _identity(listing: ListingLike) -> tuple[str, str]:
    return wording_key(base_name(listing.official_name)), wording_key(listing.field)


def _matter(listings: Sequence[ListingLike], named: NamedMatter | None) -> SearchMatter:
    wordings: dict[Wording, None] = {}
    if named is not None:
        wordings[Wording("name", named.name)] = None
        for kind, texts in (("alias", named.aliases), ("situation", named.situations), ("question", named.questions)):
            wordings.update(dict.fromkeys(Wording(kind, text) for text in texts))
    for listing in listings:
        wordings[Wording("name", listing.name)] = None
        wordings[Wording("official", base_name(listing.official_name))] = None
        wordings.update(dict.fromkeys(Wording("alias", text) for text in listing.aliases))
        wordings.update(dict.fromkeys(Wording("question", text) for text in listing.questions))
    # The order of the alias file is the order to offer, but a reviewed procedure can say more.
    codes = [listing.code for listing in sorted(listings, key=lambda listing: listing.origin != "reviewed")]
    people = named is not None or any(listing.aliases for listing in listings)
    return SearchMatter(tuple(codes), tuple(wordings), max(map(likely_use, listings)), people)
