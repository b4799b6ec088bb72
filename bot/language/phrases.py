"""Phrases of a table looked for in a text, typed with their marks or without any."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Generic, TypeVar

from bot.language.normalise import fold, has_marks, nfc, tone_key

Value = TypeVar("Value")

_WORD = re.compile(r"[^\W_]+")

folded_word = lru_cache(maxsize=16384)(fold)
_marked_word = lru_cache(maxsize=16384)(has_marks)
_key_of_word = lru_cache(maxsize=16384)(tone_key)


@dataclass(frozen=True)
class PhraseMatch(Generic[Value]):
    """A phrase in a text: ``text[start:end]``, and the values that the table gives to it."""

    start: int
    end: int
    values: tuple[Value, ...]


@dataclass(frozen=True)
class _Row(Generic[Value]):
    words: tuple[str, ...]
    marks_needed: bool
    value: Value


def typed_as(typed: Sequence[str], words: Sequence[str], *, marks_needed: bool = False) -> bool:
    """Whether each typed word is the wanted word, with its marks or (unless they are needed) without any."""
    return len(typed) == len(words) and all(
        _key_of_word(t) == _key_of_word(w) or (not marks_needed and not _marked_word(t) and folded_word(t) == folded_word(w))
        for t, w in zip(typed, words, strict=True)
    )


class PhraseIndex(Generic[Value]):
    """Finds the phrases of a table. A phrase that ends in ``!`` needs its marks: its bare form is another word."""

    def __init__(self, rows: Iterable[tuple[str, Value]], joiners: str = " ") -> None:
        self._joiners = joiners
        self._rows: dict[tuple[str, ...], list[_Row[Value]]] = {}
        longest: dict[str, int] = {}
        for phrase, value in rows:
            words = tuple(match.group() for match in _WORD.finditer(nfc(phrase).lower()))
            if not words:
                continue
            key = tuple(map(folded_word, words))
            row = _Row(words, phrase.endswith("!"), value)
            if row not in self._rows.setdefault(key, []):
                self._rows[key].append(row)
            longest[key[0]] = max(longest.get(key[0], 0), len(key))
        self._longest: Mapping[str, int] = longest

    def find(self, text: str) -> list[PhraseMatch[Value]]:
        """All phrases of a composed text in order, the longest first from the left, without overlaps."""
        words = list(_WORD.finditer(text))
        folded = [folded_word(word.group()) for word in words]
        found: list[PhraseMatch[Value]] = []
        index = 0
        while index < len(words):
            match = self._longest_at(text, words, folded, index)
            if match is not None:
                found.append(match[1])
            index += match[0] if match else 1
        return found

    def _longest_at(
        self, text: str, words: Sequence[re.Match[str]], folded: Sequence[str], index: int
    ) -> tuple[int, PhraseMatch[Value]] | None:
        for size in range(min(self._longest.get(folded[index], 0), len(words) - index), 0, -1):
            rows = self._rows.get(tuple(folded[index : index + size]))
            if not rows:
                continue
            group = words[index : index + size]
            if any(text[a.end() : b.start()].strip(self._joiners) for a, b in pairwise(group)):
                continue
            typed = [word.group() for word in group]
            values = tuple(row.value for row in rows if typed_as(typed, row.words, marks_needed=row.marks_needed))
            if values:
                return size, PhraseMatch(group[0].start(), group[-1].end(), values)
        return None
