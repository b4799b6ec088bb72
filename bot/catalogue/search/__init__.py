"""Search over the catalogue: words first, sentence vectors beside them, and an honest verdict."""

from bot.catalogue.search.index import SearchIndex
from bot.catalogue.search.procedure_search import ProcedureSearch
from bot.catalogue.search.result import Hit, SearchResult, Verdict

__all__ = ["Hit", "ProcedureSearch", "SearchIndex", "SearchResult", "Verdict"]
