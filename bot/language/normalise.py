"""Text as people type it, brought to one spelling: composed, without invisible characters, without stretched letters.

Every function is total: any ``str`` is accepted, lone surrogates included, and the work is linear in its length.
"""

import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache

_DASHES = "\u02d7\u2500\u2501\u2796\u2010\u2011\u2012\u2013\u2014\u2015\u2043\u207b\u208b\u2212\u2e3a\u2e3b\ufe58\ufe63\uff0d"
_LINE_BREAKS = "\u000b\u000c\u0085\u2028\u2029"
_TONES = frozenset("\u0300\u0301\u0303\u0309\u0323")
_TABLE: dict[int, str] = {ord(dash): "-" for dash in _DASHES} | {ord(char): "\n" for char in _LINE_BREAKS}
_TABLE |= {0xFF01 + i: chr(0x21 + i) for i in range(94)}
_INVISIBLE = frozenset({"Cc", "Cf", "Cs"})
_STRETCHED = re.compile(r"([^\W\d_])\1{2,}", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")
_WORD_LENGTH = 24
"""Texts up to this length are words mostly, and come again: what is found for them is remembered."""
_FEW_CHARACTERS = 0x3000
"""Letters below this are remembered, one by one; those of other scripts are too many and too rare."""


class _Letters(dict[int, str]):
    """A table for ``str.translate`` that fills itself: what one character becomes, asked once each."""

    def __init__(self, becomes: Callable[[str], str]) -> None:
        super().__init__()
        self._becomes = becomes

    def __missing__(self, code: int) -> str:
        found = self._becomes(chr(code))
        if code < _FEW_CHARACTERS:
            self[code] = found
        return found


def nfc(text: str) -> str:
    """The text with composed letters (NFC), as Vietnamese keyboards other than Apple's send it."""
    return unicodedata.normalize("NFC", text)


@lru_cache(maxsize=8192)
def visible(char: str) -> str:
    """One character as it is compared: dashes are ``-``, blanks of all widths a space, full-width forms ASCII; invisible
    characters and lone surrogates are empty. Line breaks stay."""
    mapped = char.translate(_TABLE)
    if mapped == "\n":
        return mapped
    if mapped.isspace():
        return "\n" if mapped == "\r" else " "
    return "" if unicodedata.category(mapped) in _INVISIBLE else mapped


def _keeps_run(match: re.Match[str]) -> bool:
    """Whether equal letters belong to the word: CCCD, PCCC, NNN, www, Roman numerals, the "sở TTTT"."""
    run, text = match.group().lower(), match.string
    if len(run) > 4:
        return False
    before = text[match.start() - 1 : match.start()].lower()
    after = text[match.end() : match.end() + 1].lower()
    alone = not before.isalnum() and not after.isalnum()
    if len(run) == 4:
        return run == "tttt" and (alone or before == "s") and not after.isalnum()
    if run == "ccc":
        return after == "d" or before == "p"
    if run in ("nnn", "www"):
        return alone
    if run == "iii":
        return alone or (before in ("v", "x") and not after.isalnum())
    return False


def _squeeze(match: re.Match[str]) -> str:
    return match.group() if _keeps_run(match) else match.group(1)


def squeeze_stretched(text: str) -> list[tuple[int, int, str]]:
    """What ``clean`` squeezes in a composed text: (start, end, the one letter that stays), in order."""
    return [(match.start(), match.end(), match.group(1)) for match in _STRETCHED.finditer(text) if not _keeps_run(match)]


def clean(text: str) -> str:
    """One spelling of the text, case kept: NFC, no invisible characters, plain dashes and blanks, letters repeated three
    times or more squeezed to one (``hokkkk`` is ``hok``), blanks collapsed; line breaks stay, as single ones. Idempotent."""
    shown = nfc(text.translate(_VISIBLE).translate(_TABLE))
    squeezed = nfc(_STRETCHED.sub(_squeeze, shown))
    lines = (" ".join(line.split()) for line in squeezed.split("\n"))
    return "\n".join(line for line in lines if line)


def fold(text: str) -> str:
    """The text in lower case without marks (``đ`` is ``d``), for matching only, never for showing."""
    return _fold_word(text) if len(text) <= _WORD_LENGTH else _fold(text)


def _fold(text: str) -> str:
    return nfc(unicodedata.normalize("NFD", text.lower()).translate(_BARE)).replace("đ", "d")


def _without_marks(char: str) -> str:
    return "" if unicodedata.category(char) == "Mn" else char


_VISIBLE, _BARE = _Letters(visible), _Letters(_without_marks)


_fold_word = lru_cache(maxsize=1 << 15)(_fold)


@lru_cache(maxsize=8192)
def fold_char(char: str) -> str:
    """``fold`` of one composed character, always one character long, so that positions stay."""
    folded = fold(char)
    return folded if len(folded) == 1 else (folded[:1] or "\u00b7")


_FOLDED = _Letters(fold_char)


def fold_in_place(text: str) -> str:
    """``fold`` that keeps the length of a composed text, for pattern positions."""
    return text.translate(_FOLDED)


def has_marks(text: str) -> bool:
    """Whether any letter carries a Vietnamese mark."""
    return fold(text) != text.lower()


def _tone_last(word: re.Match[str]) -> str:
    letters = unicodedata.normalize("NFD", word.group())
    tones = "".join(sorted(char for char in letters if char in _TONES))
    return nfc("".join(char for char in letters if char not in _TONES)) + tones


def tone_key(text: str) -> str:
    """A comparison key in which both tone placements are one (``hoà`` = ``hòa``, ``thuỵ`` = ``thụy``)."""
    return _tone_key_of_word(text) if len(text) <= _WORD_LENGTH else _tone_key(text)


def _tone_key(text: str) -> str:
    return _WORD.sub(_tone_last, clean(text).lower())


_tone_key_of_word = lru_cache(maxsize=1 << 15)(_tone_key)


def same_text(a: str, b: str) -> bool:
    """Whether two texts differ at most in case, blanks, composition and tone placement."""
    return tone_key(a) == tone_key(b)
