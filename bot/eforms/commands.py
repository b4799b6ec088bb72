"""What citizens say about the filling itself: skip, why, back, stop, give up, show. Whole messages only."""

import re
from functools import cache
from typing import Literal, cast

from bot.eforms.word_table import alternatives, word_table
from bot.language.cues import find_cues
from bot.language.normalise import clean, fold, fold_in_place, nfc

Command = Literal["skip", "why", "example", "back", "pause", "cancel", "review", "resume", "keep", "person"]
LONGEST_COMMAND = 120

# "đúng" and "dừng" are one word without marks: typed with đ it never stops anything, nor does "dung roi".
_RIGHT = re.compile(r"\bđ[úu]ng\b|\bdung (?:roi|vay|the)\b", re.IGNORECASE)


@cache
def _patterns() -> tuple[tuple[Command, re.Pattern[str]], ...]:
    call, tail = rf"(?:(?:{alternatives('calls')})\W+)*", rf"(?:\W+(?:{alternatives('tails')}))*"
    return tuple(
        (cast(Command, command), re.compile(rf"\W*{call}(?:{'|'.join(rows)}){tail}\W*"))
        for command, rows in word_table()["commands"].items()
    )


@cache
def _questions() -> tuple[re.Pattern[str], ...]:
    return (
        re.compile(rf"\b(?:{alternatives('questions')})\b"),
        re.compile(rf"^\W*(?:{alternatives('question_openings')})\b"),
        re.compile(rf"^\W*(?:{alternatives('small_talk')})\W*$"),
    )


def command_in(text: str) -> Command | None:
    """What the whole message wants of the filling, or None."""
    plain = nfc(clean(text)).replace("\n", " ")
    folded = fold(plain)
    if len(folded) > LONGEST_COMMAND:
        return None
    for command, pattern in _patterns():
        if pattern.fullmatch(folded) and not (command == "pause" and (_RIGHT.search(plain) or _RIGHT.search(folded))):
            return command
    return None


def asks_something(text: str) -> bool:
    """Whether a message is a question, or small talk, rather than an answer."""
    plain = clean(text)
    folded = fold(plain)
    if plain.endswith("?") or any(pattern.search(folded) for pattern in _questions()):
        return True
    return bool(find_cues(fold_in_place(nfc(plain))))
