"""From the intents of the clauses to the intent of the message (docs/developers/architecture.md, section 2)."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.language.masking import PLACEHOLDER, placeholders_in

FALLBACK = "nlu_fallback"
# Intents that ask nothing, the weightier first: an answer to our question says more than a greeting beside it.
SMALL_TALK = ("affirm", "deny", "inform", "thank", "goodbye", "greet")

_SAYS_SOMETHING = re.compile(r"[^\W_]")


@dataclass(frozen=True)
class Guess:
    """A text with its most likely intent."""

    text: str
    intent: str
    confidence: float


def is_blank(text: str) -> bool:
    """Whether there is no letter and no digit: nothing, blanks, punctuation, emoji."""
    return _SAYS_SOMETHING.search(text) is None


def intent_of_placeholders(text: str) -> str | None:
    """The intent of a message that is nothing but private values: ``check_status`` for a dossier code alone, else
    ``inform``; None for any other message."""
    kinds = {kind for kind, _ in placeholders_in(text)}
    if not kinds or not is_blank(PLACEHOLDER.sub(" ", text)):
        return None
    return "check_status" if kinds == {"dossier_code"} else "inform"


def accepted(guess: Guess, threshold: float) -> Guess:
    """The guess, or ``nlu_fallback`` with the same confidence where it is not sure enough."""
    return guess if guess.confidence >= threshold else Guess(guess.text, FALLBACK, guess.confidence)


def message_intent(whole: Guess, clauses: Sequence[Guess], threshold: float) -> Guess:
    """The intent of a message.

    The whole decides where it surely asks something: measured on whole stories, it is right more often than its surest clause.
    Else the surest guess that asks something wins. Where only small talk was understood, an ununderstood clause beside it makes
    the message a fallback: a greeting must not hide the question after it.
    """
    if whole.confidence >= threshold and whole.intent not in SMALL_TALK:
        return whole
    sure = [guess for guess in (whole, *clauses) if guess.confidence >= threshold]
    asking = [guess for guess in sure if guess.intent not in SMALL_TALK]
    if asking:
        return max(asking, key=lambda guess: guess.confidence)
    unclear = [guess for guess in clauses if guess.confidence < threshold]
    if unclear or not sure:
        return accepted(unclear[0] if unclear else whole, threshold)
    return min(sure, key=lambda guess: (SMALL_TALK.index(guess.intent), -guess.confidence))
