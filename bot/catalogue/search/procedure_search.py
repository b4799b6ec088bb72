"""The search over the catalogue: which procedure a citizen's words are about, and how sure that is."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

from bot import tracing
from bot.catalogue.embedding.encoder import Encoder, EncoderLoad
from bot.catalogue.search.index import SearchIndex
from bot.catalogue.search.lexical import Asked
from bot.catalogue.search.matters import ListingLike, NamedMatter
from bot.catalogue.search.names import NameFinder
from bot.catalogue.search.ranking import Candidate
from bot.catalogue.search.result import Hit, SearchResult
from bot.catalogue.search.verdict import Judgement, judge
from bot.catalogue.search.weighted import Floats
from bot.catalogue.search.weights import learnt_weights
from bot.language.mention import LONGEST_QUERY, Mention, find_mention, words_of
from bot.language.places import PlaceIndex, PlaceLike
from bot.metrics.declared import SEARCH_SECONDS

PHRASE_SHARE = 0.6
"""An ambiguous phrase that is this much of the words is what they are about."""
FEWEST_WEAK_WORDS = 3
REMEMBERED = 256
"""One turn asks for the same words several times: the whole message, its clauses, what follows up."""
_HALVES_REMEMBERED = 64
"""What words tell is needed until the search is made; it holds a few numbers for each matter."""


class AmbiguousLike(Protocol):
    """Words that fit several procedures; ``bot.catalogue.load.AmbiguousPhrase`` and ``aliases.SharedPhrase`` fit."""

    @property
    def phrase(self) -> str: ...
    @property
    def codes(self) -> Sequence[str]: ...
    @property
    def question(self) -> str: ...


class LifeEventLike(Protocol):
    """A situation of life; ``bot.catalogue.schema.LifeEvent`` fits."""

    @property
    def cues(self) -> Sequence[str]: ...
    @property
    def procedures(self) -> Sequence[str]: ...


class AliasesLike(Protocol):
    """People's words; ``bot.catalogue.aliases.Aliases`` fits."""

    @property
    def matters(self) -> Sequence[NamedMatter]: ...
    @property
    def shared(self) -> Sequence[AmbiguousLike]: ...


class CatalogueLike(Protocol):
    """What is searched; ``bot.catalogue.load.Catalogue`` fits."""

    @property
    def listings(self) -> Sequence[ListingLike]: ...
    @property
    def aliases(self) -> AliasesLike: ...
    @property
    def ambiguous(self) -> Sequence[AmbiguousLike]: ...
    @property
    def life_events(self) -> Sequence[LifeEventLike]: ...
    @property
    def places(self) -> Sequence[PlaceLike]: ...


@dataclass(frozen=True)
class _ByWords:
    """What words alone tell of a text, before the encoder is asked."""

    mention: Mention
    asked: Asked
    signs: dict[str, Floats]
    candidates: Sequence[Candidate]
    judgement: Judgement


