"""The search over the catalogue: which procedure a citizen's words are about, and how sure that is."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from bot.catalogue.embedding.encoder import Encoder, EncoderLoad
from bot.catalogue.search.dense import DenseIndex
from bot.catalogue.search.lexical import LexicalIndex
from bot.catalogue.search.mention import Mention, filler_words, find_mention, words_of
from bot.catalogue.search.names import NameFinder, core
from bot.catalogue.search.ranking import Candidate, RowGroups, ranked
from bot.catalogue.search.restore import MarkRestorer
from bot.catalogue.search.result import Hit, SearchResult
from bot.catalogue.search.rows import ProcedureLike, Row, rows_of
from bot.catalogue.search.spelling import Speller
from bot.catalogue.search.verdict import decide, describes, is_likely
from bot.language.places import PlaceIndex, PlaceLike

PHRASE_SHARE = 0.6
"""An ambiguous phrase that is this much of the words is what they are about."""
WEAK_WORD = 0.3
MISSPELT_WORD = 0.6
CORE_NAME = 0.8
FEWEST_WEAK_WORDS = 3


class AmbiguousLike(Protocol):
    """Words that fit several procedures; ``bot.catalogue.load.AmbiguousPhrase`` fits."""

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


class CatalogueLike(Protocol):
    """What is searched; ``bot.catalogue.load.Catalogue`` fits."""

    @property
    def procedures(self) -> Mapping[str, ProcedureLike]: ...
    @property
    def ambiguous(self) -> Sequence[AmbiguousLike]: ...
    @property
    def life_events(self) -> Sequence[LifeEventLike]: ...
    @property
    def places(self) -> Sequence[PlaceLike]: ...


def _texts(rows: Sequence[Row], more: Iterable[str]) -> Iterator[str]:
    for row in rows:
        yield row.text
    yield from more


@dataclass(frozen=True)
class Asked:
    """A question as the index reads it: its content words, spelling set right; the telling ones among them; what each word
    weighs, and what of that is earned by a row that has it."""

    words: tuple[str, ...]
    strong: tuple[str, ...]
    weights: Mapping[str, float]
    credit: Mapping[str, float]


class SearchIndex:
    """The catalogue, ready to be searched. Built once (seconds with an encoder and no cache), then read-only."""

    def __init__(
        self, procedures: Sequence[ProcedureLike], encoder: Encoder | EncoderLoad | None = None, texts: Iterable[str] = ()
    ) -> None:
        load = encoder if isinstance(encoder, EncoderLoad) else EncoderLoad(encoder, None if encoder else "no encoder given")
        self._load = load
        self.rows = rows_of(procedures)
        self.groups = RowGroups(self.rows)
        self.lexical = LexicalIndex(self.rows)
        wordings = [(row.words, row.code) for row in self.rows if row.kind != "question"]
        self.names = NameFinder(wordings)
        self.cores = NameFinder([*wordings, *((core(words), code) for words, code in wordings)])
        self.speller = Speller(self.lexical.vocabulary, self.lexical.pairs, filler_words())
        self.restorer = MarkRestorer(_texts(self.rows, texts))
        self._dense = DenseIndex(self.rows, load.encoder, load.cache) if load.encoder and self.rows else None

    @property
    def dense_available(self) -> bool:
        """Whether sentence vectors serve beside the words."""
        return self._dense is not None

    def describe(self) -> dict[str, Any]:
        """For the health page: what serves, and why not more."""
        return {
            "procedures": len(self.groups.codes),
            "rows": len(self.rows),
            "dense": self.dense_available,
            "encoder": self._load.name,
            "reason": None if self.dense_available else self._load.reason,
        }

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
        return Asked(spelled, tuple(spelled[i] for i in sorted(strong)), weights, credit)

    def candidates(self, mention: Mention, asked: Asked) -> list[Candidate]:
        """All procedures for a question, best first."""
        total = sum(asked.weights.values()) or 1.0
        named: dict[str, float] = {}
        for found in self.cores.find(asked.words):
            words = asked.words[found.start : found.end]
            share = sum(asked.credit.get(word, 0.0) for word in set(words)) / total
            exact = self.names.exact(words)
            for code in found.codes:
                named[code] = max(named.get(code, 0.0), min(1.0, share) * (1.0 if code in exact else CORE_NAME))
        lexical = self.lexical.scores(asked.words, asked.weights, asked.credit)
        # The encoder has nothing to add where the question is one procedure's wording.
        needed = self._dense if len(self.names.exact(asked.words)) != 1 else None
        dense = needed.scores(self.restorer.restore(mention.words, marked=mention.marked)) if needed else None
        return ranked(self.groups, lexical, dense, named)


class ProcedureSearch:
    """Finds the procedure a question is about. Thread-safe once built."""

    def __init__(
        self, catalogue: CatalogueLike, encoder: Encoder | EncoderLoad | None = None, *, texts: Iterable[str] = ()
    ) -> None:
        self.index = SearchIndex(list(catalogue.procedures.values()), encoder, texts)
        known = catalogue.procedures
        self._ambiguous = {_key(row.phrase): row for row in catalogue.ambiguous}
        self._events = {
            _key(cue): tuple(code for code in event.procedures if code in known)
            for event in catalogue.life_events
            for cue in event.cues
        }
        self._places = PlaceIndex(list(catalogue.places))
        self._phrases = NameFinder((key, "") for key in (*self._ambiguous, *self._events))

    @property
    def dense_available(self) -> bool:
        """Whether sentence vectors serve beside the words."""
        return self.index.dense_available

    def describe(self) -> dict[str, Any]:
        """For the health page: what serves, and why not more."""
        return self.index.describe()

    def search(self, text: str, *, limit: int = 4) -> SearchResult:
        """Which procedure the text is about, at most ``limit`` of them. Never raises, whatever the text."""
        mention = find_mention(text, self._named, self._places)
        if not mention.strong and len(mention.content) < FEWEST_WEAK_WORDS:
            return SearchResult("none", (), "")
        asked = self.index.asked(mention)
        candidates = self.index.candidates(mention, asked)
        verdict, count = decide(candidates, self.index.names.exact(asked.words), limit)
        offered = self._offered(asked, limit, candidates[0].code if verdict == "sure" else None)
        if offered is not None:
            codes, question = offered
            return SearchResult("choose", self._hits(candidates, codes), mention.text or " ".join(asked.words), question)
        if not mention.strong:
            return self._without_name(mention, candidates, limit)
        likely = verdict == "choose" and is_likely(candidates)
        return SearchResult(verdict, self._shown(candidates[:count]), mention.text, likely=likely)

    def _without_name(self, mention: Mention, candidates: Sequence[Candidate], limit: int) -> SearchResult:
        """Many common words may still describe a matter ("con chưa có tên bố, giờ bố muốn nhận"); then one is offered, never
        taken for granted."""
        if not candidates or not describes(candidates[0]):
            return SearchResult("none", (), "")
        words = " ".join(mention.words[i].text for i in mention.content)
        return SearchResult("choose", self._shown(candidates[: min(limit, 3)]), words)

    def _named(self, words: Sequence[str]) -> frozenset[int]:
        spelled = self.index.speller.corrected(words)
        return self.index.names_in(spelled) | self._phrases.positions(spelled)

    def _offered(self, asked: Asked, limit: int, sure: str | None) -> tuple[tuple[str, ...], str | None] | None:
        """The codes to choose from where the words are a phrase that fits several, or a situation of life. Further words may
        decide between them ("làm lại bằng lái bị mất"): ``sure`` is the code they decide for."""
        row = self._ambiguous.get(asked.words) or self._ambiguous_part(asked.words)
        decided = row is not None and sure in row.codes and asked.words not in self._ambiguous
        if row is not None and not decided:
            return tuple(row.codes)[:limit], row.question
        exact = self.index.names.exact(asked.words)
        if len(exact) > 1:
            return exact[:limit], None
        if not exact and len(self._events.get(asked.words, ())) > 1:
            return self._events[asked.words][:limit], None
        return None

    def _ambiguous_part(self, words: tuple[str, ...]) -> AmbiguousLike | None:
        """The longest ambiguous phrase inside the words that is most of them, unless a name of one procedure is as long."""
        for size in range(len(words) - 1, 1, -1):
            if size < PHRASE_SHARE * len(words):
                return None
            for start in range(len(words) - size + 1):
                row = self._ambiguous.get(words[start : start + size])
                if row is not None:
                    named = max((found.end - found.start for found in self.index.names.find(words)), default=0)
                    return row if named <= size else None
        return None

    def _hits(self, candidates: Sequence[Candidate], codes: Sequence[str]) -> tuple[Hit, ...]:
        by_code = {candidate.code: candidate for candidate in candidates}
        return tuple(self._hit(by_code[code]) for code in codes if code in by_code)

    def _hit(self, candidate: Candidate) -> Hit:
        return Hit(candidate.code, round(candidate.score, 4), self.index.rows[candidate.row].text)

    def _shown(self, candidates: Sequence[Candidate]) -> tuple[Hit, ...]:
        return tuple(self._hit(candidate) for candidate in candidates)


def _key(text: str) -> tuple[str, ...]:
    return tuple(word.folded for word in words_of(text))
