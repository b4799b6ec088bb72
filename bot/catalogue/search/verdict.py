"""When the first candidate is answered, when the citizen is asked, when the assistant says that it does not know.

Answering about the wrong procedure is the worst error: ``sure`` needs a well covered question, a clear margin, and no other
procedure that covers more. The thresholds were set on ``data/eval/search_dev.tsv``, frozen, and then checked on
``data/eval/search_test.tsv``. Cosines of the embedded encoder are narrow (unrelated pairs reach 0.89), so a cosine only ever
adds a condition; without an encoder these conditions fall away.
"""

from collections.abc import Sequence

from bot.catalogue.search.ranking import Candidate
from bot.catalogue.search.result import Verdict

SURE_COVERED, SURE_BALANCE, SURE_MARGIN = 0.75, 0.6, 0.10
NAMED_SHARE, NAMED_MARGIN = 0.52, 0.06
PARTLY_NAMED_SHARE, PARTLY_NAMED_MARGIN = 0.40, 0.30
SURE_SIMILARITY = 0.885
CHOOSE_COVERED, CHOOSE_NAMED, CHOOSE_SIMILARITY = 0.40, 0.25, 0.875
# A close sentence vector makes up for words that the catalogue does not have.
CLOSE_SIMILARITY, CLOSE_COVERED = 0.895, 0.28
DESCRIBED = 0.6
NEAR = 0.25
LIKELY_COVERED = 0.55
LIKELY_MARGIN = 0.10
COVERS_MORE = 0.08


def decide(candidates: Sequence[Candidate], exact: Sequence[str], limit: int) -> tuple[Verdict, int]:
    """The verdict, and how many of the candidates to show. ``exact``: the codes whose wording is the whole question."""
    if not candidates:
        return "unknown", 0
    if tuple(exact) == (candidates[0].code,) or _clear(candidates):
        return "sure", limit
    if _worth_offering(candidates[0]):
        return "choose", _near(candidates, limit)
    return "unknown", limit


def describes(candidate: Candidate) -> bool:
    """Whether common words alone describe this procedure."""
    similar = candidate.similarity is None or candidate.similarity >= SURE_SIMILARITY
    return candidate.balance >= DESCRIBED and similar


def _clear(candidates: Sequence[Candidate]) -> bool:
    first = candidates[0]
    if first.similarity is not None and first.similarity < SURE_SIMILARITY:
        return False
    # "sửa tên trong giấy khai sinh" names the birth certificate, but is about a correction.
    if any(other.covered > first.covered + COVERS_MORE for other in candidates[1:]):
        return False
    margin = first.score - (candidates[1].score if len(candidates) > 1 else 0.0)
    named = first.named >= NAMED_SHARE and margin >= NAMED_MARGIN
    partly_named = first.named >= PARTLY_NAMED_SHARE and margin >= PARTLY_NAMED_MARGIN
    covered = first.covered >= SURE_COVERED and first.balance >= SURE_BALANCE and margin >= SURE_MARGIN
    return named or partly_named or covered


def _worth_offering(first: Candidate) -> bool:
    fits = first.covered >= CHOOSE_COVERED or first.named >= CHOOSE_NAMED
    if first.similarity is None:
        return fits
    if fits and first.similarity >= CHOOSE_SIMILARITY:
        return True
    return first.similarity >= CLOSE_SIMILARITY and first.covered >= CLOSE_COVERED


def _near(candidates: Sequence[Candidate], limit: int) -> int:
    """How many of the first are near enough to be offered: two at least."""
    near = sum(candidate.score >= candidates[0].score - NEAR for candidate in candidates[:limit])
    return min(limit, max(2, near))


def is_likely(candidates: Sequence[Candidate]) -> bool:
    """Whether the first of several candidates is far enough ahead to be answered with the others offered beside it."""
    first, second = candidates[0], candidates[1].score if len(candidates) > 1 else 0.0
    return first.covered >= LIKELY_COVERED and first.score - second >= LIKELY_MARGIN
