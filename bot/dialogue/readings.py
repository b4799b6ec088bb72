"""Words with several meanings ("kt", "tt", "mất giấy tờ"): asked about where the meaning decides what is answered."""

import re
from dataclasses import replace

from bot.catalogue.search import SearchResult
from bot.dialogue.choices import chosen_option
from bot.dialogue.facets import FACET_OF_INTENT, FALLBACK, SMALL_TALK
from bot.dialogue.places import open_place
from bot.dialogue.questions import two_matters
from bot.dialogue.services import Services
from bot.dialogue.turn import Clause, DialogueState, Pending, Reply, Turn
from bot.language.collisions import Undecided, undecided
from bot.language.normalise import fold, fold_in_place, nfc
from bot.messages import BotMessage, Button

MAX_BUTTONS = 4

SURE_INTENT = 0.7

_OF_LEVELS = re.compile(r"^(?:muc|cap)(?: do)? [34]$")
"""Levels are answered with both meanings told (``procedures.names_old_level``)."""

_TOKEN_KEPT = frozenset({"sang ten", "giay phep kinh doanh", "dang ky kinh doanh"})
"""Phrases that the reading is put behind; others it stands for: "kt" → "khai tử", "mất giấy tờ" → "mất căn cước"."""
_LOST = re.compile(r"^mat(?: het)? giay")

_WISH = re.compile(r"\bthi (?:\w+ ){0,2}?(lam|xin|dang ky|cap|doi)\b")
"""What somebody wants to do, after what they tell of themselves."""

INTENT_OF_READING = {"mã hồ sơ": "check_status", "mã tra cứu": "check_status"}
"""Readings that are an errand of their own, whatever was asked with them."""

_VAGUE = frozenset({FALLBACK, "inform", "find_procedure", "out_of_scope", "bot_challenge", "greet", "affirm"})


def with_reading(text: str, token: str, reading: str) -> str:
    """The text as it reads with one meaning of the token."""
    plain = reading.replace("(", "").replace(")", "")
    if fold(token) in _TOKEN_KEPT:
        plain = f"{token} {plain}"
    elif _LOST.match(fold(token)):
        plain = f"mất {plain}"
    text = nfc(text)
    found = _place_in(text, token)
    return text[: found.start()] + plain + text[found.end() :] if found else f"{text} {plain}"


def _place_in(text: str, token: str) -> re.Match[str] | None:
    """Where a word or phrase stands in a composed text, with or without marks."""
    return re.search(rf"(?<!\w){re.escape(fold_in_place(nfc(token)))}(?!\w)", fold_in_place(text))


def ask_reading(turn: Turn, state: DialogueState, services: Services) -> Reply | None:
    """The one question about a word with several meanings, or None where none of them decides anything."""
    for found in undecided(turn.text):
        if _decides(found, turn, state, services):
            return _asked(found, turn, state, services)
    return None


def _asked(found: Undecided, turn: Turn, state: DialogueState, services: Services) -> Reply:
    readings = found.readings
    if len(readings) > MAX_BUTTONS:
        # Those that name a matter of the catalogue come first; the others can be typed.
        named = [r for r in readings if _codes(services.search.search(with_reading(turn.text, found.token, r)))]
        readings = tuple(dict.fromkeys((*named, *readings)))[:MAX_BUTTONS]
    buttons = tuple(Button(reading[:1].upper() + reading[1:], "inform", {"procedure_mention": reading}) for reading in readings)
    waiting = state.pending.facets if state.pending and state.pending.kind == "procedure" else ()
    asked = turn.clauses or (Clause(turn.text, turn.intent, turn.confidence),)
    pending = Pending("reading", {r: r for r in found.readings}, waiting, asked, found.token)
    return Reply((BotMessage(found.question, kind="question", buttons=buttons),), state.evolve(pending=pending, misses=0))


