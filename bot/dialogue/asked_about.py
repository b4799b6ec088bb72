"""Which procedure each question of a turn is about: the one it names, one named beside it, or the one spoken of so far.

A question that names another matter is never answered about the present procedure: it is answered about the named one, or asked
about.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.catalogue.schema import Procedure
from bot.dialogue.context import belongs, is_circumstance
from bot.dialogue.facets import OVERVIEW
from bot.dialogue.papers import asks_about_paper
from bot.dialogue.questions import Question, goes_back, is_elliptic
from bot.dialogue.turn import DialogueState
from bot.language.normalise import fold

STRAY_WORDS = 1
"""A mention of this many words that fits nothing is noise beside a known procedure, not another matter."""

LIKELY = 0.6
"""Below this a likely procedure that is not named by its own words is offered and not answered."""

_ERRAND = re.compile(r"^(?:cap|lam|xin|dang ky|doi|mua|xoa|huy|gia han|thanh lap|mo)\b(?! (?:o|tai|viec)\b)")


def with_procedures(
    questions: Sequence[Question], state: DialogueState, current: Procedure | None, *, doubted: bool = False
) -> list[Question]:
    """Gives each question its procedure: its own mention, else the one before it in the message, else the one after it,
    else the procedure spoken of so far (``current``). A question that names something unclear keeps ``code`` None.
    ``doubted``: perhaps the message is about no procedure at all; then a likely one must be named by its own words."""
    questions = [_on_paper(q) if current and asks_about_paper(q.text) else q for q in questions]
    inside = [_inside(q, current) for q in questions]
    sure = [None if within else _named_code(q, state, doubted) for q, within in zip(questions, inside, strict=True)]
    result = []
    for index, question in enumerate(questions):
        code = sure[index] or _code_of_unclear(question, state)
        if inside[index]:
            code = state.procedure_code
        if code is None and question.about_procedure and _silent(question, state):
            unclear_before = any(q.found.verdict == "choose" and not c for q, c in zip(questions[:index], sure, strict=False))
            earlier = [c for c in sure[:index] if c]
            later = [c for c in sure[index + 1 :] if c]
            if not unclear_before:
                code = earlier[-1] if earlier else later[0] if later else state.procedure_code
        result.append(replace(question, code=code))
    return result


def _on_paper(question: Question) -> Question:
    """A question on a paper that the engine took for a name or for nothing asks about the papers."""
    return replace(question, facet="documents") if question.facet in (None, OVERVIEW, "steps") else question


def _named_code(question: Question, state: DialogueState, doubted: bool) -> str | None:
    """The procedure that the clause names, surely or so likely that it is answered with the others offered. While one is being
    spoken of, a likely one must be named by its own words: "trễ mất 3 tháng rồi" is likelier a detail of the present one."""
    found = question.found
    if found.verdict == "sure":
        return found.hits[0].code
    if not found.likely:
        return None
    first = found.hits[0].code
    if first in found.named:
        turns = state.procedure_code not in found.named
    else:
        turns = state.procedure_code is None and not (doubted or found.named) and found.confidence >= LIKELY
    return first if turns and (state.pending is None or first in found.named) else None


def _inside(question: Question, current: Procedure | None) -> bool:
    """Whether the words that seem to name a matter are a paper or a circumstance within the procedure being spoken of."""
    if current is None or not question.about_procedure:
        return False
    if asks_about_paper(question.text):
        return True
    found = question.found
    if question.facet == OVERVIEW or is_elliptic(question.text) or found.verdict == "none":
        return False
    if is_circumstance(found.mention) and belongs(found.mention, current):
        return found.verdict == "sure" or found.question is None
    if found.verdict not in ("choose", "unknown") or found.question or not belongs(found.mention, current):
        return False
    # "lệ phí khai sinh trễ hạn" names another matter, though a birth certificate is a paper of the present one too.
    if found.named and current.code not in found.named:
        return False
    errand = found.verdict == "choose" and _ERRAND.match(fold(found.mention)) is not None
    return not (errand and current.code not in {hit.code for hit in found.hits})


def _code_of_unclear(question: Question, state: DialogueState) -> str | None:
    """Several procedures fit, and one of them is the present one: it is meant, unless the clause turns elsewhere. Who goes back,
    or turns to another ("thế căn cước thì sao?"), means the one that was spoken of."""
    found = question.found
    if found.verdict != "choose":
        return None
    fitting = {hit.code for hit in found.hits}
    if goes_back(question.text):
        spoken_of = (state.procedure_code, *state.previous_codes)
        return next((code for code in spoken_of if code in fitting), None)
    if is_elliptic(question.text):
        return next((code for code in state.previous_codes if code in fitting), None)
    elsewhere = found.named and state.procedure_code not in found.named
    return state.procedure_code if state.procedure_code in fitting and not elsewhere else None


def _silent(question: Question, state: DialogueState) -> bool:
    """Whether the clause names no matter of its own."""
    stray = question.found.verdict == "unknown" and len(question.found.mention.split()) <= STRAY_WORDS
    return question.found.verdict == "none" or (stray and state.procedure_code is not None)
