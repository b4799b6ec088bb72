"""Texts and questions as the search over transcripts compares them: words without marks and case. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.language.normalise import clean, fold, nfc

LONGEST_QUERY = 300
MOST_WORDS = 20
LONGEST_WORD = 60
LONGEST_TEXT = 20_000
_WORD = re.compile(r"[^\W_]+")
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_QUOTES = str.maketrans(dict.fromkeys("“”„«»＂", '"'))
_BEFORE, _SNIPPET = 60, 240


@dataclass(frozen=True)
class Terms:
    """What is looked for: every word and every phrase must be in one message."""

    words: tuple[str, ...] = ()
    phrases: tuple[tuple[str, ...], ...] = ()

    def __bool__(self) -> bool:
        return bool(self.words or self.phrases)

    @property
    def all_words(self) -> tuple[str, ...]:
        """Each word once, those of phrases too."""
        return tuple(dict.fromkeys([*self.words, *(word for phrase in self.phrases for word in phrase)]))


@dataclass(frozen=True)
class Piece:
    """A piece of a snippet; ``found``: it is one of the words looked for."""

    text: str
    found: bool = False


def words_of(text: str) -> list[str]:
    """The text's words in order, without marks, in lower case; ``1.000`` is two. Any text is taken."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(fold(clean(text[:LONGEST_TEXT])))]


def parse_terms(typed: str) -> Terms:
    """What a person typed: words, and phrases in quotation marks of any kind. Nothing in it is an operator; a quotation mark
    without its partner is passed over."""
    pieces = typed[:LONGEST_QUERY].translate(_QUOTES).split('"')
    words: list[str] = []
    phrases: list[tuple[str, ...]] = []
    left = MOST_WORDS
    for position, piece in enumerate(pieces):
        found = words_of(piece)[:left]
        left -= len(found)
        if position % 2 and position < len(pieces) - 1 and len(found) > 1:
            phrases.append(tuple(found))
        else:
            words += found
    return Terms(tuple(dict.fromkeys(words)), tuple(dict.fromkeys(phrases)))


def unmarked(text: str) -> str:
    """The assistant's words without the marks of bold type; the asterisks of a masked number stay."""
    return _BOLD.sub(r"\1", text)


def snippet(text: str, terms: Terms) -> tuple[Piece, ...]:
    """The part of a text around the first word found, with the words found marked; the beginning where none is."""
    shown = " ".join(unmarked(nfc(text)).split())
    spans = _found_spans(shown, terms)
    begin = max(0, spans[0][0] - _BEFORE) if spans else 0
    if begin:
        begin = shown.find(" ", begin) + 1 if " " in shown[begin : spans[0][0]] else begin
    end = min(len(shown), begin + _SNIPPET)
    pieces = [Piece("… ")] if begin else []
    last = begin
    for start, stop in spans:
        if stop > end:
            break
        pieces += [Piece(shown[last:start]), Piece(shown[start:stop], found=True)]
        last = stop
    pieces += [Piece(shown[last:end]), Piece(" …" if end < len(shown) else "")]
    return tuple(piece for piece in pieces if piece.text)


def _found_spans(text: str, terms: Terms) -> list[tuple[int, int]]:
    matches = list(_WORD.finditer(text))
    keys = ["".join(words_of(match.group())) for match in matches]
    found = {index for index, key in enumerate(keys) if key in terms.words}
    for phrase in terms.phrases:
        found.update(_positions(keys, phrase))
    return [matches[index].span() for index in sorted(found)]


def _positions(keys: Sequence[str], phrase: Sequence[str]) -> Iterable[int]:
    length = len(phrase)
    for start in range(len(keys) - length + 1):
        if tuple(keys[start : start + length]) == tuple(phrase):
            yield from range(start, start + length)