class ProcedureSearch:
    """Finds the procedure a question is about. Thread-safe once built."""

    def __init__(
        self,
        catalogue: CatalogueLike,
        encoder: Encoder | EncoderLoad | None = None,
        *,
        texts: Iterable[str] = (),
        vectors_later: bool = False,
    ) -> None:
        matters = catalogue.aliases.matters
        self.index = SearchIndex(catalogue.listings, matters, encoder, texts, vectors_later=vectors_later)
        self._weights = learnt_weights(len(self.index.matters))
        self._ambiguous = self._phrases_of((*catalogue.aliases.shared, *catalogue.ambiguous))
        self._events = {
            _key(cue): self.index.matters_of(event.procedures) for event in catalogue.life_events for cue in event.cues
        }
        self._places = PlaceIndex(list(catalogue.places))
        self._phrases = NameFinder((key, 0) for key in (*self._ambiguous, *self._events))
        self._results = lru_cache(maxsize=REMEMBERED)(self._searched)
        self._by_words = lru_cache(maxsize=_HALVES_REMEMBERED)(self._searched_by_words)
        self._names = lru_cache(maxsize=REMEMBERED)(self._named_in)

    def _phrases_of(self, rows: Iterable[AmbiguousLike]) -> dict[tuple[str, ...], tuple[tuple[int, ...], str]]:
        """Ambiguous phrases with two matters of this catalogue at least; of equal phrases the last."""
        found = {_key(row.phrase): (self.index.matters_of(row.codes), row.question) for row in rows}
        return {key: value for key, value in found.items() if len(value[0]) > 1}

    def add_vectors(self) -> None:
        """See ``SearchIndex.add_vectors``."""
        self.index.add_vectors()

    @property
    def dense_available(self) -> bool:
        """Whether sentence vectors serve beside the words."""
        return self.index.dense_available

    def describe(self) -> dict[str, Any]:
        """For the health page: what serves, and why not more."""
        return self.index.describe()

    def search(self, text: str, *, limit: int = 4, words_alone: bool = False) -> SearchResult:
        """Which procedure the text is about, at most ``limit`` of them. Never raises, whatever the text. ``words_alone``: what
        its words name, for a tenth of the time; no sentence vector is asked for."""
        with SEARCH_SECONDS.time(), tracing.span("search") as span:
            result = self._results(text[: 2 * LONGEST_QUERY], limit, self.index.dense_available and not words_alone)
            span.note(found=len(result.hits), verdict=result.verdict, confidence=result.confidence)
            return result

    def read_ahead(self, texts: Iterable[str], *, limit: int = 4) -> None:
        """These texts are going to be searched for: what the encoder has to read for them it reads in one go, which costs little
        more than one of them."""
        if not self.index.dense_available:
            return
        found = [self._by_words(text[: 2 * LONGEST_QUERY], limit) for text in texts]
        unsure = [one.mention for one in found if one is not None and one.judgement.right < self._weights.enough]
        if len(unsure) > 1:
            self.index.read_ahead(unsure)

    def named(self, text: str) -> frozenset[str]:
        """``SearchResult.named`` of the text, for words alone: no sentence vector is asked for."""
        return self._names(text[: 2 * LONGEST_QUERY])

    def _named_in(self, text: str) -> frozenset[str]:
        mention = find_mention(text, self._named, self._places)
        return self._codes_named(self.index.asked(mention)) if self._names_enough(mention) else frozenset()

    @staticmethod
    def _names_enough(mention: Mention) -> bool:
        """Whether there are words enough to search for."""
        return bool(mention.strong) or len(mention.content) >= FEWEST_WEAK_WORDS

    def _searched(self, text: str, limit: int, with_vectors: bool) -> SearchResult:
        """``with_vectors``: what was found before they were there is not what is found with them."""
        by_words = self._by_words(text, limit)
        if by_words is None:
            return SearchResult("none", (), "")
        return replace(self._found(by_words, limit, with_vectors), named=self._codes_named(by_words.asked))

    def _searched_by_words(self, text: str, limit: int) -> "_ByWords | None":
        """What words alone tell; None where there are too few."""
        mention = find_mention(text, self._named, self._places)
        if not self._names_enough(mention):
            return None
        asked = self.index.asked(mention)
        exact, signs = self.index.names.exact(asked.words), self.index.word_signs(asked)
        candidates = self.index.ranked(signs, self._weights.words.rank, max(limit, 4))
        return _ByWords(mention, asked, signs, candidates, judge(candidates, exact, len(asked.words), self._weights.words, limit))

    def _found(self, by_words: "_ByWords", limit: int, with_vectors: bool) -> SearchResult:
        mention, asked = by_words.mention, by_words.asked
        candidates, judgement = self._judged(by_words, limit, with_vectors)
        offered = self._offered(asked, limit, candidates, judgement)
        if offered is not None:
            matters, question = offered
            hits = self._named_hits(candidates, matters)
            words = mention.text or " ".join(asked.words)
            return SearchResult("choose", hits, words, question, confidence=1 / len(hits))
        if not mention.strong:
            return self._without_name(mention, candidates, judgement, limit)
        hits = self._hits(candidates[: judgement.shown])
        # "thường trú": a whole name but for the verb of applying.
        only = judgement.verdict == "choose" and self.index.cores.exact(asked.words) == (candidates[0].matter,)
        likely = judgement.likely or only
        return SearchResult(judgement.verdict, hits, mention.text, likely=likely, confidence=judgement.right)

    def _codes_named(self, asked: Asked) -> frozenset[str]:
        """See ``SearchResult.named``."""
        matters = {matter for found in self.index.cores.find(asked.words) for matter in found.matters}
        for found in self._phrases.find(asked.words):
            key = asked.words[found.start : found.end]
            matters.update(self._ambiguous[key][0] if key in self._ambiguous else self._events[key])
        return frozenset(code for matter in matters for code in self.index.matters[matter].codes)

    def _judged(self, by_words: "_ByWords", limit: int, with_vectors: bool) -> tuple[Sequence[Candidate], Judgement]:
        """Candidates and judgement; sentence vectors are asked only where words alone leave a doubt."""
        if not with_vectors or by_words.judgement.right >= self._weights.enough:
            return by_words.candidates, by_words.judgement
        words = by_words.asked.words
        signs = by_words.signs | self.index.dense_signs(by_words.mention)
        candidates = self.index.ranked(signs, self._weights.dense.rank, max(limit, 4))
        return candidates, judge(candidates, self.index.names.exact(words), len(words), self._weights.dense, limit)

    def _without_name(self, mention: Mention, candidates: Sequence[Candidate], judgement: Judgement, limit: int) -> SearchResult:
        """Many common words may still describe a matter ("con chưa có tên bố, giờ bố muốn nhận"); then some are offered, never
        one taken for granted."""
        if judgement.verdict != "sure":
            return SearchResult("none", (), "")
        words = " ".join(mention.words[i].text for i in mention.content)
        return SearchResult("choose", self._hits(candidates[: min(limit, 3)]), words, confidence=judgement.right)

    def _named(self, words: Sequence[str]) -> frozenset[int]:
        spelled = self.index.speller.corrected(words)
        return self.index.names_in(spelled) | self._phrases.positions(spelled)

    def _offered(
        self, asked: Asked, limit: int, candidates: Sequence[Candidate], judgement: Judgement
    ) -> tuple[tuple[int, ...], str | None] | None:
        """The matters to choose from where the words are a phrase that fits several, or a situation of life. Further words may
        decide between them ("làm lại bằng lái bị mất"), or lead elsewhere ("thu hồi biển số xe")."""
        row = self._ambiguous.get(asked.words)
        if row is None and judgement.verdict != "sure":
            part = self._ambiguous_part(asked.words)
            elsewhere = part and candidates and candidates[0].matter not in part[0] and judgement.likely
            row = None if elsewhere else part
        if row is not None:
            return row[0][:limit], row[1]
        exact = self.index.names.exact(asked.words)
        if len(exact) > 1:
            return exact[:limit], None
        if not exact and len(self._events.get(asked.words, ())) > 1:
            return self._events[asked.words][:limit], None
        return None

    def _ambiguous_part(self, words: tuple[str, ...]) -> tuple[tuple[int, ...], str] | None:
        """The longest ambiguous phrase inside the words that is most of them, unless a name of one matter is as long."""
        for size in range(len(words) - 1, 1, -1):
            if size < PHRASE_SHARE * len(words):
                return None
            for start in range(len(words) - size + 1):
                row = self._ambiguous.get(words[start : start + size])
                if row is not None:
                    named = max((found.end - found.start for found in self.index.names.find(words)), default=0)
                    return row if named <= size else None
        return None

    def _hit(self, matter: int, score: float) -> Hit:
        return Hit(self.index.matters[matter].codes[0], round(score, 4), self.index.name_of(matter))

    def _named_hits(self, candidates: Sequence[Candidate], matters: Sequence[int]) -> tuple[Hit, ...]:
        chances: Mapping[int, float] = {candidate.matter: candidate.chance for candidate in candidates}
        return tuple(self._hit(matter, chances.get(matter, 0.0)) for matter in matters)

    def _hits(self, candidates: Sequence[Candidate]) -> tuple[Hit, ...]:
        return tuple(self._hit(candidate.matter, candidate.chance) for candidate in candidates)


def _key(text: str) -> tuple[str, ...]:
    return tuple(word.folded for word in words_of(text))
