"""What is counted, in which month, and from which rows. The names stand in ``usage_count.measure``.

Months are months in Vietnam. ``channel`` of a count: for dossiers how they were filed (``online``, ``direct``, ``postal``), for
all else the chat channel (``webchat``, ``zalo``, …). ``procedure_code``, ``agency``, ``place_id``: empty where none is known.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

Source = Literal["daily_count", "form_progress", "handoff", "registered_dossier", "conversation_rating"]
"""The tables that measures are counted from."""

PERIODS: Mapping[Source, str] = {
    "daily_count": "daily_count",
    "form_progress": "form_progress",
    "handoff": "transcript",
    "registered_dossier": "registered_dossier",
    "conversation_rating": "conversation_rating",
}
"""The class of retention of each source: a month of which rows may be gone already is never counted anew."""


@dataclass(frozen=True)
class Measure:
    """``part_of``: the measure of which this counts a share, with the same months; the two give a rate. ``detail``: what
    ``usage_count.detail`` holds, empty where it is always empty."""

    name: str
    source: Source
    counts: str
    month_of: str
    part_of: str | None = None
    detail: str = ""


_ALL = (
    Measure(
        "questions",
        "daily_count",
        "messages of citizens that ask about a procedure or how things are done (intents ask_… and find_procedure, typed or "
        "pressed) and that the assistant took: answered, handed over, or failed and told",
        "the message's arrival",
        detail="the outcome",
    ),
    Measure("started", "form_progress", "guided submissions that were opened", "the opening"),
    Measure(
        "finished", "form_progress", "guided submissions whose dossier was sent at the portal", "the opening", part_of="started"
    ),
    Measure(
        "abandoned",
        "form_progress",
        "guided submissions that were cancelled or given up, whose draft expired at the portal, or that nobody touched for 7 "
        "days and nobody sent",
        "the opening",
        part_of="started",
        detail="the furthest step: field:…, paper:…, review, handed_over",
    ),
    Measure("handoffs", "handoff", "conversations given to people, tickets too", "the handoff", detail="the reason"),
    Measure(
        "handoffs_answered", "handoff", "those of them that an officer answered, whenever", "the handoff", part_of="handoffs"
    ),
    Measure("dossiers", "registered_dossier", "dossiers that the portal lists", "their receipt"),
    Measure("ended", "registered_dossier", "dossiers whose handling has ended", "their end"),
    Measure(
        "ended_on_time",
        "registered_dossier",
        "those that ended at or before the moment at which they were due; one without a due date is not among them",
        "their end",
        part_of="ended",
    ),
    Measure("electronic_results", "registered_dossier", "those with an electronic result", "their end", part_of="ended"),
    Measure(
        "supplements", "registered_dossier", "dossiers with at least one request for more papers", "their receipt", "dossiers"
    ),
    Measure("supplements_twice", "registered_dossier", "dossiers with at least two of them", "their receipt", "dossiers"),
    Measure("ratings_good", "handoff", "officers' help rated good", "the rating"),
    Measure("ratings_poor", "handoff", "officers' help rated poor", "the rating"),
    Measure("talks_good", "conversation_rating", "talks with the assistant that citizens said helped", "the rating"),
    Measure("talks_poor", "conversation_rating", "those that they said did not", "the rating"),
)

MEASURES: Mapping[str, Measure] = {one.name: one for one in _ALL}
"""All measures by name, in the order in which tables show them."""

FILING_CHANNELS = ("online", "direct", "postal")

QUESTION_INTENT_PREFIX = "ask_"
QUESTION_INTENTS = ("find_procedure",)
QUESTION_OUTCOMES = ("answered", "handed_over", "failed_and_told")
"""What ``questions`` counts: intents that begin so, or are these, with one of these outcomes."""

ABANDONED_AFTER_DAYS = 7
"""A guided submission that nobody touched for this long, and nobody sent, is counted as abandoned; sent later, it is not."""
