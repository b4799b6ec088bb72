"""Hazard of names that several codes share: which of them a newer code took over, and which must be told apart. Pure."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Protocol, TypeVar

from bot.catalogue.importing.names import without_maker
from bot.catalogue.wording import wording_key


class NamedCode(Protocol):
    """A code with what its publication calls it."""

    @property
    def code(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def official_name(self) -> str: ...
    @property
    def levels(self) -> Sequence[str]: ...
    @property
    def as_of(self) -> str: ...


N = TypeVar("N", bound=NamedCode)


def sharing_names(rows: Iterable[N]) -> dict[str, list[N]]:
    """The rows by their spoken name, as compared: without marks, case and signs."""
    by_name: defaultdict[str, list[N]] = defaultdict(list)
    for row in rows:
        by_name[wording_key(row.name)].append(row)
    return dict(by_name)


def successors(rows: Iterable[NamedCode]) -> Mapping[str, str]:
    """Codes that a newer one took over: the same name at the same levels, published in a later month, and one such code only."""
    same: defaultdict[tuple[str, tuple[str, ...]], list[tuple[str, str]]] = defaultdict(list)
    for row in rows:
        same[wording_key(without_maker(row.official_name)), tuple(row.levels)].append((row.as_of[:7], row.code))
    found: dict[str, str] = {}
    for codes in same.values():
        newest = max(month for month, _ in codes)
        heirs = [code for month, code in codes if month == newest]
        if len(heirs) == 1:
            found |= {code: heirs[0] for month, code in codes if month < newest}
    return found
