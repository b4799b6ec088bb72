"""Texts that are nearly the same in two splits: a test set that repeats the training set measures memory.

Near: equal, or with at least ``NEAR`` of all their character trigrams in common, after marks, case, shorthand and punctuation
are taken away."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.language.normalise import clean, fold
from bot.language.shorthand import expand

NEAR = 0.8
_WORD = re.compile(r"[^\W_]+")


@dataclass(frozen=True)
class Placed:
    """A text with the split it belongs to and the place where it stands (``file:line``)."""

    split: str
    place: str
    text: str


@dataclass(frozen=True)
class NearPair:
    """Two texts of different splits that are nearly the same; ``likeness`` is their trigrams' Jaccard index."""

    first: Placed
    second: Placed
    likeness: float


def comparable(text: str) -> str:
    """The text without marks, case, shorthand and punctuation; as it stands where nothing would be left (emoji)."""
    return " ".join(_WORD.findall(fold(expand(clean(text))))) or clean(text)


def trigrams(text: str) -> frozenset[str]:
    """The character trigrams of a comparable text, its ends marked by blanks."""
    padded = f" {text} "
    return frozenset(padded[i : i + 3] for i in range(len(padded) - 2)) or frozenset({padded})


def near_pairs(texts: Sequence[Placed], may_share: Callable[[str, str], bool]) -> list[NearPair]:
    """All near pairs of different splits, the likest first; ``may_share`` says which two splits may hold the same text.

    Two sets this alike must share one of their rarest trigrams, so only texts that do are compared, and of those only with the
    splits that may not share."""
    grams = [trigrams(comparable(placed.text)) for placed in texts]
    frequency = Counter(gram for found in grams for gram in found)
    index: defaultdict[str, defaultdict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    pairs: list[NearPair] = []
    for number, (placed, found) in enumerate(zip(texts, grams, strict=True)):
        compared = [split for split in index if split != placed.split and not may_share(split, placed.split)]
        rarest = _rarest(found, frequency)
        candidates = {other for split in compared for gram in rarest for other in index[split].get(gram, ())}
        for gram in rarest:
            index[placed.split][gram].append(number)
        pairs += _near_of(number, sorted(candidates), texts, grams)
    return sorted(pairs, key=lambda pair: (-pair.likeness, pair.first.place, pair.second.place))


def _rarest(found: frozenset[str], frequency: Counter[str]) -> list[str]:
    """As many of the rarest trigrams as make sure that no near text is missed (prefix filter)."""
    ordered = sorted(found, key=lambda gram: (frequency[gram], gram))
    must_share = -(-len(ordered) * int(NEAR * 100) // 100)
    return ordered[: len(ordered) - must_share + 1]


def _near_of(
    number: int,
    candidates: Sequence[int],
    texts: Sequence[Placed],
    grams: Sequence[frozenset[str]],
) -> Iterator[NearPair]:
    for other in candidates:
        common = len(grams[other] & grams[number])
        likeness = common / (len(grams[other]) + len(grams[number]) - common)
        if likeness >= NEAR:
            yield NearPair(texts[other], texts[number], likeness)
