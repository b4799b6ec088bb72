"""What a turn means before it is answered: corrections read out, and what the engine was not sure of read from plain words."""

from dataclasses import replace

from bot.dialogue.corrections import correction_in
from bot.dialogue.facet_words import asked_facets
from bot.dialogue.facets import FACET_OF_INTENT, FALLBACK
from bot.dialogue.services import Search
from bot.dialogue.turn import Clause, Turn
from bot.language.clauses import split_clauses
from bot.language.normalise import fold

INTENT_OF_FACET = {facet: intent for intent, facet in FACET_OF_INTENT.items()}

SURELY_ASKED = 0.9
"""The confidence of a facet that is read from its own words."""

_ANSWERS = frozenset({"deny", "affirm", "inform", FALLBACK})


def meant(turn: Turn, search: Search) -> Turn:
    """The turn as the citizen means it: "không phải hỏi phí mà hỏi thời gian" asks about the time and nothing else.

    A message that corrects nothing is returned as it is."""
    correction = correction_in(turn.text)
    if not correction.corrects:
        return turn
    if not correction.text:
        return replace(turn, text="", intent="deny", clauses=(), corrects=True) if turn.intent in _ANSWERS else turn
    known = {fold(clause.text).strip(" .?!,"): clause for clause in turn.clauses}
    pieces = split_clauses(correction.text)
    clauses = tuple(_clause(piece.text, known, turn, search, alone=len(pieces) == 1) for piece in pieces)
    asking = max(clauses, key=lambda clause: (clause.intent not in _ANSWERS, clause.confidence))
    return replace(
        turn, text=correction.text, intent=asking.intent, confidence=asking.confidence, clauses=clauses, corrects=True, ranking=()
    )


def _clause(text: str, known: dict[str, Clause], turn: Turn, search: Search, *, alone: bool) -> Clause:
    """The clause with the engine's reading of it, where the engine read just these words; else with what its words say."""
    same = known.get(fold(text).strip(" .?!,"))
    if same is not None and same.intent not in _ANSWERS:
        return same
    if facets := asked_facets(text):
        return Clause(text, INTENT_OF_FACET[facets[0]], SURELY_ASKED)
    if search.search(text).verdict in ("sure", "choose"):
        return Clause(text, "find_procedure", SURELY_ASKED)
    if alone and turn.intent not in _ANSWERS and turn.intent not in FACET_OF_INTENT:
        return Clause(text, turn.intent, turn.confidence)
    return Clause(text, "inform", SURELY_ASKED)
