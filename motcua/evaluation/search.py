"""Judging the search: acceptable codes beside the hits and the verdict."""

import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from bot.catalogue.search import ProcedureSearch
from bot.catalogue.search.result import SearchResult
from bot.language.masking import neutralise
from motcua.evaluation.figures import mean_reciprocal_rank, percentile, share
from motcua.evaluation.labelled_files import Row
from motcua.evaluation.outcomes import Figures, Judged

LIMIT = 5
NO_PROCEDURE = "(ngoài danh mục)"
_UNKNOWN = ("unknown", "none")


@dataclass(frozen=True)
class Found:
    """A search result with the time that it took."""

    result: SearchResult
    ms: float


def timed_search(search: ProcedureSearch, clock: Callable[[], float] = time.perf_counter) -> Callable[[str], Found]:
    """The search with a stop-watch, after one question that reads the tables and wakes the encoder, as in a served product."""
    search.search("đăng ký tạm trú cho người thuê nhà", limit=LIMIT)

    def find(text: str) -> Found:
        began = clock()
        result = search.search(text, limit=LIMIT)
        return Found(result, (clock() - began) * 1000)

    return find


def judged_search(row: Row, text: str, found: Found) -> Judged:
    """One row beside the result. Right: ``sure`` with a right first hit, ``choose`` with a right one among the offered, and
    for another matter ``unknown`` or ``none``."""
    codes, result = row.codes, found.result
    hits = [hit.code for hit in result.hits]
    rank = next((place for place, code in enumerate(hits, start=1) if code in codes), None)
    offered = result.verdict == "choose" and rank is not None
    named = offered or (result.verdict == "sure" and rank == 1)
    right = named or (result.verdict in _UNKNOWN and not row.in_catalogue)
    return Judged(
        line=row.line,
        text=neutralise(text),
        style=row.style,
        expected=",".join(codes if row.in_catalogue else (NO_PROCEDURE, *codes)),
        said=f"{result.verdict}: {hits[0]}" if hits and result.verdict not in _UNKNOWN else result.verdict,
        confidence=result.confidence,
        right=right,
        guess_right=rank == 1,
        wrong_confident=result.verdict == "sure" and rank != 1,
        asked_back=result.verdict == "choose",
        ms=found.ms,
        unknown=result.verdict in _UNKNOWN,
        rank=rank,
        in_catalogue=row.in_catalogue,
    )


def search_figures(answers: Sequence[Judged]) -> Figures:
    """The figures of ``motcua eval search``: recall over the queries that mean a procedure of the catalogue, rates over all."""
    count = len(answers)
    ranks = [answer.rank for answer in answers if answer.in_catalogue]
    times = [answer.ms for answer in answers]
    found = {k: sum(rank is not None and rank <= k for rank in ranks) for k in (1, 3, 5)}
    return {
        "queries": count,
        **{f"recall@{k}": share(number, len(ranks)) if ranks else None for k, number in found.items()},
        "mrr": mean_reciprocal_rank(ranks) if ranks else None,
        "wrong_confident_rate": share(sum(answer.wrong_confident for answer in answers), count),
        "ask_back_rate": share(sum(answer.asked_back for answer in answers), count),
        "unknown_rate": share(sum(answer.unknown for answer in answers), count),
        "p50_ms": percentile(times, 50),
        "p95_ms": percentile(times, 95),
    }


def unknown_codes(rows: Sequence[Row], known: Collection[str]) -> dict[str, int]:
    """The codes that the catalogue does not have, with how many rows carry them."""
    codes = [code for row in rows for code in row.codes if code not in known]
    return {code: codes.count(code) for code in sorted(set(codes))}
