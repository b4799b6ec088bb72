"""What citizens hear of a decision: why, from when until when, and where to file instead."""

from collections.abc import Mapping
from datetime import datetime

from bot.catalogue.answers.facts import sentence
from bot.catalogue.answers.ways import CENTRES
from bot.catalogue.schema import Agency, Procedure
from bot.language.formats import spoken_date
from bot.levels.partial_reasons import REASON_CODES, PublishedReason
from bot.levels.wishes import Wish
from bot.switches.words import spoken_moment
from bot.texts import say


def decision_text(wish: Wish, start: datetime, language: str = "vi") -> str:
    """The words of the order that an approved wish gives. ``start``: when it begins."""
    why = wish.words_en if language == "en" and wish.words_en.strip() else wish.words_vi
    said = say(f"filing_words_{wish.state}", language, span=span(wish, start, language), why=sentence(why.strip()))
    return f"{said} {say('filing_basis', language, basis=wish.legal_basis.strip().rstrip('.'))}"


def span(wish: Wish, start: datetime, language: str = "vi") -> str:
    """From when until when."""
    if wish.until_at is not None:
        return say("filing_span_until", language, start=spoken_moment(start), end=spoken_moment(wish.until_at))
    day = spoken_date(wish.review_on) if wish.review_on else "…"
    return say("filing_span_review", language, start=spoken_moment(start), day=day)


def where_to_file(
    procedure: Procedure, agencies: Mapping[str, Agency], place_name: str | None = None, language: str = "vi"
) -> str:
    """Where it is handed in instead, as the catalogue names it; ``place_name``: the citizen's ward or commune."""
    agency = agencies.get(procedure.receiving_agency)
    name = agency.name if agency else procedure.receiving_agency
    if procedure.receiving_agency not in CENTRES:
        return say("filing_where_agency", language, agency=name)
    if place_name:
        return say("filing_where_near", language, agency=name, place=place_name)
    return say("filing_where_centre", language, agency=name)


def partial_reason_name(code: str, language: str = "vi") -> str:
    """A reason code in words."""
    known = code if code in REASON_CODES else "other_technical"
    return say(f"partial_reason_{known}", language)


def partial_line(name: str, reason: PublishedReason, language: str = "vi") -> str:
    """The level "in part" with its published reason and what one must still come for."""
    return say(
        "online_partial_why",
        language,
        name=name,
        still=reason.still_in_person(language).rstrip(". "),
        reason=partial_reason_name(reason.reason_code, language),
        basis=reason.legal_basis.rstrip(". "),
    )
