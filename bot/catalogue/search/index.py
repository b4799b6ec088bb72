"""The catalogue, ready to be searched: built once, then read-only."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from bot.catalogue.embedding.encoder import Encoder, EncoderLoad
from bot.catalogue.search.age_terms import age_terms
from bot.catalogue.search.dense import DenseIndex
from bot.catalogue.search.lexical import Asked, LexicalIndex
from bot.catalogue.search.matters import ListingLike, NamedMatter, build_matters
from bot.catalogue.search.names import NameFinder, core
from bot.catalogue.search.ranking import Candidate, Standing, dense_signs, ranked, word_signs
from bot.catalogue.search.restore import MarkRestorer
from bot.catalogue.search.rows import Row, rows_of
from bot.catalogue.search.spelling import Speller
from bot.catalogue.search.weighted import Floats
from bot.language.mention import Mention, filler_words

WEAK_WORD = 0.3
MISSPELT_WORD = 0.6
CORE_NAME = 0.8
NAMES = frozenset({"name", "official", "alias"})
"""Kinds of wordings that name a matter; the others tell about it."""


def _texts(rows: Sequence[Row], more: Iterable[str]) -> Iterator[str]:
    for row in rows:
        yield row.text
    yield from more


class SearchIndex:
    """Matters, their rows, and everything that is looked up in them."""

    def __init__(
        self,
        listings: Sequence[ListingLike],
        named: Iterable[NamedMatter] = (),
        encoder: Encoder | EncoderLoad | None = None,
        texts: Iterable[str] = (),
        *,
        vectors_later: bool = False,
    ) -> None:
        """``texts`` teach the restoring of marks. ``vectors_later``: words serve alone until ``add_vectors`` is called."""
        load = encoder if isinstance(encoder, EncoderLoad) else EncoderLoad(encoder, None if encoder else "no encoder given")
        self._load = load
        self.matters = build_matters(listings, named)
        self._number = {code: number for number, matter in enumerate(self.matters) for code in matter.codes}
        self.rows = rows_of(self.matters)
        self.lexical = LexicalIndex(self.rows, len(self.matters))
        wordings = [(row.words, row.matter) for row in self.rows if row.kind in NAMES]
        self.names = NameFinder(wordings)
        self.cores = NameFinder([*wordings, *((core(words), matter) for words, matter in wordings)])
        self.speller = Speller(self.lexical.vocabulary, self.lexical.pairs, filler_words())
        self.restorer = MarkRestorer(_texts(self.rows, texts))
        self._standing = Standing(
            np.array([matter.use for matter in self.matters], np.float32),
            np.array([matter.named for matter in self.matters], np.float32),
        )
        self._dense: DenseIndex | None = None
        if not vectors_later:
            self.add_vectors()

    def add_vectors(self) -> None:
        """Lets sentence vectors serve beside the words, where there is an encoder. Takes minutes for thousands of new wordings;
        meanwhile words serve alone."""
        if self._load.encoder is not None and self.rows:
            self._dense = DenseIndex(self.rows, self.lexical.starts, self._load.encoder, self._load.cache)

    @property
    def dense_available(self) -> bool:
        """Whether sentence vectors serve beside the words."""
        return self._dense is not None

    def describe(self) -> dict[str, Any]:
        """For the health page: what serves, and why not more."""
        return {
            "procedures": len(self._number),
            "matters": len(self.matters),
            "rows": len(self.rows),
            "dense": self.dense_available,
            "encoder": self._load.name,
            "reason": None if self.dense_available else self._load.reason or "vectors are being computed",
        }

    def matters_of(self, codes: Iterable[str]) -> tuple[int, ...]:
        """The matters of these codes, in order, each once; codes that are not listed are left out."""
        return tuple(dict.fromkeys(self._number[code] for code in codes if code in self._number))

    def names_in(self, words: Sequence[str]) -> frozenset[int]:
        """Positions of the words that belong to a wording of the catalogue, or to its core."""
        return self.cores.positions(words)

    def asked(self, mention: Mention) -> Asked:
        """The content words of a question as the index reads them."""
        typed = mention.folded
        spelled = self.speller.corrected(typed)
        where = {position: i for i, position in enumerate(mention.content)}
        strong = {where[position] for position in mention.strong}
        weights: dict[str, float] = {}
        credit: dict[str, float] = {}
        for i, word in enumerate(spelled):
            weights[word] = max(weights.get(word, 0.0), self.lexical.weight(word) * (1.0 if i in strong else WEAK_WORD))
            credit[word] = weights[word] * (1.0 if word == typed[i] else MISSPELT_WORD)
        ages = age_terms(" ".join(word.text for word in mention.words))
        for term in ages:
            weights[term] = credit[term] = self.lexical.weight(term)
        return Asked(spelled, weights, credit, ages)

    def word_signs(self, asked: Asked) -> dict[str, Floats]:
        """What the words say for each matter."""
        total = sum(asked.weights.values()) or 1.0
        named: dict[int, float] = {}
        for found in self.cores.find(asked.words):
            words = asked.words[found.start : found.end]
            share = min(1.0, sum(asked.credit.get(word, 0.0) for word in set(words)) / total)
            exact = self.names.exact(words)
            for matter in found.matters:
                named[matter] = max(named.get(matter, 0.0), share * (1.0 if matter in exact else CORE_NAME))
        return word_signs(self.lexical.scores(asked), named, self._standing)

    def dense_signs(self, mention: Mention) -> dict[str, Floats]:
        """What sentence vectors say for each matter."""
        return dense_signs(self._vectors().similarity(self._as_read(mention)))

    def read_ahead(self, mentions: Iterable[Mention]) -> None:
        """``dense_signs`` is going to be asked of these: the encoder reads them together."""
        self._vectors().read_ahead(map(self._as_read, mentions))

    def _vectors(self) -> DenseIndex:
        if self._dense is None:
            raise RuntimeError("there are no sentence vectors: ask dense_available first")
        return self._dense

    def _as_read(self, mention: Mention) -> str:
        """What the encoder reads: marks are put back, it hardly reads Vietnamese without."""
        return self.restorer.restore(mention.words, marked=mention.marked)

    def ranked(self, signs: Mapping[str, Floats], rank: Mapping[str, float], most: int) -> list[Candidate]:
        """The best matters for these signs."""
        return ranked(signs, rank, most) if self.matters else []

    def name_of(self, matter: int) -> str:
        """What people call a matter."""
        return self.matters[matter].wordings[0].text
