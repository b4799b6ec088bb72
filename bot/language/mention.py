"""What a question is about: the words that are left when greetings, pronouns and question words are taken away."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from bot.language.masking import neutralise
from bot.language.normalise import clean, fold, has_marks, tone_key
from bot.language.places import PlaceIndex
from bot.language.shorthand import expand
from bot.language.syllables import syllable
from bot.language.tables import load_table

LONGEST_QUERY = 512

_WORD = re.compile(r"[^\W_]+")
_PRIVATE_WORD = re.compile(r"__\w+__")
_CONTEXT = (
    # "có cần công chứng không", "có phải mang sổ hộ khẩu không": a paper of the matter, not the matter.
    re.compile(
        r"(?<!\w)(?:co |thi )?(?:can|phai)(?: phai)? (?:mang|cong chung|chung thuc|photo|kem|ban|giay to|anh|so ho khau|can cuoc|"
        r"giay khai sinh|vo chong|bo me|ca hai|chinh chu|dich)(?: \w+){0,4}? (?:khong|chua|ko|k)(?!\w)"
    ),
    re.compile(r"(?<!\w)(?:mang|dung|nop|dem) (?:giay|ban|can cuoc|the)(?: \w+){0,4}? (?:duoc khong|duoc ko|dc k|dc ko)(?!\w)"),
)
# A text with at least this share of marked words is typed with marks: there, "con" is "con" and not "còn".
_MARKED_SHARE = 0.35


@dataclass(frozen=True)
class Word:
    """One word of a question: as typed (marks where typed), and folded."""

    text: str
    folded: str


@dataclass(frozen=True)
class Mention:
    """The words of a question by their part in it. ``words``: all; ``content``: positions of the words that are left;
    ``strong``: those among them that can name a matter; ``marked``: the text was
    typed with marks."""

    words: tuple[Word, ...]
    content: tuple[int, ...]
    strong: tuple[int, ...]
    marked: bool

    @property
    def text(self) -> str:
        """What is left, as typed; empty where nothing names a matter."""
        return " ".join(self.words[i].text for i in self.content) if self.strong else ""

    @property
    def folded(self) -> tuple[str, ...]:
        """What is left, folded."""
        return tuple(self.words[i].folded for i in self.content)


@dataclass(frozen=True)
class _Entry:
    words: tuple[str, ...]
    bare: tuple[str, ...]
    marks_needed: bool


@dataclass(frozen=True)
class _Filler:
    entries: dict[str, list[_Entry]]
    weak: frozenset[str]
    weak_bare: frozenset[str]

    def is_weak(self, word: Word) -> bool:
        """Whether the word names nothing by itself; a marked word must be the listed word, not only look like it."""
        return word.folded.isdigit() or (
            tone_key(word.text) in self.weak if has_marks(word.text) else word.folded in self.weak_bare
        )


@cache
def _filler() -> _Filler:
    table = load_table("filler")
    entries: dict[str, list[_Entry]] = {}
    for raw in (*table["phrases"], *table["words"]):
        text = str(raw).rstrip("!")
        entry = _Entry(tuple(map(tone_key, text.split())), tuple(fold(text).split()), str(raw).endswith("!"))
        entries.setdefault(entry.bare[0], []).append(entry)
    for group in entries.values():
        group.sort(key=lambda entry: -len(entry.words))
    weak = {word for raw in table["weak"] for word in str(raw).split()}
    bare = set(map(fold, weak))
    # The bare form of a word that needs its marks may be another word: it names nothing by itself either way.
    bare |= {word for group in entries.values() for entry in group if entry.marks_needed for word in entry.bare}
    return _Filler(entries, frozenset(map(tone_key, weak)), frozenset(bare))


def filler_words() -> frozenset[str]:
    """All folded words of the filler table, for telling known words from misspelt ones."""
    table = _filler()
    return frozenset(word for group in table.entries.values() for entry in group for word in entry.bare) | table.weak_bare


def _plain(text: str) -> str:
    return _PRIVATE_WORD.sub(" ", neutralise(clean(text[: 2 * LONGEST_QUERY])[:LONGEST_QUERY]))


def words_of(text: str) -> tuple[Word, ...]:
    """The words of a text, shorthand written out, private numbers left out."""
    return _words(_plain(text))


def _words(plain: str) -> tuple[Word, ...]:
    return tuple(Word(match.group(), fold(match.group())) for match in _WORD.finditer(expand(plain)))


def is_marked(text: str) -> bool:
    """Whether the text is typed with marks, by most of its words that could have one."""
    words = _WORD.findall(text)
    return bool(words) and sum(map(has_marks, words)) / len(words) >= _MARKED_SHARE


def _matches(entry: _Entry, words: Sequence[Word], marked: bool) -> bool:
    """Whether the words are the entry. In an entry of several words one may be mistyped: another mark, or another letter where
    what is typed is no syllable ("thòi hạn", "le phj")."""
    if len(words) != len(entry.words):
        return False
    slips = 0
    for word, wanted, bare in zip(words, entry.words, entry.bare, strict=True):
        if tone_key(word.text) == wanted:
            continue
        if word.folded == bare and not has_marks(word.text):
            if entry.marks_needed or (len(entry.words) == 1 and marked):
                return False
            continue
        if entry.marks_needed or not (word.folded == bare or _mistyped(word.folded, bare)):
            return False
        slips += 1
    return slips == 0 or (slips == 1 and len(entry.words) > 1)


def _mistyped(typed: str, wanted: str) -> bool:
    """Whether a word that is no syllable has one letter too many, too few, or another one."""
    if syllable(typed) is not None or abs(len(typed) - len(wanted)) > 1 or not typed.isalpha():
        return False
    start = next((i for i, (a, b) in enumerate(zip(typed, wanted, strict=False)) if a != b), min(len(typed), len(wanted)))
    return typed[start + 1 :] in (wanted[start:], wanted[start + 1 :]) or typed[start:] == wanted[start + 1 :]


def _removed(words: Sequence[Word], kept: frozenset[int], marked: bool) -> set[int]:
    """Positions taken away: longest entries first from the left; never a word in ``kept``."""
    table = _filler()
    removed: set[int] = set()
    index = 0
    while index < len(words):
        step = 1
        for entry in table.entries.get(words[index].folded, ()):
            size = len(entry.words)
            if _matches(entry, words[index : index + size], marked):
                removed |= set(range(index, index + size)) - kept
                step = size
                break
        index += step
    return removed


def _context_positions(words: Sequence[Word]) -> set[int]:
    """Positions of words that only ask about a paper of the matter."""
    folded = " ".join(word.folded for word in words)
    found: set[int] = set()
    for pattern in _CONTEXT:
        for match in pattern.finditer(folded):
            first = folded[: match.start()].count(" ")
            found |= set(range(first, first + match.group().count(" ") + 1))
    return found


def _place_positions(words: Sequence[Word], places: PlaceIndex) -> set[int]:
    """Positions of words that name a place: where, not what."""
    text = " ".join(word.text for word in words)
    found: set[int] = set()
    start = 0
    for match in places.find(text):
        at = text.find(match.matched, start)
        if at < 0:
            continue
        start = at + len(match.matched)
        first = text[:at].count(" ")
        found |= set(range(first, first + match.matched.count(" ") + 1))
    return found


def find_mention(
    text: str, named: Callable[[Sequence[str]], frozenset[int]] | None = None, places: PlaceIndex | None = None
) -> Mention:
    """Takes a question apart. ``named`` tells which positions of its folded words belong to a name in the catalogue; these
    are never taken away, so that "lệ phí trước bạ" stays whole. Names of ``places`` are left out."""
    plain = _plain(text)
    words = _words(plain)
    context = _context_positions(words)
    if places is not None:
        context |= _place_positions(words, places)
    outside = [i for i in range(len(words)) if i not in context]
    shown = [words[i] for i in outside]
    kept = named([word.folded for word in shown]) if named else frozenset()
    marked = is_marked(plain)
    removed = _removed(shown, kept, marked)
    content = [i for i in range(len(shown)) if i not in removed]
    is_weak = _filler().is_weak
    strong = [i for i in content if i in kept or not is_weak(shown[i])]
    return Mention(words, tuple(outside[i] for i in content), tuple(outside[i] for i in strong), marked)
