"""The search by words alone, for what is asked about something else than a procedure."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.catalogue.search import SearchResult
from bot.dialogue.facets import GUIDES
from bot.dialogue.services import Search
from bot.dialogue.sureness import SURE
from bot.dialogue.turn import Clause

_ANSWERED_BY_PROCEDURE = frozenset({"authorise_someone", "start_over"})
"""Guides that go on with the procedure that is named beside them."""


@dataclass(frozen=True)
class WordsAlone:
    """A search that asks for no sentence vector. Fits ``Search``."""

    whole: Search

    def search(self, text: str, *, limit: int = 4, words_alone: bool = True) -> SearchResult:
        """What the words of the text name."""
        del words_alone
        return self.whole.search(text, limit=limit, words_alone=True)

    def read_ahead(self, texts: Iterable[str]) -> None:
        """Nothing is read for words."""

    def named(self, text: str) -> frozenset[str]:
        """See ``Search.named``."""
        return self.whole.named(text)


def search_for(clause: Clause, search: Search) -> Search:
    """The search that tells what a clause is about. Where it surely asks for a guide, the guide answers it; a procedure is only
    remembered from it, and its words name that one or nothing does."""
    needs_none = clause.intent in GUIDES - _ANSWERED_BY_PROCEDURE and clause.confidence >= SURE
    return WordsAlone(search) if needs_none else search
