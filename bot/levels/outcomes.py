"""What a look at the page behind an official link can come to, and what it means for the audit."""

from dataclasses import dataclass
from typing import Literal, get_args

Outcome = Literal[
    "ok",
    "seen_ok",
    "home_page",
    "login_page",
    "not_found_page",
    "other_content",
    "http_error",
    "redirect_loop",
    "redirect_forbidden",
    "address_forbidden",
    "too_large",
    "too_slow",
    "not_a_page",
    "unreachable",
    "seen_broken",
    "script_only",
    "turned_away",
]
OUTCOMES: tuple[Outcome, ...] = get_args(Outcome)

WORKS: frozenset[Outcome] = frozenset({"ok", "seen_ok"})
"""``seen_…``: a person looked with their own eyes and said so."""

UNDECIDED: frozenset[Outcome] = frozenset({"script_only", "turned_away"})
"""The page shows nothing without its scripts, or the host turns programs away: only a person can tell."""

PERSON_KNOWS_BETTER: frozenset[Outcome] = UNDECIDED | {"other_content"}
"""After one of these the last word of a person who looked still stands."""


@dataclass(frozen=True)
class LinkFinding:
    """What one look found. ``detail`` is short, stable and in our words: never a word of the page."""

    outcome: Outcome
    detail: str = ""
    final_host: str = ""
