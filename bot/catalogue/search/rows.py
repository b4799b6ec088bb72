"""The matters as rows to search in: one row a wording, folded and with shorthand written out."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.catalogue.search.age_terms import age_terms
from bot.catalogue.search.matters import SearchMatter, Wording
from bot.language.mention import find_mention, words_of

TALKING = frozenset({"situation", "question"})
"""Kinds of wordings that are whole sentences: only the words that tell what they are about count."""


@dataclass(frozen=True)
class Row:
    """One wording of the matter with this number; ``ages``: see ``age_terms``."""

    matter: int
    kind: str
    text: str
    words: tuple[str, ...]
    ages: tuple[str, ...] = ()


def row_words(wording: Wording) -> tuple[str, ...]:
    """The folded words by which a wording is found."""
    if wording.kind in TALKING:
        return find_mention(wording.text).folded
    words = tuple(word.folded for word in words_of(wording.text))
    return words[2:] if words[:2] == ("thu", "tuc") else words


def rows_of(matters: Sequence[SearchMatter]) -> tuple[Row, ...]:
    """All rows in the order of the matters; wordings of the same words once a matter, those without any left out."""
    rows: list[Row] = []
    for number, matter in enumerate(matters):
        seen: set[tuple[str, ...]] = set()
        for wording in matter.wordings:
            words = row_words(wording)
            if words and words not in seen:
                seen.add(words)
                rows.append(Row(number, wording.kind, wording.text, words, age_terms(wording.text)))
    return tuple(rows)
