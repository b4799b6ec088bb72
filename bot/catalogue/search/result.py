"""What a search says."""

from dataclasses import dataclass
from typing import Literal

Verdict = Literal["none", "sure", "choose", "unknown"]


@dataclass(frozen=True)
class Hit:
    """A procedure that fits: ``score`` between 0 and 1, ``name`` what people call its matter."""

    code: str
    score: float
    name: str


@dataclass(frozen=True)
class SearchResult:
    """``none``: the text names no matter; ``sure``: the first hit is meant; ``choose``: one of the hits, ask which
    (``question`` holds the catalogue's own question, if it has one); ``unknown``: it names something else.

    ``likely`` (with ``choose`` only): the first hit is so far ahead that it may be answered if the others are offered too.
    ``confidence``: the probability that the first hit is meant, as learnt from written questions.
    ``named``: the codes whose name, alias or shared phrase stands whole in the words, whatever else they say.
    ``mention``: the words that name the matter. ``hits`` best first; also filled for ``sure``, empty for ``none``."""

    verdict: Verdict
    hits: tuple[Hit, ...]
    mention: str
    question: str | None = None
    likely: bool = False
    confidence: float = 0.0
    named: frozenset[str] = frozenset()
