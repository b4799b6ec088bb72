"""A citizen's message as trainers see it and as an example of the training data: private numbers are placeholders that name their
kind and lead nowhere, as ``data/nlu/`` writes them (``mã ⟦dossier_code:x1⟧ xong chưa``)."""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from itertools import count

from bot.language.masking import PLACEHOLDER, exchanged, find_private, placeholder, strip_forged_placeholders
from bot.language.normalise import fold, nfc
from bot.review.words import words_of

LONGEST = 1_000
_FEWEST_LETTERS = 2
_INVISIBLE = ("Cc", "Cf", "Cs", "Co")


def example_text(masked_text: str) -> str:
    """One line of at most 1,000 characters; the ledger's placeholders become ``x1``, ``x2`` … in order, so that no token leads
    back to anybody. Made for text whose private numbers are placeholders already; what was missed becomes one too."""
    # What may end up on a page or in a file must not run from right to left, or hide.
    visible = "".join(char for char in nfc(masked_text) if char.isspace() or unicodedata.category(char) not in _INVISIBLE)
    line = " ".join(visible.split()).lstrip("/ ")
    return _numbered(_cut(exchanged(line, find_private(line), lambda _span: "x")))


def masked_example(typed: str, expects: str | None = None) -> str:
    """The same for a text as it was typed, private numbers in clear."""
    stripped = strip_forged_placeholders(typed)
    return example_text(exchanged(stripped, find_private(stripped, expects), lambda _span: "x"))


def _cut(line: str) -> str:
    if len(line) <= LONGEST:
        return line
    inside = next((match.start() for match in PLACEHOLDER.finditer(line) if match.start() < LONGEST < match.end()), LONGEST)
    return line[:inside].rpartition(" ")[0] or line[:inside]


def _numbered(line: str) -> str:
    numbers = count(1)
    return PLACEHOLDER.sub(lambda match: placeholder(match[1], f"x{next(numbers)}"), line)


def shown(text: str, kind_in_words: Callable[[str], str]) -> str:
    """The text for people: in place of each placeholder what kind of number stood there, in square brackets."""
    return PLACEHOLDER.sub(lambda match: f"[{kind_in_words(match[1])}]", text)


def words_key(text: str) -> str:
    """The same for texts whose words are the same but for case, marks, punctuation and the numbers in them."""
    words = words_of(PLACEHOLDER.sub(lambda match: f" number {match[1].replace('_', '')} ", text))
    return hashlib.sha256(" ".join(words).encode()).hexdigest()


def says_something(text: str) -> bool:
    """Whether something is left to label beside private numbers: two letters or more."""
    letters = re.findall(r"[^\W\d_]", fold(PLACEHOLDER.sub(" ", text)))
    return len(letters) >= _FEWEST_LETTERS


def holds_no_number(text: str) -> bool:
    """Whether every private number in the text is a placeholder."""
    return not find_private(text)
