"""The rules of ``tables/shorthand.yml``: which edits write the shorthand of a text out. Pure; ``shorthand`` applies them."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import pairwise
from typing import Any

from bot.language.aligned import Edit
from bot.language.normalise import fold, nfc
from bot.language.protected import name_spans, protected_spans
from bot.language.syllables import modern_tone
from bot.language.tables import load_table, word_set

_TOKEN = re.compile(r"[^\W_]+")
_SMALL_WORDS = word_set("a ad ah anh bac ban chau chi em ha minh mn ne nha nhe nhi oi shop the v vay z")
_NEIGHBOURS = 4
_PLACE_SHORT = re.compile(r"(?<!\w)([pPxXqQhH])\.\s?(?=[^\W\d_])")
_PLACE_WORDS = {"p": "phường", "x": "xã", "h": "huyện", "q": "quận"}

folded_word = lru_cache(maxsize=16384)(fold)


@dataclass(frozen=True)
class Token:
    """A word of a text: as typed, where it stands, and folded."""

    text: str
    start: int
    end: int
    folded: str


@dataclass(frozen=True)
class Reading:
    """One meaning of a form with several, and the neighbours that decide for it (folded words or phrases)."""

    to: str
    next: frozenset[str] = frozenset()
    prev: frozenset[str] = frozenset()
    not_next: frozenset[str] = frozenset()
    not_prev: frozenset[str] = frozenset()
    near: frozenset[str] = frozenset()
    at_end: bool = False
    at_start: bool = False
    next_digit: bool = False
    prev_digit: bool = False


@dataclass(frozen=True)
class Tables:
    """``safe``: first word of a form to all forms that begin with it, longest first. ``context``: form to its readings."""

    safe: Mapping[str, Sequence[tuple[tuple[str, ...], str]]]
    context: Mapping[str, tuple[Reading, ...]]
    known: frozenset[str]


def old_tone(text: str) -> str:
    """The other placement of the tones that ``modern_tone`` moves: ``hoà`` is ``hòa``."""
    letters = unicodedata.normalize("NFD", modern_tone(text))
    return nfc(re.sub("([oOuU])([aAeEyY])([\u0300\u0301\u0303\u0309\u0323])(?![^\\W_])", r"\1\3\2", letters))


def form_keys(form: str) -> set[tuple[str, ...]]:
    """The ways in which a form of the table may be typed: with its marks in both placements; without marks where it is long
    enough not to be another word, unless it ends in ``!``."""
    keys = set()
    marks_needed, form = form.endswith("!"), form.rstrip("!")
    for spelling in (form.lower(), modern_tone(form.lower()), old_tone(form.lower())):
        words = tuple(match.group() for match in _TOKEN.finditer(nfc(spelling)))
        keys.add(words)
        if not marks_needed and (len(words) > 1 or len(form) >= 4):
            keys.add(tuple(map(fold, words)))
    return keys


def _reading(row: Mapping[str, Any]) -> Reading:
    sets = {key: frozenset(map(str, row.get(key, ()))) for key in ("next", "prev", "not_next", "not_prev", "near")}
    return Reading(
        to=str(row["to"]),
        at_end=bool(row.get("end")),
        at_start=bool(row.get("start")),
        next_digit=bool(row.get("next_digit")),
        prev_digit=bool(row.get("prev_digit")),
        **sets,
    )


@cache
def shorthand_tables() -> Tables:
    """The tables, read once."""
    table = load_table("shorthand")
    safe: dict[str, dict[tuple[str, ...], str]] = {}
    for meaning, forms in table["safe"].items():
        for key in {key for form in forms for key in form_keys(str(form))}:
            if key != tuple(meaning.lower().split()):
                safe.setdefault(key[0], {}).setdefault(key, meaning)
    context = {
        str(form): tuple(_reading(row) for row in group["readings"]) for group in table["context"] for form in group["forms"]
    }
    ordered = {first: sorted(rows.items(), key=lambda row: -len(row[0])) for first, rows in safe.items()}
    known = frozenset(context) | {key[0] for rows in safe.values() for key in rows if len(key) == 1}
    return Tables(ordered, context, known)


def untouchable(text: str) -> list[tuple[int, int]]:
    """Protected stretches and names, in order; they may overlap."""
    return sorted([*protected_spans(text), *name_spans(text)])


def tokens_of(text: str, spans: Sequence[tuple[int, int]]) -> list[Token]:
    """The words of a text outside the given stretches."""
    found, span = [], 0
    for match in _TOKEN.finditer(text):
        start, end = match.span()
        while span < len(spans) and spans[span][1] <= start:
            span += 1
        if span == len(spans) or end <= spans[span][0]:
            found.append(Token(match.group(), start, end, folded_word(match.group())))
    return found


def _joined(text: str, left: Token, right: Token, joiners: str = " ") -> bool:
    """Whether only blanks (or other joiners) stand between two tokens."""
    return not text[left.end : right.start].strip(joiners)


def _like(typed: str, meaning: str) -> str:
    """The meaning with a capital where the typed form began a sentence with one (``Ko`` is ``Không``)."""
    return meaning[:1].upper() + meaning[1:] if typed[:1].isupper() and not typed.isupper() else meaning


def _is_numeral(token: Token, text: str, place: int) -> bool:
    """Whether a letter stands for itself: "phụ lục V", "nhóm K"; at the beginning, or where all is shouted, it is shorthand."""
    return place > 0 and len(token.text) == 1 and token.text.isupper() and not text.isupper()


def place_edits(text: str) -> list[Edit]:
    """``p.`` before a name with a capital is ``phường``."""
    found = (match for match in _PLACE_SHORT.finditer(text) if text[match.end()].isupper())
    return [Edit(*match.span(), _PLACE_WORDS[match[1].lower()] + " ") for match in found]


def _same_words(group: Sequence[Token], key: tuple[str, ...]) -> bool:
    return len(group) == len(key) and all(token.text.lower() == word for token, word in zip(group, key, strict=True))


def safe_edits(text: str) -> list[Edit]:
    """Forms with one meaning, longest first from the left."""
    safe = shorthand_tables().safe
    tokens = tokens_of(text, untouchable(text))
    edits: list[Edit] = []
    index = 0
    while index < len(tokens):
        step = 1
        known = () if _is_numeral(tokens[index], text, index) else safe.get(tokens[index].text.lower(), ())
        for key, meaning in known:
            group = tokens[index : index + len(key)]
            if _same_words(group, key) and all(_joined(text, a, b, " &") for a, b in pairwise(group)):
                edits.append(Edit(group[0].start, group[-1].end, _like(group[0].text, meaning)))
                step = len(key)
                break
        index += step
    return edits


def _phrases(words: Sequence[str], *, backwards: bool) -> set[str]:
    """All phrases of up to four neighbouring words that touch the token."""
    if backwards:
        return {" ".join(words[len(words) - size :]) for size in range(1, len(words) + 1)}
    return {" ".join(words[:size]) for size in range(1, len(words) + 1)}


def _neighbours(text: str, tokens: Sequence[Token], index: int) -> tuple[list[str], list[str]]:
    """The folded words before and after a token, up to the next mark of punctuation."""
    before: list[str] = []
    for i in range(index, max(0, index - _NEIGHBOURS), -1):
        if not _joined(text, tokens[i - 1], tokens[i]):
            break
        before = [*tokens[i - 1].folded.split(), *before]
    after: list[str] = []
    for i in range(index, min(len(tokens) - 1, index + _NEIGHBOURS)):
        if not _joined(text, tokens[i], tokens[i + 1]):
            break
        after.append(tokens[i + 1].folded)
    return before, after


def _near(tokens: Sequence[Token], wanted: frozenset[str]) -> bool:
    folded = f" {' '.join(token.folded for token in tokens)} "
    return any(f" {phrase} " in folded for phrase in wanted)


def _fits(reading: Reading, before: list[str], after: list[str], tokens: Sequence[Token], following: str) -> bool:
    ahead, behind = _phrases(after, backwards=False), _phrases(before, backwards=True)
    if (reading.next and not reading.next & ahead) or (reading.prev and not reading.prev & behind):
        return False
    if reading.not_next & ahead or reading.not_prev & behind:
        return False
    if reading.at_end and any(word not in _SMALL_WORDS for word in after):
        return False
    if reading.at_start and before:
        return False
    # Looked up in the text itself: "01/2024" is protected, and no token.
    if reading.next_digit and not following.lstrip(" ")[:1].isdigit():
        return False
    if reading.prev_digit and not (before and before[-1].isdigit()):
        return False
    return not reading.near or _near(tokens, reading.near)


def context_edits(text: str) -> tuple[list[Edit], list[Token]]:
    """The edits of the forms that their neighbours decide, and the words that stay undecided."""
    context = shorthand_tables().context
    tokens = tokens_of(text, untouchable(text))
    edits: list[Edit] = []
    open_words: list[Token] = []
    for index, token in enumerate(tokens):
        readings = context.get(token.text.lower())
        if readings is None or _is_numeral(token, text, index):
            continue
        before, after = _neighbours(text, tokens, index)
        following = text[token.end : token.end + 3]
        chosen = next((reading.to for reading in readings if _fits(reading, before, after, tokens, following)), None)
        if chosen is None:
            open_words.append(token)
        else:
            if chosen != token.text:
                edits.append(Edit(token.start, token.end, _like(token.text, chosen)))
            # What stands before decides what comes after: the next word sees the chosen reading.
            tokens[index] = Token(token.text, token.start, token.end, fold(chosen))
    return edits, open_words
