"""What a typed answer to offered buttons means: "1", "2)", "0", or a button's own words."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bot.language.normalise import fold

# The greeting promises it: "Gõ 0 để gặp cán bộ".
_OFFICER_DIGIT = "0"
TALK_TO_OFFICER: Mapping[str, Any] = {"intent": "talk_to_officer", "entities": {}}

_NUMBER = re.compile(r"\(?(\d{1,2})\s*[.):]?")
_EDGES = re.compile(r"^[\s\"'«“(]+|[\s\"'»”).!?,;:]+$")


@dataclass(frozen=True)
class OfferedButton:
    """A button of the last bot message that carried any. ``position`` counts from 0 over all its buttons."""

    position: int
    title: str
    act: Mapping[str, Any]


def _same_words(text: str) -> str:
    return " ".join(fold(_EDGES.sub("", text)).split())


def typed_choice(text: str, offered: Sequence[OfferedButton], *, numbers_count: bool = True) -> Mapping[str, Any] | None:
    """The act that the citizen chose by typing, or None where the text is no choice.

    A number counts from 1 in the order shown. Words must be a button's whole title (case and marks do not matter), and
    of one button only. ``numbers_count`` is false where a bare number would rather be an answer to a person.
    """
    number = _NUMBER.fullmatch(text.strip())
    if number:
        if not numbers_count:
            return None
        if number.group(1) == _OFFICER_DIGIT:
            return TALK_TO_OFFICER
        return next((b.act for b in offered if b.position + 1 == int(number.group(1))), None)
    words = _same_words(text)
    meant = [b.act for b in offered if words and _same_words(b.title) == words]
    return meant[0] if len(meant) == 1 else None
