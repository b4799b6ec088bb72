"""People's words for procedures, found in the texts of the workspace."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import yaml

from bot.authoring.documents import read_plain
from bot.authoring.edits import ALIASES, WORDINGS
from bot.language.normalise import fold

MOST_FOUND = 40


@dataclass(frozen=True)
class FoundMatter:
    """One matter: where it stands, its codes, its everyday name, and people's words by kind."""

    path: str
    codes: tuple[str, ...]
    name: str
    wordings: Mapping[str, tuple[str, ...]]

    @property
    def count(self) -> int:
        """How many wordings it has."""
        return sum(len(held) for held in self.wordings.values())


@lru_cache(maxsize=64)
def _matters(path: str, text: str) -> tuple[FoundMatter, ...]:
    try:
        content = read_plain(text)
    except (yaml.YAMLError, ValueError):
        return ()
    return tuple(_read(path, content))


def _read(path: str, content: Any) -> Iterator[FoundMatter]:
    for matter in content.get("matters") or () if isinstance(content, dict) else ():
        if isinstance(matter, dict) and matter.get("codes"):
            wordings = {key: tuple(map(str, matter.get(key) or ())) for key in WORDINGS}
            yield FoundMatter(path, tuple(map(str, matter["codes"])), str(matter.get("name", "")), wordings)


def matters_in(texts: Mapping[str, str]) -> Iterator[FoundMatter]:
    """All matters, file by file."""
    for path in sorted(texts):
        if path.startswith(ALIASES):
            yield from _matters(path, texts[path])


def find_matters(texts: Mapping[str, str], query: str) -> list[FoundMatter]:
    """The matters whose name, codes or wordings hold every word of the query, marks aside; those named so first, at most 40."""
    words = fold(query).split()
    if not words:
        return []
    by_name, by_words = [], []
    for matter in matters_in(texts):
        named = fold(matter.name) + " " + " ".join(matter.codes)
        if all(word in named for word in words):
            by_name.append(matter)
        elif any(all(word in fold(wording) for word in words) for held in matter.wordings.values() for wording in held):
            by_words.append(matter)
    return (by_name + by_words)[:MOST_FOUND]


def matter_of(texts: Mapping[str, str], code: str) -> FoundMatter | None:
    """The matter with this code; None where there is none."""
    return next((matter for matter in matters_in(texts) if code in matter.codes), None)
