"""From a turn to the questions in it: which facet, about which procedure, in the order asked."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.catalogue.search import Hit, SearchResult
from bot.dialogue.agencies import agencies_in, asks_hours, asks_whether_it_is_there, without_offices
from bot.dialogue.corrections import without_denied
from bot.dialogue.facet_words import ASKS_LITTLE, asked_facets, closing_facets, named_facets, only_names_facets
from bot.dialogue.facets import FACET_OF_INTENT, FALLBACK, OVERVIEW, SMALL_TALK
from bot.dialogue.services import Search, Services
from bot.dialogue.sureness import SURE
from bot.dialogue.turn import Clause, Turn
from bot.dialogue.words_alone import search_for
from bot.language.normalise import fold, fold_in_place, nfc

MAX_QUESTIONS = 4
"""More questions than this in one message are not answered one by one."""

SURE_FACET = 0.5
"""Below this a facet that no word asks for is rather a part of a story."""

LONG_STORY = 20
"""A clause of more words than this is a story in itself: its parts are looked at one by one."""

_PARTS = re.compile(r"[,;:.!?\n]+")
_ELLIPTIC = re.compile(r"^\W*(?:da\W+)?(?:the con|vay con|the|con|vay thi|vay)\b|\bthi sao\W*$|\bthi the nao\W*$")
_CODE = re.compile(r"(?<![\d.])\d\.\d{6}(?!\d)")
_PURPOSE = re.compile(r"\s(?:để|de)\s", re.IGNORECASE)
_AND = re.compile(r"(?<!\w)(?:va|voi|vs|cung voi|cung)(?!\w)|[,&+]")
_UNCLEAR = frozenset({FALLBACK, "inform", "find_procedure", "out_of_scope", "give_feedback", "affirm", "deny", "ask_payment"})
_ABOUT_OFFICE = frozenset(
    {FALLBACK, "inform", "out_of_scope", "ask_new_place", "ask_working_hours", "ask_conditions", "affirm", "deny",
     "find_procedure", "bot_challenge", "ask_online_level", "ask_capabilities"}
)  # fmt: skip
"""Intents under which a message that names an office asks where something is done."""
_ONLINE = re.compile(r"\b(?:online|onl|mang|truc tuyen|web|vneid)\b")
_WAY_BACK = re.compile(
    r"^\W*(?:(?:thoi|a|u|uh|ok|the|gio|minh|em|toi|cho)\W+)*(?:quay|tro|lui) (?:lai|ve)"
    r"(?: (?:voi|cai|vu|viec|chuyen|thu tuc))*\s+"
)
_AND_WHAT_OF = re.compile(r"\bthi sao\W*$")
_BACK = re.compile(r"\b(?:(?:quay|tro|lui) (?:lai|ve)|luc nay|vua nay|thu tuc truoc|cai truoc|viec truoc|(?:ban|hoi|khi) nay)\b")


@dataclass(frozen=True)
class Question:
    """One thing asked. ``facet`` is None where the intent is not about a procedure; ``code`` is the procedure once known.
    ``tells``: the clause asks nothing by its words and the engine saw no errand in it: a part of a story."""

    intent: str
    facet: str | None
    text: str
    found: SearchResult
    code: str | None = None
    tells: bool = False

    @property
    def about_procedure(self) -> bool:
        """Whether a procedure is needed to answer."""
        return self.facet is not None


def is_elliptic(text: str) -> bool:
    """Whether the clause leans on the one before it ("thế còn khai tử thì sao")."""
    return bool(_ELLIPTIC.search(fold(text)))


def goes_back(text: str) -> bool:
    """Whether the citizen returns to the procedure before the present one."""
    return bool(_BACK.search(fold(text)))


def questions_of(turn: Turn, services: Services) -> list[Question]:
    """The questions of a turn in order; small talk beside a question is dropped. At least one, at most ``MAX_QUESTIONS``."""
    clauses = turn.clauses or (Clause(turn.text, turn.intent, turn.confidence),)
    asked = [question for clause in clauses for question in _questions(clause, services)]
    telling = [
        q
        for q in asked
        if q.intent not in SMALL_TALK and not (q.intent == FALLBACK and q.facet is None and q.found.verdict == "none")
    ]
    kept = _without_bare_names(_without_stories(telling)) or asked[:1]
    return kept[:MAX_QUESTIONS]


def _questions(clause: Clause, services: Services) -> list[Question]:
    """One question, or one a facet where the clause lists facets by their nouns, or one a procedure where it joins two."""
    text = clause.text
    about = without_denied(_without_way_back(without_offices(text, services)))
    office = _asks_about_office(clause, services)
    if office and asks_whether_it_is_there(text):
        return [Question("ask_place", "place", text, SearchResult("none", (), ""))]
    may_ask = clause.intent in FACET_OF_INTENT or clause.intent in ("find_procedure", "inform", FALLBACK)
    if may_ask and (parts := two_matters(about, services.search)):
        return [_question(clause, part, found, asks_office=office) for part, found in parts]
    found = _search_object(about, search_for(clause, services.search))
    own = FACET_OF_INTENT.get(clause.intent)
    named = named_facets(text, found.mention)
    only_facets = only_names_facets(text, found.mention)
    lists = len(named) > 1 and (only_facets or own in named or (own is None and clause.intent in _UNCLEAR))
    if own is None and only_facets and found.verdict == "none":
        named = named or tuple(facet for facet in asked_facets(text) if facet not in ASKS_LITTLE)
        lists = lists or bool(named)
    if lists:
        return [Question(clause.intent, facet, text, found) for facet in named]
    return [_question(clause, text, found, asks_office=office)]


def _without_way_back(text: str) -> str:
    """ "quay lại cái căn cước" → "căn cước": the way back is no word of the matter ("cấp lại căn cước")."""
    match = _WAY_BACK.match(fold_in_place(text))
    return text[match.end() :] if match else text


def two_matters(text: str, search: Search) -> list[tuple[str, SearchResult]]:
    """The two or more matters that one clause joins ("khai sinh với kết hôn cần gì"), each with its words; empty where the
    whole is one matter, or only one side names any."""
    text = nfc(text)
    joints = [
        joint
        for joint in _AND.finditer(fold_in_place(text))
        if search.named(text[: joint.start()]) and search.named(text[joint.end() :])
    ]
    if joints:
        search.read_ahead((text, *(text[: joint.start()].strip() for joint in joints)))
    whole = search.search(text) if joints else None
    for joint in joints:
        left, right = text[: joint.start()].strip(), text[joint.end() :].strip()
        first = search.search(left)
        if whole is None or not _strong(first):
            continue
        second = search.search(right)
        if _strong(second) and not _one_matter(whole, first, second):
            return [(left, first), *(two_matters(right, search) or [(right, second)])]
    return []


def _one_matter(whole: SearchResult, first: SearchResult, second: SearchResult) -> bool:
    """Whether both sides are one matter, or parts of the whole ("liên thông khai sinh, thường trú")."""
    firsts = {first.hits[0].code, second.hits[0].code}
    listed = {hit.code for side in (first, second) if side.question for hit in side.hits}
    return len(firsts) == 1 or (whole.verdict == "sure" and whole.hits[0].code in listed)


def _strong(found: SearchResult) -> bool:
    """Whether words name a matter by themselves: one procedure, or a name that the catalogue knows to have several."""
    return found.verdict == "sure" or (found.verdict == "choose" and found.question is not None)


def _search_object(text: str, search: Search) -> SearchResult:
    """What the text is about: "giấy độc thân để kết hôn" is about the paper, not about what it is for; a procedure's code is
    the procedure."""
    if code := _CODE.search(text):
        return SearchResult("sure", (Hit(code.group(), 1.0, code.group()),), code.group())
    if len(text.split()) > LONG_STORY:
        return _story_object(text, search)
    if purpose := _PURPOSE.search(text):
        before = search.search(text[: purpose.start()])
        if before.verdict == "sure":
            return before
    return _named_at_least(search.search(text))


def _story_object(text: str, search: Search) -> SearchResult:
    """What the last part of a long text names by its own words: the story around it leads the search astray. It may decide
    between what that part leaves open ("tôi 78 tuổi, …, muốn xin trợ cấp")."""
    # Most parts name nothing: that is known without the dear half of a search.
    parts = [part for part in reversed(_PARTS.split(text)) if search.named(part)]
    search.read_ahead((text, *parts))
    whole = search.search(text)
    for part in parts:
        found = search.search(part)
        codes = {hit.code for hit in found.hits}
        plain = found.verdict == "sure" or found.likely or found.question is not None
        if plain and found.named & codes:
            return whole if whole.verdict == "sure" and whole.hits[0].code in codes else found
    return whole


def _named_at_least(found: SearchResult) -> SearchResult:
    """Names of the catalogue in words that seem to be about something else are offered."""
    hits = tuple(hit for hit in found.hits if hit.code in found.named)
    return replace(found, verdict="choose", hits=hits, likely=False) if found.verdict == "unknown" and hits else found


def _question(clause: Clause, text: str, found: SearchResult, *, asks_office: bool) -> Question:
    if asks_office:
        return Question("ask_place", "place", text, found)
    facet = _facet(clause, text, found)
    if facet == "steps" and is_elliptic(text) and _AND_WHAT_OF.search(fold(text)):
        # "thế khai tử thì sao" asks the same as before about something else, and not how it is done.
        return Question("find_procedure", OVERVIEW, text, found)
    return Question(clause.intent, facet, text, found, tells=_tells(clause, text, found))


def _facet(clause: Clause, text: str, found: SearchResult) -> str | None:
    """What is asked: the engine's facet, and where it was not sure, the one that the words ask plainly."""
    facet = FACET_OF_INTENT.get(clause.intent)
    names_one = found.verdict in ("sure", "choose")
    ours = clause.intent != "out_of_scope" or found.verdict == "sure"
    if clause.confidence < SURE and ours and (facet or clause.intent in _UNCLEAR):
        plain = closing_facets(text, found.mention)
        if len(plain) == 1 and (plain[0] not in ASKS_LITTLE or (facet is None and names_one)):
            facet = plain[0]
    if facet is None and names_one and clause.intent in ("find_procedure", "inform", "affirm", FALLBACK):
        facet = OVERVIEW
    if facet is None and (clause.intent == "find_procedure" or (names_one and clause.intent == "start_over" and goes_back(text))):
        facet = OVERVIEW
    return facet


