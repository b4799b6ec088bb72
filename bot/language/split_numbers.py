"""A private number that is sent in pieces: ``024099`` and then ``001234``. Pure: the last messages and the new one in, the places
of the pieces out. The texts must be composed (NFC), as the ledger keeps them."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.masking import PrivateSpan, find_private
from bot.language.normalise import fold_in_place
from bot.language.number_typing import as_numbers
from bot.language.number_words import digit_of
from bot.language.numbers_in_text import PROVINCE_CODES

MOST_PIECES = 4
NAMED_KINDS = ("passport", "social_insurance", "tax_code", "driving_licence")
"""Kinds that may have no shape of their own: the message before may have said what the number is."""

_FIRST_SIGN = re.compile(r"[^\W_]|@")
_AFTER = re.compile(
    r"(?:[\s.,;:!?…\-–)*\"'~]|\b(?:a|ak|ah|nhe|nha|nhoa|ne|day|do|roi|va|thi|con|tiep(?: theo)?|nua|em|anh|chi|oi|gui|de|da"
    r"|vang|ok|(?:\w+ )?(?:so|chu so) (?:dau|truoc)(?: tien)?(?: la)?)\b)*$"
)
"""What people put behind a piece; "sau" may be a six and is none of them."""

_BEFORE = re.compile(
    r"(?:[\s.,;:!?…\-–(*\"'~]|\b(?:a|da|vang|tiep(?: theo)?|con lai|va|roi|la|them|nua|day|ne|duoi|cuoi|phan|doan|khuc|thi|con"
    r"|em|gui|(?:\w+ )?(?:so|chu so) (?:cuoi|sau|con lai|tiep(?: theo)?|duoi|nua)(?: cung)?(?: la)?)\b)*"
)
_NAMED = re.compile(r"(?:cccd|cmnd|cmt|can cuoc|chung minh|dinh danh|sdt|dt|dien thoai|zalo|so)\b")
_ID_NAMED = re.compile(r"(?:cccd|cmnd|cmt|can cuoc|chung minh|dinh danh)\b")
_PIECE = re.compile(r"(?<![\w./\-])\+?[0-9](?:[ .\-]{0,2}[0-9])*")
_WORD = re.compile(r"[^\W\d_]+")
_PHONE_BEGINS = re.compile(r"0[35789]|84[35789]|02[0-9]")
_FEWEST, _MOST = 4, 11
_FEW_WORDS = 8


@dataclass(frozen=True)
class Piece:
    """A piece of a number: ``start`` to ``end`` of a message. ``message`` counts from the oldest; the last is the new one."""

    message: int
    start: int
    end: int


@dataclass(frozen=True)
class SplitNumber:
    """A private number and the pieces in which it came."""

    kind: str
    value: str
    pieces: tuple[Piece, ...]


def may_go_on(text: str) -> bool:
    """Whether a message may be the next piece of a number; cheap, and false for nearly every message."""
    start = _core_start(text)
    sign = _FIRST_SIGN.match(as_numbers(text), start) if start < len(text) else None
    if sign is None:
        return False
    word = _WORD.match(text, start)
    return sign.group().isdecimal() or sign.group() == "@" or (word is not None and _tells_a_digit(word.group()))


def split_number(earlier: Sequence[str], text: str) -> SplitNumber | None:
    """The private number that ends in ``text`` and began in one of the ``earlier`` messages (oldest first), or None. All messages
    between must be pieces and nothing else."""
    if not may_go_on(text):
        return None
    head = _core_start(text)
    # Nine figures may be an old id, and the end of a new one.
    if any(span.start <= head < span.end and len(span.value) != 9 for span in find_private(text)):
        return None
    for count in range(1, min(len(earlier), MOST_PIECES - 1) + 1):
        found = _joined(list(earlier[len(earlier) - count :]), text, head, len(earlier) - count)
        if found is not None:
            return found
    return None


def begun_number(text: str) -> PrivateSpan | None:
    """The beginning of a citizen id or telephone number where a message holds little else: kept as a private value from the
    start, since the rest may follow in the next message."""
    view, folded = as_numbers(text), fold_in_place(text)
    end = _core_end(text)
    pieces = [match for match in _PIECE.finditer(view) if match.end() == end]
    if not pieces:
        return None
    piece = pieces[0]
    digits = re.sub(r"[^0-9]", "", piece.group())
    before = folded[: piece.start()]
    alone = not _WORD.search(before[_core_start(before) :]) if before.strip() else True
    named = bool(_NAMED.search(before)) and len(before.split()) <= _FEW_WORDS
    if not _FEWEST <= len(digits) <= _MOST or not (alone or named):
        return None
    if _PHONE_BEGINS.match(digits) and not (_ID_NAMED.search(before) or digits[:3] in ("024", "027")):
        return PrivateSpan("phone", piece.start(), piece.end(), digits)
    if digits[:3] in PROVINCE_CODES and digits[3] in "0123":
        return PrivateSpan("citizen_id", piece.start(), piece.end(), digits)
    return None


def _joined(earlier: list[str], text: str, head: int, first: int) -> SplitNumber | None:
    """The number in these messages laid side by side, if it begins in the first and ends in the last."""
    cores = [(0, _core_end(earlier[0])), *((_core_start(one), _core_end(one)) for one in earlier[1:]), (head, len(text))]
    if any(end <= start for start, end in cores):
        return None
    messages = [*earlier, text]
    joined, offsets = "", []
    for (start, end), message in zip(cores, messages, strict=True):
        joined += " " if joined else ""
        offsets.append(len(joined))
        joined += message[start:end]
    for span in find_private(joined):
        named_before = span.kind in NAMED_KINDS and len(messages) == 2 and span.start >= offsets[-1]
        if named_before or (span.start < offsets[0] + cores[0][1] and span.end > offsets[-1]):
            return SplitNumber(span.kind, span.value, _pieces(span, cores, offsets, first))
    return None


def _pieces(span: PrivateSpan, cores: list[tuple[int, int]], offsets: list[int], first: int) -> tuple[Piece, ...]:
    pieces = []
    for index, ((start, end), offset) in enumerate(zip(cores, offsets, strict=True)):
        if span.start >= offset + end - start:
            # It only calls the number by its name, which may stand.
            continue
        begins = max(span.start - offset, 0) + start
        ends = min(span.end - offset, end - start) + start
        pieces.append(Piece(first + index, begins, ends))
    return tuple(pieces)


def _core_start(text: str) -> int:
    """Where the message begins to say something, behind "6 số cuối là" and the like."""
    found = _BEFORE.match(fold_in_place(text))
    return found.end() if found else 0


def _core_end(text: str) -> int:
    """Where the message ends to say something."""
    found = _AFTER.search(fold_in_place(text))
    return found.start() if found else len(text)


def _tells_a_digit(word: str) -> bool:
    return len(word) <= 8 and digit_of(word) is not None
