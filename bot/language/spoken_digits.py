"""Private numbers told digit by digit, in words or spaced figures: ``không chín tám bảy sáu …``, ``0 9 8 7 …``.

Only a run of digits next to each other counts, long enough to be nothing else: "không", "năm", "ba" alone are ordinary words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.language.normalise import fold, nfc
from bot.language.number_words import digit_of
from bot.language.numbers_in_text import NumberSpan, kind_of_digits

_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*|[0-9]+")
_GAP = re.compile(r"[ ,.\-]{1,3}")
_ID, _PHONES, _OLD_ID = 12, (11, 10), 9
_CARD = range(13, 20)
_LONGEST_WORD = 8


@dataclass(frozen=True)
class _Digit:
    """One digit, and where the word or figure that tells it stands."""

    digit: str
    start: int
    end: int
    alone: bool


def _digits_of(token: re.Match[str]) -> list[_Digit]:
    """The digits that a word or figure tells; none for any other word."""
    typed = token.group()
    if typed.isdigit():
        return [_Digit(char, token.start(), token.end(), len(typed) == 1) for char in typed]
    found = digit_of(nfc(typed)) if len(typed) <= _LONGEST_WORD else None
    return [] if found is None else [_Digit(str(found), token.start(), token.end(), True)]


def _runs(text: str) -> Iterator[list[_Digit]]:
    tokens = [(token, _digits_of(token)) for token in _TOKEN.finditer(text)]
    run: list[_Digit] = []
    for place, (token, digits) in enumerate(tokens):
        run += digits
        following = tokens[place + 1][0].start() if place + 1 < len(tokens) else -1
        joined = following >= 0 and _GAP.fullmatch(text, token.end(), following) is not None
        if not digits or not joined:
            if len(run) >= _OLD_ID:
                yield run
            run = []


def _told(run: Sequence[_Digit], at: int, size: int, text: str) -> NumberSpan | None:
    part = run[at : at + size]
    if len(part) < size:
        return None
    # Figures in groups are the other finder's; here at least half of the digits are told one by one.
    whole = (at == 0 or run[at - 1].start != part[0].start) and (at + size == len(run) or run[at + size].start != part[-1].start)
    if not whole or 2 * sum(digit.alone for digit in part) < size:
        return None
    digits = "".join(digit.digit for digit in part)
    start, end = part[0].start, part[-1].end
    found = kind_of_digits(digits, fold(text[max(0, start - 60) : start]), fold(text[end : end + 12]))
    return NumberSpan(found[0], start, end, found[1]) if found else None


def _in_run(run: Sequence[_Digit], text: str) -> Iterator[NumberSpan]:
    at = 0
    while at + _OLD_ID <= len(run):
        sizes = [_ID, *_PHONES]
        # An old id has no shape of its own, and a card only its check digit: they must be the whole run.
        sizes += [len(run)] if at == 0 and (len(run) == _OLD_ID or len(run) in _CARD) else []
        found = next((told for size in sizes if (told := _told(run, at, size, text)) is not None), None)
        if found is None:
            at += 1
            continue
        yield found
        while at < len(run) and run[at].start < found.end:
            at += 1


def find_spoken_numbers(text: str) -> list[NumberSpan]:
    """Citizen ids, telephone numbers and cards told digit by digit, in order."""
    return [found for run in _runs(text) for found in _in_run(run, text)]
