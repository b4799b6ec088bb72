"""Learns how much each sign of the search counts, and how sure it may be.

    python scripts/fit_search.py [--check]

Weights from ``data/eval/search_train.tsv``, thresholds from ``search_dev.tsv``; ``search_test.tsv`` is never read. Searches among
all procedures of ``data/eval/procedure_names.tsv``, and among the reviewed ones alone: a small catalogue has less to compare
with and is sure in another way. Writes ``bot/catalogue/search/weights.json``; ``--check`` writes nothing.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT))

from bot.catalogue.embedding.encoder import load_encoder  # noqa: E402 (the path must be set first)
from bot.catalogue.load import load_catalogue  # noqa: E402
from bot.catalogue.names_list import read_names, with_names  # noqa: E402
from bot.catalogue.search.index import SearchIndex  # noqa: E402
from bot.catalogue.search.ranking import COMPARED, Candidate, evidence  # noqa: E402
from bot.catalogue.search.weights import (  # noqa: E402
    DENSE_EVIDENCE,
    DENSE_SIGNS,
    WEIGHTS_FILE,
    WORD_EVIDENCE,
    WORD_SIGNS,
)
from bot.language.mention import find_mention  # noqa: E402
from bot.language.places import PlaceIndex  # noqa: E402

Floats = npt.NDArray[np.float64]

RANK_STRENGTH, JUDGE_STRENGTH = 1e-3, 5e-4
OFFERED = 4
MOST_SURE_WRONG = 0.015
"""Of all development questions, at most this share may be answered surely and wrongly."""
OUTSIDE_IN_LIFE = 0.25
"""Three in four questions of the files are of other matters for the small catalogue: they count as if one in four were."""
MOST_LIKELY_WRONG = 0.25
MOST_LOST = 0.04
"""Of the development questions with their matter among the first, at most this share may be told that nothing is known."""
OUTSIDE_WEIGHT = 6.0
"""Questions of other matters are few in the file and not so few in life."""
FEW_OUTSIDE = 0.2
LEAST = {"large": 3, "small": 2}
"""Among thousands the third is often the right one; among few it is a stranger."""
ENOUGH = {"large": 0.84, "small": 0.93}
"""Above this probability by words alone the encoder is not asked: in a large catalogue about half of the questions then cost a
few milliseconds, and recall@1 about a point (measured on the development set)."""


@dataclass(frozen=True)
class Place:
    """Where the encoder lies, in the words of the settings."""

    models_dir: Path = ROOT / "models"
    embedding_model: str = "e5-vi"


@dataclass(frozen=True)
class Query:
    """A written question and the codes that answer it, none where it is of another matter."""

    text: str
    codes: frozenset[str]


@dataclass(frozen=True)
class Seen:
    """A question as the index sees it: a value for each sign and matter, the matters meant, and the number of words."""

    signs: dict[str, npt.NDArray[np.float32]]
    meant: frozenset[int]
    words: int


def read_queries(path: Path) -> list[Query]:
    """The questions of an evaluation file."""
    rows = [line.split("\t") for line in path.read_text(encoding="utf-8").splitlines()[1:] if line]
    return [Query(row[0], frozenset(code.strip() for code in row[1].split(",")) - {"-", ""}) for row in rows]


def see(index: SearchIndex, places: PlaceIndex, query: Query) -> Seen:
    """One question through the index, sentence vectors included."""
    mention = find_mention(query.text, lambda words: index.names_in(index.speller.corrected(words)), places)
    asked = index.asked(mention)
    signs = index.word_signs(asked) | index.dense_signs(mention)
    return Seen(signs, frozenset(index.matters_of(query.codes)), len(asked.words))


def fit_rank(seen: Sequence[Seen], names: Sequence[str]) -> dict[str, float]:
    """Weights under which the matters meant have the greatest share among the best (listwise softmax)."""
    start = np.array([1.0] * len(names))
    lists: list[tuple[Floats, npt.NDArray[np.bool_]]] = []
    for one in seen:
        if one.meant:
            table = np.stack([one.signs[name] for name in names], axis=1).astype(np.float64)
            kept = sorted({*np.argsort(-(table @ start))[:COMPARED], *one.meant})
            lists.append((table[kept], np.array([matter in one.meant for matter in kept])))

    def loss(weights: Floats) -> tuple[float, Floats]:
        total, slope = 0.0, np.zeros_like(weights)
        for table, meant in lists:
            scores = table @ weights
            share = np.exp(scores - scores.max())
            share /= share.sum()
            right = share[meant].sum() + 1e-12
            total -= np.log(right)
            slope += (share - np.where(meant, share, 0.0) / right) @ table
        return total / len(lists) + RANK_STRENGTH * weights @ weights, slope / len(lists) + 2 * RANK_STRENGTH * weights

    found = minimize(loss, np.zeros(len(names)), jac=True, method="L-BFGS-B")
    return {name: round(float(weight), 4) for name, weight in zip(names, found.x, strict=True)}


def fit_logistic(
    table: Floats, truth: npt.NDArray[np.bool_], names: Sequence[str], counts: Floats | None = None
) -> dict[str, float]:
    """A logistic regression, its bias first. ``counts``: how much each row counts."""
    share = np.ones(len(table)) / len(table) if counts is None else counts / counts.sum()
    wide = np.hstack([np.ones((len(table), 1)), table])
    sign = np.where(truth, 1.0, -1.0)

    def loss(weights: Floats) -> tuple[float, Floats]:
        odds = sign * (wide @ weights)
        chance = 1 / (1 + np.exp(np.clip(odds, -30, 30)))
        penalty = np.concatenate([[0.0], weights[1:]])
        total = float(share @ np.logaddexp(0, -odds) + JUDGE_STRENGTH * penalty @ penalty)
        return total, -(share * sign * chance) @ wide + 2 * JUDGE_STRENGTH * penalty

    found = minimize(loss, np.zeros(wide.shape[1]), jac=True, method="L-BFGS-B").x
    return {"bias": round(float(found[0]), 4)} | {n: round(float(w), 4) for n, w in zip(names, found[1:], strict=True)}


@dataclass(frozen=True)
class Judged:
    """A question with its candidates: the evidence, and whether the first (or one of those offered) is meant."""

    evidence: dict[str, float]
    right: bool
    within: bool


def judged(index: SearchIndex, seen: Sequence[Seen], rank: dict[str, float]) -> list[Judged]:
    """All questions ranked by these weights."""
    found = []
    for one in seen:
        candidates: list[Candidate] = index.ranked(one.signs, rank, OFFERED)
        matters = [candidate.matter for candidate in candidates]
        within = bool(one.meant & set(matters))
        found.append(Judged(evidence(candidates, one.words), matters[0] in one.meant, within))
    return found


def _chances(rows: Sequence[Judged], logistic: dict[str, float]) -> Floats:
    names = [name for name in logistic if name != "bias"]
    odds = [logistic["bias"] + sum(logistic[name] * row.evidence[name] for name in names) for row in rows]
    return 1 / (1 + np.exp(-np.clip(np.array(odds), -30, 30)))


def as_in_life(seen: Sequence[Seen]) -> Floats:
    """How much each question counts, so that at most ``OUTSIDE_IN_LIFE`` of them are of other matters."""
    outside = np.array([not one.meant for one in seen])
    inside = len(seen) - outside.sum()
    weight = min(1.0, OUTSIDE_IN_LIFE / (1 - OUTSIDE_IN_LIFE) * inside / max(1, outside.sum()))
    return np.where(outside, weight, 1.0)


def threshold(chances: Floats, wrong: npt.NDArray[np.bool_], counts: Floats, allowed: Callable[[float, float], bool]) -> float:
    """The lowest probability above which the wrong ones (how many, of how many above it) are still allowed."""
    best = 1.0
    for value in sorted(set(np.round(chances, 3)), reverse=True):
        above = chances >= value
        if not allowed(float(counts[wrong & above].sum()), float(counts[above].sum())):
            break
        best = float(value)
    return round(best, 3)


@dataclass(frozen=True)
class Material:
    """One catalogue with the questions asked of it."""

    index: SearchIndex
    train: Sequence[Seen]
    dev: Sequence[Seen]


def fit(material: Material, rank: dict[str, float], dense: bool, name: str) -> dict[str, Any]:
    """How sure a ranking may be in this catalogue."""
    proofs = [*WORD_EVIDENCE, *DENSE_EVIDENCE] if dense else list(WORD_EVIDENCE)
    learnt = judged(material.index, material.train, rank)
    table = np.array([[row.evidence[proof] for proof in proofs] for row in learnt])
    right = fit_logistic(table, np.array([row.right for row in learnt]), proofs, as_in_life(material.train))
    few_outside = np.mean([not one.meant for one in material.train]) < FEW_OUTSIDE
    counts = np.array([1.0 if one.meant or not few_outside else OUTSIDE_WEIGHT for one in material.train])
    within = fit_logistic(table, np.array([row.within for row in learnt]), proofs, counts)
    held = judged(material.index, material.dev, rank)
    chance, offered = _chances(held, right), _chances(held, within)
    wrong = np.array([not row.right for row in held])
    life = as_in_life(material.dev)
    sure_from = threshold(chance, wrong, life, lambda bad, _all: bad <= MOST_SURE_WRONG * life.sum())
    unsure = chance < sure_from
    found = np.array([row.within for row in held])
    thresholds = {
        "sure": sure_from,
        "likely": threshold(
            chance[unsure], wrong[unsure], life[unsure], lambda bad, above: bad <= MOST_LIKELY_WRONG * max(above, 30)
        ),
        "offer": round(float(np.quantile(offered[found], MOST_LOST)), 3),
    }
    thresholds["least"] = LEAST[name]
    _tell(f"{name}, {'words and vectors' if dense else 'words alone'}", material, held, chance, offered, thresholds)
    return {"rank": rank, "right": right, "within": within, "thresholds": thresholds}


def _tell(
    name: str, material: Material, rows: Sequence[Judged], chance: Floats, offered: Floats, thresholds: dict[str, float]
) -> None:
    """What the weights do on the development questions."""
    meant = np.array([bool(one.meant) for one in material.dev])
    right, within = np.array([row.right for row in rows]), np.array([row.within for row in rows])
    sure, unknown = chance >= thresholds["sure"], offered < thresholds["offer"]
    print(
        f"{name}: dev recall@1 {right[meant].mean():.3f}, @{OFFERED} {within[meant].mean():.3f}; sure {sure.mean():.3f}, "
        f"sure and wrong {(sure & ~right).mean():.3f}; unknown {unknown[~meant & ~sure].mean():.2f} of other matters, "
        f"{unknown[meant].mean():.3f} of those meant; thresholds {thresholds}"
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Fits both sets and writes them."""
    parser = argparse.ArgumentParser(description="Fit the search.")
    parser.add_argument("--check", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    data = ROOT / "data"
    catalogue = load_catalogue(data / "catalogue")
    names = with_names(catalogue.listings, read_names(data / "eval" / "procedure_names.tsv"))
    places, encoder = PlaceIndex(list(catalogue.places)), load_encoder(Place())
    queries = {split: read_queries(data / "eval" / f"search_{split}.tsv") for split in ("train", "dev")}
    materials: dict[str, Material] = {}
    for size, listings in (("large", names), ("small", catalogue.listings)):
        index = SearchIndex(listings, catalogue.aliases.matters, encoder)
        seen = {split: [see(index, places, query) for query in rows] for split, rows in queries.items()}
        materials[size] = Material(index, seen["train"], seen["dev"])
    words = fit_rank(materials["large"].train, WORD_SIGNS)
    dense = fit_rank(materials["large"].train, [*WORD_SIGNS, *DENSE_SIGNS])
    weights = {
        size: {
            "words": fit(material, words, dense=False, name=size),
            "dense": fit(material, dense, dense=True, name=size),
            "enough": ENOUGH[size],
        }
        for size, material in materials.items()
    }
    if not options.check:
        WEIGHTS_FILE.write_text(json.dumps(weights, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
