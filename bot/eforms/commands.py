"""What citizens say about the filling itself: skip, why, back, stop, give up, show. Whole messages only."""

import re
from functools import cache
from typing import Literal, cast

from bot.eforms.word_table import alternatives, word_table
from bot.language.cues import find_cues
from bot.language.normalise import clean, fold, fold_in_place, has_marks, nfc, tone_key

Command = Literal["skip", "why", "example", "back", "pause", "cancel", "review", "resume", "keep", "person"]
LONGEST_COMMAND = 120

# "đúng rồi" and "dừng rồi" are one without marks: the answer is likelier.
_RIGHT = re.compile(r"\bdung (?:roi|vay|the)\b")
_WORD = re.compile(r"[^\W_]+")


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
        if pattern.fullmatch(folded) and _typed_so(command, plain) and not (command == "pause" and _RIGHT.search(folded)):
            return command
    return None


def _typed_so(command: Command, plain: str) -> bool:
    """Whether the words are the command's own, marks included, where any are typed."""
    if not has_marks(plain):
        return True
    wanted = {tone_key(word) for word in str(word_table()["marked"][command]).split()}
    return any(tone_key(word) in wanted for word in _WORD.findall(plain))


def asks_something(text: str) -> bool:
    """Whether a message is a question, or small talk, rather than an answer."""
    plain = clean(text)
    folded = fold(plain)
    if plain.endswith("?") or any(pattern.search(folded) for pattern in _questions()):
        return True
    return bool(find_cues(fold_in_place(nfc(plain))))
