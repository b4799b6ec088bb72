"""Numbers written in words: ``hai trăm nghìn`` is 200,000, with or without marks."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.language.normalise import fold, has_marks, nfc, tone_key

_DIGITS = {
    "không": 0, "một": 1, "mốt": 1, "hai": 2, "ba": 3, "bốn": 4, "tư": 4, "năm": 5, "lăm": 5, "nhăm": 5, "sáu": 6, "bảy": 7,
    "bẩy": 7, "tám": 8, "chín": 9,
}  # fmt: skip
_SCALES = {"nghìn": 1_000, "ngàn": 1_000, "triệu": 1_000_000, "tỷ": 1_000_000_000, "tỉ": 1_000_000_000}
_OTHERS = ("mười", "mươi", "trăm", "linh", "lẻ", "rưỡi", "rưởi", "chục")
_WORDS = {tone_key(word): word for word in (*_DIGITS, *_SCALES, *_OTHERS)}
_BARE = {fold(word): word for word in reversed((*_DIGITS, *_SCALES, *_OTHERS))}
_TOKEN = re.compile(r"[^\W\d_]+")


@dataclass(frozen=True)
class WordNumber:
    """A number in words: where it stands, its value, and how many words it has."""

    start: int
    end: int
    value: int
    words: int


@lru_cache(maxsize=8192)
def number_word(typed: str) -> str | None:
    """The number word (full marks) that a typed word is; None for any other. A marked word must be that very word."""
    return _WORDS.get(tone_key(typed)) if has_marks(typed) else _BARE.get(typed.lower())


def digit_of(typed: str) -> int | None:
    """The digit that a typed word names, or None."""
    word = number_word(typed)
    return _DIGITS.get(word) if word else None


@dataclass
class _Reader:
    """Reads number words from the left."""

    words: Sequence[str]
    at: int = 0

    def peek(self, ahead: int = 0) -> str:
        """The word at a distance, empty beyond the end."""
        return self.words[self.at + ahead] if self.at + ahead < len(self.words) else ""

    def below_hundred(self) -> int | None:
        """``ba mươi mốt``, ``mười lăm``, ``chín``."""
        first = self.peek()
        # "mươi" alone is "mười" typed without marks.
        if first in ("mười", "mươi"):
            self.at += 1
            return 10 + self._digit(default=0)
        if first not in _DIGITS:
            return None
        self.at += 1
        if self.peek() in ("mươi", "mười", "chục"):
            self.at += 1
            return _DIGITS[first] * 10 + self._digit(default=0)
        # "hai mốt", "ba lăm": the ten is left out in talk.
        if self.peek() in ("mốt", "lăm", "nhăm") and first != "không":
            return _DIGITS[first] * 10 + self._digit(default=0)
        return _DIGITS[first]

    def _digit(self, default: int) -> int:
        if self.peek() in _DIGITS and self.peek(1) not in ("trăm", "mươi", "chục"):
            self.at += 1
            return _DIGITS[self.words[self.at - 1]]
        return default

    def below_thousand(self) -> int | None:
        """``hai trăm linh năm``, ``hai trăm rưỡi``, or less than a hundred."""
        if self.peek() in _DIGITS and self.peek(1) == "trăm":
            hundreds = _DIGITS[self.peek()] * 100
            self.at += 2
            if self.peek() in ("rưỡi", "rưởi"):
                self.at += 1
                return hundreds + 50
            if self.peek() in ("linh", "lẻ"):
                self.at += 1
            return hundreds + (self.below_hundred() or 0)
        return self.below_hundred()

    def number(self) -> int | None:
        """The whole number."""
        total: int | None = None
        scale = 0
        while True:
            begun = self.at
            part = self.below_thousand()
            if part is None:
                return total
            if self.peek() in _SCALES and (not scale or _SCALES[self.peek()] < scale):
                scale = _SCALES[self.peek()]
                self.at += 1
                total = (total or 0) + part * scale
                if self.peek() in ("rưỡi", "rưởi"):
                    self.at += 1
                    return total + scale // 2
            elif total is None:
                return part
            else:
                # "một triệu hai" is 1,200,000; "một triệu hai trăm" too.
                short = self.at - begun == 1 or part % 100 == 0
                return total + (part * scale // (10 if part < 10 else 1000) if short and scale > 1 else part)


def read_number(words: Sequence[str]) -> tuple[int, int] | None:
    """The number that begins at the first of these typed words, and how many words it takes; None where none begins."""
    known: list[str] = []
    for word in words:
        found = number_word(word)
        if found is None:
            break
        known.append(found)
    reader = _Reader(known)
    value = reader.number()
    return (value, reader.at) if value is not None and reader.at else None


def find_number_words(text: str) -> list[WordNumber]:
    """All numbers in words in a composed text, in order. One word alone is found too: whether it is a number there, the words
    after it must say."""
    tokens = list(_TOKEN.finditer(nfc(text)))
    found: list[WordNumber] = []
    index = 0
    while index < len(tokens):
        if number_word(tokens[index].group()) is None:
            index += 1
            continue
        last = index
        while last + 1 < len(tokens) and not text[tokens[last].end() : tokens[last + 1].start()].strip(" "):
            last += 1
            if last - index > 12:
                break
        read = read_number([token.group() for token in tokens[index : last + 1]])
        if read is None:
            index += 1
            continue
        value, size = read
        found.append(WordNumber(tokens[index].start(), tokens[index + size - 1].end(), value, size))
        index += size
    return found
