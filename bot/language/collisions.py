"""What a citizen typed that has several meanings: decided by what stands near, or to be asked back, never guessed.

The words are the forms that ``shorthand`` leaves as typed; the phrases, and every question, stand in ``tables/collisions.yml``.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from bot.language.normalise import fold
from bot.language.phrases import PhraseIndex
from bot.language.tables import load_table
from bot.language.written import OpenWord, WrittenOut, written_and_open, written_out


@dataclass(frozen=True)
class Undecided:
    """Something to ask back. ``span``: where ``token`` stands in the text as typed; ``readings``: the labels of the buttons,
    the likeliest first; ``question``: spoken as it stands."""

    token: str
    span: tuple[int, int]
    readings: tuple[str, ...]
    question: str


@dataclass(frozen=True)
class Decided:
    """A phrase with several meanings, and the one that the words around it show."""

    token: str
    span: tuple[int, int]
    reading: str


@dataclass(frozen=True)
class _Reading:
    label: str
    before: frozenset[str]
    after: frozenset[str]
    near: frozenset[str]


@dataclass(frozen=True)
class _Phrase:
    question: str
    readings: tuple[_Reading, ...]
    offered: tuple[str, ...]


def _reading(row: Mapping[str, Any]) -> _Reading:
    before, after, near = (frozenset(map(str, row.get(key, ()))) for key in ("before", "after", "near"))
    return _Reading(str(row["label"]), before, after, near)


@cache
def _phrases() -> PhraseIndex[_Phrase]:
    rows = []
    for row in load_table("collisions")["phrases"]:
        readings = tuple(map(_reading, row["readings"]))
        offered = tuple(map(str, row.get("offered", ()))) or tuple(reading.label for reading in readings)
        phrase = _Phrase(str(row["question"]), readings, offered)
        rows += [(str(form), phrase) for form in row["forms"]]
    return PhraseIndex(rows)


def _stands(words: frozenset[str], folded: str, *, at_start: bool = False, at_end: bool = False) -> bool:
    """Whether one of the words or phrases stands in a padded folded text: anywhere, at its start, or at its end."""
    if at_start:
        return any(folded.startswith(f" {word} ") for word in words)
    return any(folded.endswith(f" {word} ") if at_end else f" {word} " in folded for word in words)


def _padded(text: str) -> str:
    return f" {' '.join(''.join(char if char.isalnum() else ' ' for char in fold(text)).split())} "


def _chosen(phrase: _Phrase, before: str, after: str, rest: str) -> str | None:
    for reading in phrase.readings:
        if _stands(reading.before, before, at_end=True) or _stands(reading.after, after, at_start=True):
            return reading.label
    return next((reading.label for reading in phrase.readings if _stands(reading.near, rest)), None)


def _phrase_findings(written: WrittenOut) -> list[Undecided | Decided]:
    found: list[Undecided | Decided] = []
    for match in _phrases().find(written.text):
        (phrase, *_) = match.values
        before, after = written.text[: match.start], written.text[match.end :]
        # What names the phrase itself may decide too ("sang tên sổ"), so the whole text is looked at for "near".
        label = _chosen(phrase, _padded(before), _padded(after), _padded(written.text))
        span = written.to_original(match.start, match.end)
        token = written.original[span[0] : span[1]]
        if label is None:
            found.append(Undecided(token, span, phrase.offered, phrase.question))
        else:
            found.append(Decided(token, span, label))
    return found


def _word_findings(open_words: Iterable[OpenWord]) -> list[Undecided]:
    table = load_table("collisions")
    found = []
    for word in open_words:
        labels = tuple(map(str, table["words"].get(word.word.lower(), ())))
        if labels:
            readings = f"{', '.join(labels[:-1])}{table['joined_by']}{labels[-1]}"
            question = str(table["question"]).format(typed=word.word, readings=readings)
            found.append(Undecided(word.word, (word.start, word.end), labels, question))
    return found


def undecided(text: str) -> list[Undecided]:
    """Everything in a text that has several meanings and that nothing decides, in order of the text."""
    written, open_words = written_and_open(text)
    phrases = [found for found in _phrase_findings(written) if isinstance(found, Undecided)]
    return sorted([*phrases, *_word_findings(open_words)], key=lambda found: found.span)


def decided(text: str) -> list[Decided]:
    """The phrases with several meanings that the words around them decide, in order of the text."""
    return [found for found in _phrase_findings(written_out(text)) if isinstance(found, Decided)]