def _tells(clause: Clause, text: str, found: SearchResult) -> bool:
    """Whether the clause is a part of a story and no question: see ``Question.tells``."""
    unsure = clause.confidence < SURE if clause.intent not in FACET_OF_INTENT else clause.confidence < SURE_FACET
    return (unsure or clause.intent == "inform") and not asked_facets(text, found.mention)


def _asks_about_office(clause: Clause, services: Services) -> bool:
    """Whether the clause asks if an office is the right one, or what became of it."""
    named = next(iter(agencies_in(clause.text, services)), None)
    if (
        named is None
        or not named.is_office
        or FACET_OF_INTENT.get(clause.intent, "conditions") not in ("conditions", "online_level")
    ):
        return False
    if clause.intent not in _ABOUT_OFFICE and clause.confidence >= SURE:
        return False
    if clause.intent == "ask_working_hours" and asks_hours(clause.text) and not asks_whether_it_is_there(clause.text):
        return False
    if clause.intent == "ask_online_level" and _ONLINE.search(fold(clause.text)):
        return False
    asks = clause.intent in ("ask_conditions", "ask_online_level", FALLBACK) or is_elliptic(clause.text)
    return named.former is not None or asks


def _without_stories(questions: Sequence[Question]) -> list[Question]:
    """Beside a facet that is asked plainly the clauses that only tell are no questions. What they surely name is what is asked
    about, where the question itself names nothing."""
    kept = [question for question in questions if not question.tells]
    if all(question.facet in (None, OVERVIEW) for question in kept):
        return list(questions)
    told = [
        q.found for q in questions if q.tells and (q.found.verdict == "sure" or (q.found.verdict == "choose" and q.found.named))
    ]
    if not told or any(question.found.verdict in ("sure", "choose") for question in kept):
        return kept
    best = next((found for found in told if found.verdict == "sure"), told[-1])
    return [replace(question, found=best) if question.about_procedure else question for question in kept]


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
