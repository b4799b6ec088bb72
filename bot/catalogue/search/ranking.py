"""From scores per row to procedures in order, with what is needed to tell how sure the first one is."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from bot.catalogue.embedding.encoder import Vectors
from bot.catalogue.search.lexical import Floats, LexicalScores
from bot.catalogue.search.rows import Row

# Weights of the parts of the score; chosen on data/eval/search_dev.tsv.
BM25_SHARE = 0.55
PIECES_SHARE = 0.25
BALANCE_SHARE = 0.20
DENSE_SHARE = 0.30
NAME_SHARE = 0.35


@dataclass(frozen=True)
class Candidate:
    """One procedure. ``covered``: share of the question's weight that one of its rows holds; ``balance``: the same, balanced
    with the share of that row that the question holds; ``named``: share of the question that is one of its exact wordings;
    ``similarity``: best cosine, None without an encoder; ``row``: the row that fits best."""

    code: str
    score: float
    covered: float
    balance: float
    named: float
    similarity: float | None
    row: int


class RowGroups:
    """Which rows belong to which procedure."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.codes = tuple(dict.fromkeys(row.code for row in rows))
        order = {code: i for i, code in enumerate(self.codes)}
        self._owner = np.array([order[row.code] for row in rows], np.int64)

    def best(self, scores: Floats) -> Floats:
        """The best row's score, one a procedure."""
        found = np.full(len(self.codes), -np.inf, np.float32)
        np.maximum.at(found, self._owner, scores)
        return found

    def best_row(self, procedure: int, scores: Floats) -> int:
        """The position of the procedure's best row."""
        own = np.flatnonzero(self._owner == procedure)
        return int(own[np.argmax(scores[own])])


def _scaled(scores: Floats) -> Floats:
    """Divided by the highest; zeros where nothing scored."""
    highest = float(scores.max(initial=0.0))
    return scores / np.float32(highest) if highest > 0 else np.zeros_like(scores)


def _between(scores: Floats) -> Floats:
    """Brought to 0..1 between lowest and highest."""
    low, high = float(scores.min()), float(scores.max())
    found: Floats = (scores - np.float32(low)) / np.float32(high - low) if high > low else np.zeros_like(scores)
    return found


def ranked(groups: RowGroups, lexical: LexicalScores, dense: Vectors | None, named: Mapping[str, float]) -> list[Candidate]:
    """All procedures, best first; ``named`` maps codes to the share of the question that is their exact wording."""
    if not groups.codes:
        return []
    balance = 2 * lexical.covered * lexical.fill / np.maximum(lexical.covered + lexical.fill, np.float32(1e-6))
    by_row = BM25_SHARE * _scaled(lexical.bm25) + PIECES_SHARE * lexical.pieces + BALANCE_SHARE * balance
    words = _scaled(groups.best(by_row))
    similarity = groups.best(dense) if dense is not None else None
    names = np.array([named.get(code, 0.0) for code in groups.codes], np.float32)
    total = words + NAME_SHARE * names
    highest = 1 + NAME_SHARE
    if similarity is not None:
        total = total + DENSE_SHARE * _between(similarity)
        highest += DENSE_SHARE
    total = total / np.float32(highest)
    covered, balances = groups.best(lexical.covered), groups.best(balance)
    order = np.argsort(-total, kind="stable")
    return [
        Candidate(
            groups.codes[i],
            float(total[i]),
            float(covered[i]),
            float(balances[i]),
            float(names[i]),
            None if similarity is None else float(similarity[i]),
            groups.best_row(i, by_row),
        )
        for i in map(int, order)
    ]
