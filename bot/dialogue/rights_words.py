"""What a citizen wants of their own data, read from plain words (``rights_words.yml``).

The engine's intents are left out on purpose: a right must be open also where the model is unsure or exchanged, and the words
are few. What is about papers, registers and dossiers of the state is not about the assistant's data and is never read as such.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal, get_args

import yaml

from bot.language.normalise import clean, fold
from bot.language.written import expanded
from bot.rights.kinds import PURPOSES, Purpose

Wish = Literal["complaint", "object", "withdraw", "give", "delete", "correct", "consents", "view"]
"""In the order in which they are looked for: the more special words first."""

LONGEST = 220
"""A longer message is a story, in which these words mean something else."""

_FILE = Path(__file__).with_name("rights_words.yml")
_MACRO = re.compile(r"<([a-z_]+)>")
_PUNCTUATION = re.compile(r"[^\w/⟦⟧:]+")


@dataclass(frozen=True)
class RightsWish:
    """What is wanted; ``purposes``: the purposes of consent that are meant (all of them where none is named)."""

    wish: Wish
    purposes: tuple[Purpose, ...] = ()


@dataclass(frozen=True)
class _Words:
    patterns: Mapping[str, re.Pattern[str]]
    purposes: Mapping[Purpose, re.Pattern[str]]


def rights_wish(text: str) -> RightsWish | None:
    """The wish about one's own data in a message, or None. Never raises."""
    words = _plain(text)
    if not words or len(words) > LONGEST:
        return None
    patterns = _words().patterns
    if patterns["sent"].search(words):
        return RightsWish("delete")
    if patterns["state"].search(words) and not patterns["names_us"].search(words):
        return None
    for wish in get_args(Wish):
        if patterns[wish].search(words):
            return RightsWish(wish, _purposes(words) if wish in ("withdraw", "give") else ())
    return None


def _purposes(words: str) -> tuple[Purpose, ...]:
    named = tuple(purpose for purpose in PURPOSES if _words().purposes[purpose].search(words))
    return named or PURPOSES


def _plain(text: str) -> str:
    if len(text) > LONGEST * 4:
        return ""
    folded = fold(expanded(clean(text)))
    return " ".join(_PUNCTUATION.sub(" ", folded).replace("d/y", "dong y").split())


@cache
def _words() -> _Words:
    data = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
    macros: dict[str, str] = data.pop("macros")
    purposes = {purpose: re.compile(data["purposes"][purpose]) for purpose in PURPOSES}
    del data["purposes"]
    return _Words({name: _compiled(rows, macros) for name, rows in data.items()}, purposes)


def _compiled(rows: Sequence[str], macros: Mapping[str, str]) -> re.Pattern[str]:
    pattern = "|".join(rows)
    while _MACRO.search(pattern):
        pattern = _MACRO.sub(lambda match: macros[match.group(1)], pattern)
    return re.compile(pattern)
