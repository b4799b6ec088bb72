"""Teencode and abbreviations written out, from ``tables/shorthand.yml``.

What has several readings is decided by its neighbours; what stays undecided stays as typed, so that the dialogue can ask
instead of guessing. Nothing inside placeholders, dossier codes, quotations or addresses is touched.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Any

from bot.language.normalise import fold, nfc
from bot.language.protected import protected_spans
from bot.language.tables import load_table, word_set

_TOKEN = re.compile(r"[^\W_]+")
_SMALL_WORDS = word_set("a ad ah anh bac ban chau chi em ha minh mn ne nha nhe nhi oi shop the v vay z")
_NEIGHBOURS = 4
_PLACE_SHORT = re.compile(r"(?<!\w)([pPxXqQhH])\.\s?(?=[A-ZĐÀ-Ỹ])")
_PLACE_WORDS = {"p": "phường", "x": "xã", "h": "huyện", "q": "quận"}


@dataclass(frozen=True)
class _Token:
    text: str
    start: int
    end: int
    folded: str


@dataclass(frozen=True)
class _Reading:
    to: str
    next: frozenset[str]
    prev: frozenset[str]
    at_end: bool
    at_start: bool
    next_digit: bool
    prev_digit: bool


@dataclass(frozen=True)
class _Tables:
    safe: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
    context: Mapping[str, tuple[_Reading, ...]]


def _form_keys(form: str) -> set[tuple[str, ...]]:
    words = tuple(match.group() for match in _TOKEN.finditer(nfc(form).lower()))
    bare = tuple(fold(word) for word in words)
    return {words, bare} if len(words) > 1 or len(form) >= 4 else {words}


def _reading(row: Mapping[str, Any]) -> _Reading:
    return _Reading(
        to=str(row["to"]),
        next=frozenset(map(str, row.get("next", ()))),
        prev=frozenset(map(str, row.get("prev", ()))),
        at_end=bool(row.get("end")),
        at_start=bool(row.get("start")),
        next_digit=bool(row.get("next_digit")),
        prev_digit=bool(row.get("prev_digit")),
    )


@cache
def _tables() -> _Tables:
    table = load_table("shorthand")
    safe: dict[str, dict[tuple[str, ...], str]] = {}
    for meaning, forms in table["safe"].items():
        for key in {key for form in forms for key in _form_keys(str(form))}:
            if key != tuple(meaning.lower().split()):
                safe.setdefault(key[0], {}).setdefault(key, meaning)
    context = {
        str(form): tuple(_reading(row) for row in group["readings"]) for group in table["context"] for form in group["forms"]
    }
    ordered = {first: sorted(rows.items(), key=lambda row: -len(row[0])) for first, rows in safe.items()}
    return _Tables(ordered, context)


def _tokens(text: str, spans: Sequence[tuple[int, int]]) -> list[_Token]:
    found, span = [], 0
    for match in _TOKEN.finditer(text):
        while span < len(spans) and spans[span][1] <= match.start():
            span += 1
        if span == len(spans) or match.end() <= spans[span][0]:
            found.append(_Token(match.group(), match.start(), match.end(), fold(match.group())))
    return found


def _joined(text: str, left: _Token, right: _Token) -> bool:
    """Whether only blanks stand between two tokens."""
    return not text[left.end : right.start].strip(" ")


def _replace(text: str, replaced: Sequence[tuple[int, int, str]]) -> str:
    pieces, last = [], 0
    for start, end, meaning in replaced:
        pieces += [text[last:start], meaning]
        last = end
    return "".join(pieces) + text[last:]


def _like(typed: str, meaning: str) -> str:
    """The meaning with a capital where the typed form began a sentence with one (``Ko`` is ``Không``)."""
    return meaning[:1].upper() + meaning[1:] if typed[:1].isupper() and not typed.isupper() else meaning


def _expand_safe(text: str) -> str:
    tables = _tables()
    tokens = _tokens(text, protected_spans(text))
    replaced: list[tuple[int, int, str]] = []
    index = 0
    while index < len(tokens):
        step = 1
        for key, meaning in tables.safe.get(tokens[index].text.lower(), ()):
            group = tokens[index : index + len(key)]
            whole = len(group) == len(key) and tuple(token.text.lower() for token in group) == key
            if whole and all(_joined(text, a, b) for a, b in pairwise(group)):
                replaced.append((group[0].start, group[-1].end, _like(group[0].text, meaning)))
                step = len(key)
                break
        index += step
    return _replace(text, replaced)


def _phrases(words: Sequence[str], *, backwards: bool) -> set[str]:
    """All phrases of up to four neighbouring words that touch the token."""
    if backwards:
        return {" ".join(words[len(words) - size :]) for size in range(1, len(words) + 1)}
    return {" ".join(words[:size]) for size in range(1, len(words) + 1)}


def _neighbours(text: str, tokens: Sequence[_Token], index: int) -> tuple[list[str], list[str]]:
    """The folded words before and after a token, up to the next mark of punctuation."""
    before: list[str] = []
    for i in range(index, max(0, index - _NEIGHBOURS), -1):
        if not _joined(text, tokens[i - 1], tokens[i]):
            break
        before.insert(0, tokens[i - 1].folded)
    after: list[str] = []
    for i in range(index, min(len(tokens) - 1, index + _NEIGHBOURS)):
        if not _joined(text, tokens[i], tokens[i + 1]):
            break
        after.append(tokens[i + 1].folded)
    return before, after


def _fits(reading: _Reading, before: list[str], after: list[str]) -> bool:
    if reading.next and not reading.next & _phrases(after, backwards=False):
        return False
    if reading.prev and not reading.prev & _phrases(before, backwards=True):
        return False
    if reading.at_end and any(word not in _SMALL_WORDS for word in after):
        return False
    if reading.at_start and before:
        return False
    if reading.next_digit and not (after and after[0].isdigit()):
        return False
    return not reading.prev_digit or bool(before and before[-1].isdigit())


def _expand_by_context(text: str) -> str:
    tables = _tables()
    tokens = _tokens(text, protected_spans(text))
    replaced: list[tuple[int, int, str]] = []
    for index, token in enumerate(tokens):
        readings = tables.context.get(token.text.lower())
        if readings is None:
            continue
        before, after = _neighbours(text, tokens, index)
        chosen = next((reading.to for reading in readings if _fits(reading, before, after)), None)
        if chosen is not None:
            replaced.append((token.start, token.end, _like(token.text, chosen)))
            tokens[index] = _Token(token.text, token.start, token.end, fold(chosen))
    return _replace(text, replaced)


def expand(text: str) -> str:
    """The text (NFC) with shorthand written out in full marks; everything else stays as typed, blanks included. Expanding
    twice changes nothing more where the first pass left nothing undecided."""
    text = nfc(text)
    text = _PLACE_SHORT.sub(lambda match: _PLACE_WORDS[match[1].lower()] + " ", text)
    return _expand_by_context(_expand_safe(text))
