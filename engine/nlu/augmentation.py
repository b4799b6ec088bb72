"""More training examples, made from the written ones the way citizens write them.

Per example: always a copy without marks; for some a copy in teencode; for some a copy with one slip of the finger (or of the
Telex keyboard); for a few a copy in which l and n are swapped, as people around Bắc Ninh say and type them. Which and where is
drawn from a generator seeded with the example itself, so the same example gives the same copies whatever stands around it.
"""

import hashlib
import random
import re
from collections.abc import Iterable
from dataclasses import dataclass

from bot.language.normalise import fold

TEENCODE_SHARE = 0.5
TYPO_SHARE = 0.3
SWAPPED_SHARE = 0.08

# Short forms of everyday words as they are typed in chats; the dictionary of bot.language reads them the other way round.
_TEENCODE = {
    "không": ("ko", "k", "hông", "khum", "hok"),
    "được": ("đc", "dc", "đk"),
    "gì": ("j", "gi", "zì"),
    "giấy tờ": ("giấy tờ", "gtờ"),
    "bao nhiêu": ("bn", "bnhieu", "bao nhiu"),
    "bao lâu": ("bao lâu", "bao lau"),
    "như thế nào": ("ntn", "nhu nào"),
    "thế nào": ("tnao", "thế nào"),
    "mình": ("mk", "m", "mìn"),
    "với": ("vs", "vơi"),
    "cho": ("cho", "choa"),
    "hồ sơ": ("hs", "hso"),
    "làm": ("lm", "làm"),
    "người": ("ng", "ngừi"),
    "nhiêu": ("nhiu",),
    "vậy": ("v", "vậy"),
    "rồi": ("r", "rùi"),
    "cảm ơn": ("tks", "cám ơn", "cảm ơn"),
    "biết": ("bít", "bik"),
    "bây giờ": ("bh", "bây h"),
    "đăng ký": ("đk", "đky"),
    "nhưng": ("nhg",),
    "quá": ("wá",),
    "anh": ("a",),
    "chị": ("c",),
    "em": ("e",),
}
_TEENCODE_WORDS = re.compile(r"(?<!\w)(" + "|".join(sorted(_TEENCODE, key=len, reverse=True)) + r")(?!\w)", re.IGNORECASE)
_TYPED_WORD = re.compile(r"(?<![\w⟦:])[^\W\d_]{3,}(?![\w:⟧])")
_L_OR_N = re.compile(r"(?<![\w⟦:])(?:l(?=[^\W\d_])|n(?=[^\W\d_gh]))", re.IGNORECASE)
_SWAP = {"l": "n", "n": "l", "L": "N", "N": "L"}
# The Telex letter typed after a vowel, left in the text by a keyboard that did not compose it.
_TELEX_TONES = "sfrxj"


@dataclass(frozen=True)
class Example:
    """A text with its intent; ``group`` is the same for an example and its copies, so that a split keeps them together."""

    text: str
    intent: str
    group: int


def _dice(text: str, intent: str, seed: int) -> random.Random:
    digest = hashlib.sha256(f"{seed}\n{intent}\n{text}".encode("utf-8", "surrogatepass")).digest()
    return random.Random(digest)


def in_teencode(text: str, dice: random.Random) -> str:
    """The text with about two thirds of its everyday words shortened."""

    def shortened(match: re.Match[str]) -> str:
        return dice.choice(_TEENCODE[match.group().lower()]) if dice.random() < 2 / 3 else match.group()

    return _TEENCODE_WORDS.sub(shortened, text)


def with_typo(text: str, dice: random.Random) -> str:
    """The text with one word of three letters or more mistyped; unchanged where there is none. Placeholders stay whole."""
    words = list(_TYPED_WORD.finditer(text))
    if not words:
        return text
    word = dice.choice(words)
    letters, at = list(word.group()), dice.randrange(1, len(word.group()))
    kind = dice.randrange(4)
    if kind == 0:
        letters[at - 1], letters[at] = letters[at], letters[at - 1]
    elif kind == 1:
        del letters[at]
    elif kind == 2:
        letters.insert(at, letters[at])
    else:
        letters = [*fold("".join(letters)), dice.choice(_TELEX_TONES)]
    return text[: word.start()] + "".join(letters) + text[word.end() :]


def with_l_and_n_swapped(text: str) -> str:
    """The text with l and n exchanged at the beginning of words ("nộp" is "lộp", "làm" is "nàm"); ng and nh stay."""
    return _L_OR_N.sub(lambda match: _SWAP[match.group()], text)


def augmented(examples: Iterable[tuple[str, str]], seed: int = 42) -> list[Example]:
    """Every (text, intent) and its copies, in order. Deterministic for a seed; copies that change nothing are left out."""
    made: list[Example] = []
    for group, (text, intent) in enumerate(examples):
        dice = _dice(text, intent, seed)
        copies = [text, fold(text)]
        if dice.random() < TEENCODE_SHARE:
            short = in_teencode(text, dice)
            copies.append(short if dice.random() < 0.5 else fold(short))
        if dice.random() < TYPO_SHARE:
            slipped = with_typo(text, dice)
            copies.append(slipped if dice.random() < 0.5 else fold(slipped))
        if dice.random() < SWAPPED_SHARE:
            copies.append(with_l_and_n_swapped(text))
        made += [Example(copy, intent, group) for copy in dict.fromkeys(copies)]
    return made
