"""From scores to matters in order, with what is needed to tell how sure the first one is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.catalogue.search.dense import Similarity
from bot.catalogue.search.lexical import LexicalScores
from bot.catalogue.search.weighted import Floats
from bot.catalogue.search.weights import DENSE_SIGNS, WORD_SIGNS

COMPARED = 80
"""The chance of a matter is its share among this many of the best."""


@dataclass(frozen=True)
class Candidate:
    """One matter, by its number. ``chance``: its share among the best by what the weights have learnt; ``signs``: the value of
    each of ``WORD_SIGNS`` and, where sentence vectors were asked, ``DENSE_SIGNS``."""

    matter: int
    chance: float
    signs: Mapping[str, float]


@dataclass(frozen=True)
class Standing:
    """What is known of the matters before anything is asked: ``use`` and ``people`` as in ``SearchMatter``."""

    use: Floats
    people: Floats


def _scaled(scores: Floats) -> Floats:
    """Divided by the highest; zeros where nothing scored."""
    highest = float(scores.max(initial=0.0))
    return scores / np.float32(highest) if highest > 0 else np.zeros_like(scores)


def _between(scores: Floats) -> Floats:
    """Brought to 0..1 between lowest and highest."""
    low, high = float(scores.min()), float(scores.max())
    found: Floats = (scores - np.float32(low)) / np.float32(high - low) if high > low else np.zeros_like(scores)
    return found


def word_signs(lexical: LexicalScores, named: Mapping[int, float], standing: Standing) -> dict[str, Floats]:
    """One value a matter for each of ``WORD_SIGNS``. ``named``: numbers of matters and the share that is their wording."""
    names = np.zeros(len(standing.use), np.float32)
    for matter, share in named.items():
        names[matter] = share
    reach = np.float32(2 * lexical.reach)
    values = (
        *(_scaled(lexical.pairs), lexical.pairs / reach, lexical.pieces, lexical.covered, lexical.balance),
        *(_scaled(lexical.document), lexical.document / reach, names, standing.use, standing.people),
    )
    return dict(zip(WORD_SIGNS, values, strict=True))


def dense_signs(similarity: Similarity) -> dict[str, Floats]:
    """One value a matter for each of ``DENSE_SIGNS``."""
    values = (similarity.nearest, _between(similarity.nearest), similarity.together, _between(similarity.together))
    return dict(zip(DENSE_SIGNS, values, strict=True))


def ranked(signs: Mapping[str, Floats], rank: Mapping[str, float], most: int) -> list[Candidate]:
    """The best matters, at most ``most``, best first."""
    total = np.sum([np.float32(weight) * signs[name] for name, weight in rank.items()], axis=0)
    if not len(total):
        return []
    compared = min(COMPARED, len(total))
    best = np.argpartition(-total, compared - 1)[:compared]
    best = best[np.lexsort((best, -total[best]))]
    powers = np.exp(total[best] - total[best[0]])
    chances = powers / powers.sum()
    return [
        Candidate(int(matter), float(chance), {name: float(values[matter]) for name, values in signs.items()})
        for matter, chance in zip(best[:most], chances[:most], strict=True)
    ]


def evidence(candidates: Sequence[Candidate], words: int) -> dict[str, float]:
    """What tells how sure the first candidate is: its signs, its lead over the second, and the number of words asked."""
    first = candidates[0]
    second = candidates[1].chance if len(candidates) > 1 else 0.0
    return {**first.signs, "chance": first.chance, "margin": first.chance - second, "words": min(words, 12) / 12}