def _decides(found: Undecided, turn: Turn, state: DialogueState, services: Services) -> bool:
    """Whether the readings lead to different answers, and nothing else in the message or the talk says which is meant."""
    if _OF_LEVELS.match(fold(found.token)) or _is_place(found, turn.text, services):
        return False
    clause = _clause_of(found, turn)
    # "sang tên và đăng ký kết hôn": each side for itself.
    sides = [side for side, _ in two_matters(clause.text, services.search)]
    text = next((side for side in sides if _stands_in(found.token, side)), clause.text)
    own = services.search.search(text)
    if own.question:
        return False
    read = [with_reading(text, found.token, reading) for reading in found.readings]
    services.search.read_ahead(read)
    results = [services.search.search(one) for one in read]
    if " " not in found.token.strip() and own.verdict == "sure":
        # "khai sinh đk": clear whatever is meant. "hk cho con mới sinh": one meaning is surely another matter.
        return any(result.verdict == "sure" and result.hits[0].code != own.hits[0].code for result in results)
    if _asks_about_another(found, clause, text, services):
        return False
    firsts = [_codes(result)[:1] for result in results]
    if (state.procedure_code,) in firsts:
        return False
    if not any(firsts):
        vague = clause.intent in _VAGUE or clause.confidence < SURE_INTENT
        return vague and own.verdict in ("none", "unknown")
    return len(set(firsts)) > 1


def _asks_about_another(found: Undecided, clause: Clause, text: str, services: Services) -> bool:
    """Whether the word only tells of the citizen, and what they want to do follows: "hộ khẩu ở Yên Thế thì làm giấy khai sinh ở
    đâu". "hộ khẩu cho con thì cần giấy khai sinh không" still asks about the word."""
    if clause.intent not in FACET_OF_INTENT or clause.confidence < SURE_INTENT:
        return False
    text = nfc(text)
    told = _place_in(text, found.token)
    wish = _WISH.search(fold_in_place(text), told.end()) if told else None
    if wish is None:
        return False
    wished = text[wish.start(1) :]
    # Words alone tell whether anything is named; only then a search is worth its price.
    named = services.search.named(wished)
    return bool(named) and not named.isdisjoint(_codes(services.search.search(wished))[:1])


def _is_place(found: Undecided, text: str, services: Services) -> bool:
    """Whether the words name a place or an agency: these have questions of their own."""
    begin, end = found.span
    place = open_place(text, services)
    spans = [(place.start, place.end)] if place else []
    spans += [(match.start, match.end) for match in services.places.find(text)]
    spans += [(match.start, match.end) for match in services.agencies.find(text)]
    return any(first < end and begin < last for first, last in spans)


def _clause_of(found: Undecided, turn: Turn) -> Clause:
    return next(
        (clause for clause in turn.clauses if _stands_in(found.token, clause.text)),
        Clause(turn.text, turn.intent, turn.confidence),
    )


def _codes(result: SearchResult) -> tuple[str, ...]:
    """The codes of what was found, the likeliest first; empty where nothing known is named."""
    return tuple(hit.code for hit in result.hits) if result.verdict in ("sure", "choose") else ()


def chosen_reading(turn: Turn, pending: Pending) -> str | None:
    """The reading that a typed answer means; None where it is a question of its own."""
    if turn.intent in FACET_OF_INTENT and len(turn.text.split()) > 3:
        return None
    return chosen_option(turn.text, pending.options)


def read_again(reading: str, pending: Pending, turn: Turn) -> Turn:
    """The turn that waited for the answer, with the meaning in place of the word."""
    clauses = tuple(
        replace(c, text=with_reading(c.text, pending.about, reading)) if _holds(c, pending) else c for c in pending.asked
    )
    clauses = tuple(replace(c, intent="find_procedure") if c.intent in _VAGUE | SMALL_TALK else c for c in clauses)
    intent = INTENT_OF_READING.get(reading)
    if intent:
        clauses = (Clause(reading, intent, 1.0),)
    first = clauses[0] if clauses else Clause(reading, FALLBACK, 0.0)
    text = ". ".join(clause.text for clause in clauses) or reading
    return Turn(text, first.intent, first.confidence, clauses, conversation_id=turn.conversation_id)


def _holds(clause: Clause, pending: Pending) -> bool:
    return _stands_in(pending.about, clause.text) or len(pending.asked) == 1


def _stands_in(token: str, text: str) -> bool:
    return re.search(rf"(?<!\w){re.escape(fold(token))}(?!\w)", fold(text)) is not None
