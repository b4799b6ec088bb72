"""A text that remembers where each of its characters came from, through any number of rewritings."""

import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import accumulate

from bot.language.normalise import nfc, squeeze_stretched, visible

_PIECE = re.compile(r"[\x00-\x20]|[^\x00-\x20]+")
_BLANKS = re.compile(r"[ \n]+")
# Everything but printable ASCII and the letters of Vietnamese: only there has cleaning anything to do.
_ODD = re.compile("[^ -~À-ÃÈ-ÊÌÍÒ-ÕÙÚÝà-ãè-êìíò-õùúýĂăĐđĨĩŨũƠơƯưẠ-ỹ]")


@dataclass(frozen=True)
class Edit:
    """One replacement: ``text[start:end]`` becomes ``written``."""

    start: int
    end: int
    written: str


@dataclass(frozen=True)
class AlignedText:
    """``text``, and for each of its characters the place in the first text it stands for: ``starts[i]`` to ``ends[i]``.
    Both rise or stay equal from left to right."""

    text: str
    starts: Sequence[int]
    ends: Sequence[int]

    @classmethod
    def of(cls, text: str) -> "AlignedText":
        """The text as it is: every character stands for itself."""
        return cls(text, range(len(text)), range(1, len(text) + 1))

    def edited(self, edits: Iterable[Edit]) -> "AlignedText":
        """The text after replacements, which come in order and do not overlap. Every character of a replacement stands for
        all that it replaced."""
        pieces: list[str] = []
        starts: list[int] = []
        ends: list[int] = []
        last = 0
        for edit in edits:
            pieces += [self.text[last : edit.start], edit.written]
            starts += self.starts[last : edit.start]
            ends += self.ends[last : edit.start]
            if edit.written and edit.end > edit.start:
                starts += [self.starts[edit.start]] * len(edit.written)
                ends += [self.ends[edit.end - 1]] * len(edit.written)
            last = edit.end
        if not pieces:
            return self
        text = "".join([*pieces, self.text[last:]])
        return AlignedText(text, [*starts, *self.starts[last:]], [*ends, *self.ends[last:]])


def _block_edits(block: str, start: int) -> list[Edit]:
    """One edit per letter with its combining marks; one for the whole block where letters compose with each other."""
    groups: list[str] = []
    for char in block:
        if groups and unicodedata.combining(char):
            groups[-1] += char
        else:
            groups.append(char)
    composed = [nfc(group) for group in groups]
    if "".join(composed) != nfc(block):
        return [Edit(start, start + len(block), nfc(block))]
    begins = accumulate(map(len, groups), initial=start)
    return [
        Edit(begin, begin + len(group), shown)
        for begin, group, shown in zip(begins, groups, composed, strict=False)
        if group != shown
    ]


def composed(aligned: AlignedText) -> AlignedText:
    """The text in NFC, as ``normalise.nfc`` gives it."""
    if unicodedata.is_normalized("NFC", aligned.text):
        return aligned
    edits: list[Edit] = []
    # Nothing composes with an ASCII blank, so the work is done word by word.
    for piece in _PIECE.finditer(aligned.text):
        if not unicodedata.is_normalized("NFC", piece.group()):
            edits += _block_edits(piece.group(), piece.start())
    return aligned.edited(edits)


def _odd_characters(aligned: AlignedText, shown: Callable[[str], str]) -> AlignedText:
    found = _ODD.finditer(aligned.text)
    return aligned.edited(Edit(m.start(), m.end(), new) for m in found if (new := shown(m.group())) != m.group())


def _blank_edits(text: str) -> Iterable[Edit]:
    for run in _BLANKS.finditer(text):
        at_edge = run.start() == 0 or run.end() == len(text)
        wanted = "" if at_edge else "\n" if "\n" in run.group() else " "
        if run.group() != wanted:
            yield Edit(run.start(), run.end(), wanted)


def cleaned(aligned: AlignedText) -> AlignedText:
    """The text as ``normalise.clean`` gives it."""
    aligned = composed(_odd_characters(aligned, visible))
    # Composing may give signs that have a plain form, too.
    aligned = _odd_characters(aligned, lambda char: visible(char) or char)
    squeezed = composed(aligned.edited(Edit(*found) for found in squeeze_stretched(aligned.text)))
    return squeezed.edited(_blank_edits(squeezed.text))
