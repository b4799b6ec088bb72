"""From a turn to the questions in it: which facet, about which procedure, in the order asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.catalogue.schema import Procedure
from bot.catalogue.search import Hit, SearchResult
from bot.dialogue.context import belongs, is_circumstance
from bot.dialogue.facet_words import named_facets, only_names_facets
from bot.dialogue.facets import FACET_OF_INTENT, FALLBACK, OVERVIEW, SMALL_TALK
from bot.dialogue.services import Search
from bot.dialogue.turn import Clause, DialogueState, Turn
from bot.language.normalise import fold

MAX_QUESTIONS = 4
"""More questions than this in one message are not answered one by one."""

STRAY_WORDS = 1
"""A mention of this many words that fits nothing is noise beside a known procedure, not another matter."""

_NEGATED = re.compile(
    r"^\W*(?:khong phai|ko phai|k phai|khong phai la|dau phai)\b(?P<what>[^,.;]*)[,.;]+(?P<rest>.+)$", re.DOTALL
)
_ELLIPTIC = re.compile(r"^\W*(?:da\W+)?(?:the con|vay con|the|con|vay thi|vay)\b|\bthi sao\W*$|\bthi the nao\W*$")
_CODE = re.compile(r"(?<![\d.])\d\.\d{6}(?!\d)")
_PURPOSE = re.compile(r"\s(?:để|de)\s", re.IGNORECASE)
_UNCLEAR = frozenset({FALLBACK, "inform", "find_procedure", "out_of_scope", "give_feedback", "affirm", "deny", "ask_payment"})
_BACK = re.compile(r"\b(?:quay lai|luc nay|vua nay|thu tuc truoc|cai truoc|viec truoc|ban nay)\b")


@dataclass(frozen=True)
class Question:
    """One thing asked. ``facet`` is None where the intent is not about a procedure; ``code`` is the procedure once known."""

    intent: str
    facet: str | None
    text: str
    found: SearchResult
    code: str | None = None

    @property
    def about_procedure(self) -> bool:
        """Whether a procedure is needed to answer."""
        return self.facet is not None


def without_negated_part(text: str) -> str:
    """ "không phải căn cước, hộ chiếu cơ" → "hộ chiếu cơ": what the citizen does not mean is no mention of a procedure."""
    match = _NEGATED.match(fold(text))
    return text[match.start("rest") :].strip() if match and len(fold(text)) == len(text) else text


def is_elliptic(text: str) -> bool:
    """Whether the clause leans on the one before it ("thế còn khai tử thì sao")."""
    return bool(_ELLIPTIC.search(fold(text)))


def goes_back(text: str) -> bool:
    """Whether the citizen returns to the procedure before the present one."""
    return bool(_BACK.search(fold(text)))


def questions_of(turn: Turn, search: Search) -> list[Question]:
    """The questions of a turn in order; small talk beside a question is dropped. At least one, at most ``MAX_QUESTIONS``."""
    clauses = turn.clauses or (Clause(turn.text, turn.intent, turn.confidence),)
    asked = [question for clause in clauses for question in _questions(clause, search)]
    telling = [
        q
        for q in asked
        if q.intent not in SMALL_TALK and not (q.intent == FALLBACK and q.facet is None and q.found.verdict == "none")
    ]
    kept = _without_bare_names(telling) or asked[:1]
    return kept[:MAX_QUESTIONS]


def _questions(clause: Clause, search: Search) -> list[Question]:
    """One question, or one a facet where the clause lists facets by their nouns."""
    text = without_negated_part(clause.text)
    found = _search_object(text, search)
    own = FACET_OF_INTENT.get(clause.intent)
    named = named_facets(text, found.mention)
    only_facets = only_names_facets(text, found.mention)
    lists = len(named) > 1 and (only_facets or own in named or (own is None and clause.intent in _UNCLEAR))
    bare = bool(named) and only_facets and own is None and found.verdict == "none"
    if lists or bare:
        return [Question(clause.intent, facet, text, found) for facet in named]
    return [_question(clause, text, found)]


def _search_object(text: str, search: Search) -> SearchResult:
    """What the text is about: "giấy độc thân để kết hôn" is about the paper, not about what it is for; a procedure's code is
    the procedure."""
    if code := _CODE.search(text):
        return SearchResult("sure", (Hit(code.group(), 1.0, code.group()),), code.group())
    purpose = _PURPOSE.search(text)
    if purpose:
        before = search.search(text[: purpose.start()])
        if before.verdict == "sure":
            return before
    return search.search(text)


def _question(clause: Clause, text: str, found: SearchResult) -> Question:
    facet = FACET_OF_INTENT.get(clause.intent)
    names_one = found.verdict in ("sure", "choose")
    if facet is None and names_one and clause.intent in ("find_procedure", "inform", "deny", "affirm", FALLBACK):
        facet = OVERVIEW
    if facet is None and clause.intent == "find_procedure":
        facet = OVERVIEW
    return Question(clause.intent, facet, text, found)


def _without_bare_names(questions: Sequence[Question]) -> list[Question]:
    """A clause that only names a procedure gives it to the question that follows and is no question of its own.

    The name moves on: "tôi muốn làm khai sinh cho con. cần giấy tờ gì?" is one question about birth registration."""
    kept: list[Question] = []
    named: SearchResult | None = None
    for index, question in enumerate(questions):
        if named and question.about_procedure and question.found.verdict == "none":
            question = replace(question, found=named)
        named = None
        following = questions[index + 1] if index + 1 < len(questions) else None
        if question.facet == OVERVIEW and question.found.verdict in ("sure", "choose") and _leans(following):
            named = question.found
        elif question.facet != OVERVIEW or question.found.verdict in ("sure", "choose") or len(questions) == 1:
            kept.append(question)
    return kept


def _leans(question: Question | None) -> bool:
    return question is not None and question.about_procedure and question.found.verdict == "none"


def with_procedures(questions: Sequence[Question], state: DialogueState, current: Procedure | None) -> list[Question]:
    """Gives each question its procedure: its own mention, else the one before it in the message, else the one after it,
    else the procedure spoken of so far (``current``). A question that names something unclear keeps ``code`` None."""
    inside = [_inside(q, current) for q in questions]
    sure = [None if within else _named_code(q) for q, within in zip(questions, inside, strict=True)]
    result = []
    for index, question in enumerate(questions):
        code = sure[index] or _code_of_unclear(question, state)
        if inside[index]:
            code = state.procedure_code
        if code is None and question.about_procedure and _silent(question, state):
            unclear_before = any(q.found.verdict == "choose" for q in questions[:index])
            earlier = [c for c in sure[:index] if c]
            later = [c for c in sure[index + 1 :] if c]
            if not unclear_before:
                code = earlier[-1] if earlier else later[0] if later else state.procedure_code
        result.append(replace(question, code=code))
    return result


def _named_code(question: Question) -> str | None:
    """The procedure that the clause names, surely or so likely that it is answered with the others offered."""
    found = question.found
    return found.hits[0].code if found.verdict == "sure" or found.likely else None


def _inside(question: Question, current: Procedure | None) -> bool:
    """Whether the words that seem to name a matter are a circumstance within the procedure being spoken of."""
    if current is None or not question.about_procedure or question.facet == OVERVIEW or is_elliptic(question.text):
        return False
    if question.found.verdict == "sure":
        return is_circumstance(question.found.mention) and belongs(question.found.mention, current)
    return (
        question.found.verdict in ("choose", "unknown")
        and not question.found.question
        and belongs(question.found.mention, current)
    )


def _code_of_unclear(question: Question, state: DialogueState) -> str | None:
    """Several procedures fit, and one of them is the present one: it is meant, unless the clause turns elsewhere."""
    if question.found.verdict != "choose" or is_elliptic(question.text):
        return None
    return state.procedure_code if state.procedure_code in {hit.code for hit in question.found.hits} else None


def _silent(question: Question, state: DialogueState) -> bool:
    """Whether the clause names no matter of its own."""
    stray = question.found.verdict == "unknown" and len(question.found.mention.split()) <= STRAY_WORDS
    return question.found.verdict == "none" or (stray and state.procedure_code is not None)
