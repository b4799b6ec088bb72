"""A citizen's text in full Vietnamese, and the way back to what was typed.

Normalised (``clean``), keyboard leftovers set right, shorthand written out. Names, quotations, placeholders and codes stay as
typed. Total: any ``str`` is accepted, and the work is linear in its length.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.language.aligned import AlignedText, cleaned, composed
from bot.language.one_reading import once
from bot.language.shorthand_rules import Token, context_edits, place_edits, safe_edits, shorthand_tables, tokens_of, untouchable
from bot.language.telex import telex_edits

_LONGEST_REMEMBERED = 512


@dataclass(frozen=True)
class WrittenOut:
    """``text`` is what ``original`` says in full. ``spans[i]``: the (start, end) in the original that character ``i`` of the
    text stands for; both rise or stay equal from left to right."""

    text: str
    original: str
    spans: Sequence[tuple[int, int]]

    def to_original(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the original that ``text[start:end]`` stands for. An empty stretch stays empty."""
        if start >= end or start >= len(self.spans):
            at = self.spans[start][0] if start < len(self.spans) else len(self.original)
            return at, at
        return self.spans[start][0], self.spans[min(end, len(self.spans)) - 1][1]

    def to_written(self, start: int, end: int) -> tuple[int, int]:
        """The stretch of the text that ``original[start:end]`` became: whole words where a word was rewritten, empty where
        nothing is left of it."""
        first = bisect_right(self.spans, start, key=lambda span: span[1])
        last = bisect_left(self.spans, end, key=lambda span: span[0])
        return (first, last) if start < end and first < last else (first, first)


@dataclass(frozen=True)
class OpenWord:
    """A word with several meanings that its neighbours do not decide: in the written text, and where it was typed."""

    word: str
    start: int
    end: int


def _as_written(aligned: AlignedText) -> tuple[AlignedText, Sequence[Token]]:
    return _written(aligned.text, tuple(aligned.starts), tuple(aligned.ends))


@once
def _written(text: str, starts: tuple[int, ...], ends: tuple[int, ...]) -> tuple[AlignedText, Sequence[Token]]:
    aligned = AlignedText(text, starts, ends)
    words = [(token.start, token.end) for token in tokens_of(aligned.text, untouchable(aligned.text))]
    aligned = aligned.edited(telex_edits(aligned.text, words, shorthand_tables().known))
    aligned = aligned.edited(place_edits(aligned.text))
    aligned = aligned.edited(safe_edits(aligned.text))
    edits, open_words = context_edits(aligned.text)
    return aligned.edited(edits), [
        Token(word.text, aligned.starts[word.start], aligned.ends[word.end - 1], word.folded) for word in open_words
    ]


def written_and_open(text: str) -> tuple[WrittenOut, list[OpenWord]]:
    """The text as by ``written_out``, and the words with several meanings that stay as typed because nothing decides;
    positions of those in the text as given."""
    aligned, tokens = _as_written(cleaned(AlignedText.of(text)))
    written = WrittenOut(aligned.text, text, tuple(zip(aligned.starts, aligned.ends, strict=True)))
    return written, [OpenWord(token.text, token.start, token.end) for token in tokens]


def written_out(text: str) -> WrittenOut:
    """The text cleaned and written out in full marks, with the way back to every character typed."""
    return written_and_open(text)[0]


def cleaned_up(text: str) -> WrittenOut:
    """The text cleaned and nothing written out, with the way back to every character typed: for figures such as ``50 k``."""
    aligned = cleaned(AlignedText.of(text))
    return WrittenOut(aligned.text, text, tuple(zip(aligned.starts, aligned.ends, strict=True)))


def expanded(text: str) -> str:
    """The text (NFC) written out, blanks and invisible characters left as typed."""
    return _remembered(text) if len(text) <= _LONGEST_REMEMBERED else _expanded(text)


def _expanded(text: str) -> str:
    return _as_written(composed(AlignedText.of(text)))[0].text


# One turn reads the same message, and the same parts of it, a dozen times. Only texts without private values come here.
_remembered = lru_cache(maxsize=512)(_expanded)
