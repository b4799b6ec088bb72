"""Private numbers told digit by digit, in words or spaced figures: ``không chín tám bảy sáu …``, ``0 9 8 7 …``; tens may be told
as such among them (``chín mươi chín``, ``mười hai``, ``hai linh bốn``).

Only a run of digits next to each other counts, long enough to be nothing else: "không", "năm", "ba" alone are ordinary words.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.language.document_numbers import names_a_passport
from bot.language.normalise import fold, has_marks, nfc
from bot.language.number_words import digit_of, number_word
from bot.language.numbers_in_text import NumberSpan, kind_of_digits

_TOKEN = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f])*|[0-9]+")
_GAP = re.compile(r"[ ,.\-]{0,3}")
_ID, _PHONES, _OLD_ID = 12, (11, 10), 9
_CARD = range(13, 20)
_PASSPORT = (7, 8)
_LETTER = re.compile(r"(?<![^\W_])(?P<letter>[^\W\d_]{1,3})[ ,.\-]{1,3}$")
_LETTER_NAMES = {
    "xe": "C",
    "co": "C",
    "c": "C",
    "be": "B",
    "bo": "B",
    "b": "B",
    "ca": "K",
    "k": "K",
    "no": "N",
    "en": "N",
    "n": "N",
    "pe": "P",
    "po": "P",
    "p": "P",
    "e": "E",
    "m": "M",
}
_LONGEST_WORD = 8
_ZEROS = frozenset({"ko", "hông", "hong", "zero", "zêro", "dê", "zê"})
"""Other words for zero, in a number told digit by digit only."""

_FEWEST_WORDS = 3
"""A number that mixes words and groups of figures has this many words at least."""


@dataclass(frozen=True)
class _Digit:
    """One digit, and where the word or figure that tells it stands. ``alone``: nothing else is told there."""

    digit: str
    start: int
    end: int
    alone: bool
    word: bool


@dataclass(frozen=True)
class _Told:
    """A token that tells digits, or joins them: ``tens`` (mươi), ``ten`` (mười), ``zero`` (linh, lẻ), ``hundred``."""

    digits: str
    start: int
    end: int
    joins: str = ""
    word: bool = False


def _told_by(token: re.Match[str]) -> _Told | None:
    """What a token tells of a number; None for any other word. ``muoi`` without marks may be ``tens`` or ``ten``."""
    typed = token.group()
    start, end = token.span()
    if typed.isdigit():
        return _Told(typed, start, end)
    if len(typed) > _LONGEST_WORD:
        return None
    composed = nfc(typed)
    found = digit_of(composed)
    if found is not None:
        return _Told(str(found), start, end, word=True)
    if composed.lower() in _ZEROS:
        return _Told("0", start, end, word=True)
    word = number_word(composed)
    if word in ("mươi", "mười") and not has_marks(composed):
        return _Told("", start, end, "either")
    joins = {"mươi": "tens", "mười": "ten", "linh": "zero", "lẻ": "zero", "trăm": "hundred"}.get(word or "")
    return _Told("", start, end, joins) if joins else None


def _runs(text: str) -> Iterator[list[_Told]]:
    tokens = [(token, _told_by(token)) for token in _TOKEN.finditer(text)]
    run: list[_Told] = []
    for place, (token, told) in enumerate(tokens):
        if told is not None:
            run.append(told)
        following = tokens[place + 1][0].start() if place + 1 < len(tokens) else -1
        joined = following >= 0 and _GAP.fullmatch(text, token.end(), following) is not None
        if told is None or not joined:
            if run:
                yield run
            run = []


def _spelled(run: Sequence[_Told], either: str) -> list[_Digit]:
    """The digits of a run; ``either``: how ``muoi`` without marks is read."""
    digits: list[_Digit] = []
    for place, told in enumerate(run):
        joins = either if told.joins == "either" else told.joins
        follows = place + 1 < len(run) and run[place + 1].digits != ""
        filled = {"tens": "" if follows else "0", "ten": "1" if follows else "10", "zero": "0", "hundred": ""}.get(
            joins, told.digits
        )
        if joins == "hundred" and not follows and place + 1 == len(run):
            filled = "00"
        alone = told.word or joins != "" or len(told.digits) == 1
        digits += [_Digit(char, told.start, told.end, alone, told.word or joins != "") for char in filled]
    return digits


def _told(run: Sequence[_Digit], at: int, size: int, text: str) -> NumberSpan | None:
    part = run[at : at + size]
    if len(part) < size:
        return None
    # Figures in groups are the other finder's; here half of the digits are told one by one, or words stand among them.
    whole = (at == 0 or run[at - 1].start != part[0].start) and (at + size == len(run) or run[at + size].start != part[-1].start)
    one_by_one = 2 * sum(digit.alone for digit in part) >= size or sum(digit.word for digit in part) >= _FEWEST_WORDS
    if not whole or not one_by_one:
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


def _passport(digits: Sequence[_Digit], text: str) -> Iterator[NumberSpan]:
    """Seven or eight digits behind the word for a passport, with its letter: ``hộ chiếu xê một hai ba …``."""
    if len(digits) not in _PASSPORT or sum(digit.word for digit in digits) < _FEWEST_WORDS:
        return
    start, end = digits[0].start, digits[-1].end
    letter = _LETTER.search(text, max(0, start - 12), start)
    named = _LETTER_NAMES.get(fold(letter["letter"]), "") if letter else ""
    start = letter.start("letter") if letter and named else start
    if names_a_passport(fold(text[max(0, start - 60) : start])):
        yield NumberSpan("passport", start, end, named + "".join(digit.digit for digit in digits))


def find_spoken_numbers(text: str) -> list[NumberSpan]:
    """Citizen ids, telephone numbers, cards and what is called by name, told digit by digit, in order."""
    found: list[NumberSpan] = []
    for run in _runs(text):
        readings = ("tens", "ten") if any(told.joins == "either" for told in run) else ("tens",)
        for either in readings:
            digits = _spelled(run, either)
            fresh = list(_in_run(digits, text)) if len(digits) >= _OLD_ID else list(_passport(digits, text))
            found += [one for one in fresh if all(one.end <= known.start or known.end <= one.start for known in found)]
    return sorted(found, key=lambda span: span.start)
