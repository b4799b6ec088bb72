"""How people tell of a situation of life: short phrases over folded words, and what they mean.

A phrase is words and, between them, ``<group>`` (one of ``event_word_groups.yml``), ``(a|b c|)`` (one of these; an empty one
means that all may be missing), ``...`` (up to four words) and ``$`` (the end of the message). Nothing else: no phrase that
somebody writes can make the matching slow.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import yaml

from bot.language.normalise import clean, fold
from bot.language.written import expanded

LONGEST = 400
"""Characters of a message that are looked at: a longer one is a story, whose end says what is wanted."""

MOST_PARTS = 12
_FILE = Path(__file__).with_name("event_word_groups.yml")
_PART = re.compile(r"\.\.\.|\$|<[a-z_]+>|\([^()]*\)|[a-z0-9/]+")
_INSIDE = re.compile(r"<([a-z_]+)>")
_NO_WORD = re.compile(r"[^\w$]+")


class TellsLike(Protocol):
    """A situation of life; ``bot.catalogue.schema.LifeEvent`` fits."""

    @property
    def id(self) -> str: ...
    @property
    def told(self) -> Sequence[str]: ...
    @property
    def unless(self) -> Sequence[str]: ...


@dataclass(frozen=True)
class Told:
    """The situations of life that a message tells of, in the order of the catalogue, and the folded words of the message beside
    those that tell of them."""

    event_ids: tuple[str, ...]
    rest: str


def phrase_pattern(phrase: str) -> str:
    """The regular expression of a phrase, over words with one blank after each. Raises ``ValueError``: what is wrong with it."""
    if fold(phrase) != phrase:
        raise ValueError(f"phrase {phrase!r} has marks or capitals")
    parts = _PART.findall(phrase)
    if not parts or len(parts) > MOST_PARTS or "".join(parts).replace(" ", "") != phrase.replace(" ", ""):
        raise ValueError(f"phrase {phrase!r} cannot be read")
    return "".join(_part(part, phrase) for part in parts)


def _part(part: str, phrase: str) -> str:
    if part == "...":
        return r"(?:\w+ ){0,4}"
    if part == "$":
        return "$"
    if part.startswith("<"):
        return _one_of(_group(part[1:-1], phrase))
    if part.startswith("("):
        words: list[str] = []
        for word in part[1:-1].split("|"):
            inside = _INSIDE.fullmatch(word.strip())
            words += _group(inside.group(1), phrase) if inside else [word.strip()]
        return _one_of(words)
    return re.escape(part) + " "


def _one_of(words: Sequence[str]) -> str:
    """Longer ones first; an empty one makes all of it optional."""
    if any("<" in word for word in words):
        raise ValueError(f"a group stands inside other words: {words}")
    full = sorted({word for word in words if word and word != "$"}, key=lambda word: (-len(word), word))
    either = [re.escape(word).replace(r"\ ", " ") + " " for word in full] + (["$"] if "$" in words else [])
    return f"(?:{'|'.join(either)})" + ("?" if "" in words else "")


def _group(name: str, phrase: str) -> list[str]:
    groups = _groups()
    if name not in groups:
        raise ValueError(f"phrase {phrase!r} names the unknown group <{name}>")
    return groups[name]


@cache
def _groups() -> Mapping[str, list[str]]:
    content = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    return {name: [word.strip() for word in words.split(",")] for name, words in content.items()}


def plain_words(text: str) -> str:
    """A message as the phrases see it: shorthand written out, folded, without punctuation, one blank after each word."""
    folded = fold(expanded(clean(text[-LONGEST:])))
    return "".join(f"{word} " for word in _NO_WORD.sub(" ", folded).split())


class ToldEvents:
    """Finds the situations of life that a message tells of. Build once, share."""

    def __init__(self, events: Iterable[TellsLike]) -> None:
        self._events = [(event.id, _any_of(event.told), _any_of(event.unless)) for event in events if event.told]

    def find(self, text: str) -> Told:
        """Those told of; none where the message tells of none. Never raises."""
        words = rest = plain_words(text)
        found: list[str] = []
        for event_id, told, unless in self._events:
            if told is None or not told.search(words) or (unless and unless.search(words)):
                continue
            found.append(event_id)
            rest = told.sub(" ", rest)
        return Told(tuple(found), " ".join(rest.split()))


def _any_of(phrases: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(rf"\b{phrase_pattern(phrase)}" for phrase in phrases)) if phrases else None
