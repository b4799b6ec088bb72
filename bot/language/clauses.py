"""One message, several questions: where one ends and the next begins.

Sentence marks and line breaks always end a clause. A comma or a word such as "và" does only where what follows asks
something of its own, so that "đăng ký nhận cha, mẹ, con" stays whole. Works with and without marks.
"""

import re
from dataclasses import dataclass
from itertools import pairwise

from bot.language.cues import FILLER_GAP, Cue, find_cues
from bot.language.normalise import fold_in_place, nfc
from bot.language.protected import protected_spans

MAX_CLAUSES = 6

_HARD = re.compile(r"[?!…;\n]+|\.+(?=\s|$)|\.{2,}")
_ABBREVIATION = re.compile(r"(?<!\w)(?:p|x|tp|tx|tt|h|q|d|st|nd|qd|tr|stt|vd|v)$")
_COMMA = re.compile(r"\s*[,:]\s*|\s+-+\s+|\s*[+&]\s*")
_CONNECTIVE = re.compile(
    r"(?<!\w)(?:va con|voi ca|voi lai|va lai|ngoai ra|dong thoi|cung voi|cho hoi them|sau do|the con|con|voi|va|roi|vs)(?!\w)"
)
_LEADING = re.compile(r"^(?:(?:voi lai|voi ca|ngoai ra|dong thoi|va|voi|roi|vs)\b[\s,]*)+")
_EDGES = " \t\r\n,;:.!?…-+&"


@dataclass(frozen=True)
class Clause:
    """One question or statement; ``start`` and ``end`` are positions in the composed (NFC) text."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class _Cut:
    """A boundary: the left clause ends at ``left``, the right one begins at ``right``."""

    left: int
    right: int


def _inside(position: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= position < end for start, end in spans)


def _sentences(folded: str, spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    found, begin = [], 0
    for mark in _HARD.finditer(folded):
        if _inside(mark.start(), spans):
            continue
        word_before = folded[max(0, mark.start() - 8) : mark.start()]
        is_list_number = re.search(r"(?:^|\s)\d{1,2}$", word_before) and not folded[begin : mark.start()].strip(" 0123456789")
        if mark.group() == "." and (_ABBREVIATION.search(word_before) or is_list_number):
            continue
        if folded[begin : mark.start()].strip(_EDGES):
            found.append((begin, mark.end()))
            begin = mark.end()
    if folded[begin:].strip(_EDGES):
        found.append((begin, len(folded)))
    return found


def _is_filler(gap: str) -> bool:
    return FILLER_GAP.fullmatch(gap) is not None


def _cut_between(folded: str, left: Cue, right: Cue, spans: list[tuple[int, int]]) -> _Cut | None:
    """Where the clause that ends with one cue gives way to the next, or None where no cut is safe."""
    gap_start, gap_end = left.end, right.start
    gap = folded[gap_start:gap_end]
    commas = [m for m in _COMMA.finditer(folded, gap_start, gap_end) if m.group().strip() and not _inside(m.start(), spans)]
    words = [m for m in _CONNECTIVE.finditer(folded, gap_start, gap_end) if not _inside(m.start(), spans)]
    for mark in (*commas, *words):
        if _is_filler(folded[gap_start : mark.start()]):
            dropped = mark in commas or _is_filler(folded[mark.end() : gap_end])
            return _Cut(mark.start(), mark.end() if dropped else mark.start())
    for mark in (*reversed(commas), *reversed(words)):
        if _is_filler(folded[mark.end() : gap_end]):
            return _Cut(mark.start(), mark.end())
    if commas:
        return _Cut(commas[0].start(), commas[0].end())
    if right.opens and right.facet != left.facet and _is_filler(gap):
        return _Cut(gap_end, gap_end)
    return None


def _cuts(folded: str, start: int, end: int, spans: list[tuple[int, int]]) -> list[_Cut]:
    cues = [cue for cue in find_cues(folded, start, end) if not _inside(cue.start, spans)]
    cuts = []
    for left, right in pairwise(cues):
        cut = _cut_between(folded, left, right, spans)
        if cut is not None:
            cuts.append(cut)
    return cuts


def _trimmed(text: str, folded: str, start: int, end: int) -> Clause | None:
    leading = _LEADING.match(folded[start:end].lstrip(_EDGES))
    begin = start + len(folded[start:end]) - len(folded[start:end].lstrip(_EDGES))
    if leading and folded[begin + leading.end() : end].strip(_EDGES):
        begin += leading.end()
    piece = text[begin:end].rstrip(" \t\r\n,;:-+&")
    return Clause(piece, begin, begin + len(piece)) if piece.strip(_EDGES) else None


def _whole(text: str) -> list[Clause]:
    stripped = text.strip() or text
    start = text.index(stripped)
    return [Clause(stripped, start, start + len(stripped))]


def split_clauses(text: str) -> list[Clause]:
    """The questions and statements of a message in order: at least one for a non-empty text, at most ``MAX_CLAUSES`` (the
    last one then holds the rest). Only connecting words and marks between clauses are dropped."""
    text = nfc(text)
    if not text:
        return []
    folded = fold_in_place(text)
    spans = protected_spans(text)
    pieces: list[tuple[int, int]] = []
    for start, end in _sentences(folded, spans):
        begin = start
        for cut in _cuts(folded, start, end, spans):
            pieces.append((begin, cut.left))
            begin = cut.right
        pieces.append((begin, end))
        if len(pieces) > MAX_CLAUSES:
            break
    if len(pieces) > MAX_CLAUSES:
        pieces = [*pieces[: MAX_CLAUSES - 1], (pieces[MAX_CLAUSES - 1][0], len(text))]
    clauses = [clause for start, end in pieces if (clause := _trimmed(text, folded, start, end)) is not None]
    return clauses or _whole(text)
