"""What all answers share: which facts may be spoken today, their cautions, their source."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from bot.catalogue.schema import Agency, Dated, Fact, Fee, PaperGroup, Procedure, ProcessingTime, Provenance
from bot.language.formats import spoken_month
from bot.messages import BotMessage, Button, Source
from bot.texts import say

Cased = TypeVar("Cased", Fee, PaperGroup, ProcessingTime)

ALL_CASES = "all"
"""Case id that means: show every case."""

MAX_LINES = 7
"""Lists in one bubble stay this short (docs/developers/intents.md, "Tone")."""


MAX_IMPORTED_TEXT = 1_500
"""Letters of one bubble on an imported procedure: every channel takes 2,000, and source and follow-ups stand beside it."""


@dataclass(frozen=True)
class AnswerContext:
    """What an answer needs beside the procedure: the agencies by id, today's date, and the place the citizen named.
    ``silent``: facets that must not be told, not even in passing. ``filing_stopped``: why it cannot be filed online now and where
    it is filed instead, where that was decided. ``partial_line``: the level "in part" with its published reason. ``cards_at``:
    the https address below which each procedure has its service card, by code; None: nowhere."""

    agencies: Mapping[str, Agency]
    today: date
    case_id: str | None = None
    place_name: str | None = None
    silent: tuple[str, ...] = ()
    filing_stopped: tuple[str, ...] = ()
    partial_line: str = ""
    cards_at: str | None = None

    def agency_name(self, agency_id: str) -> str:
        """The agency's present name; the id itself where the list lacks it (``motcua catalogue check`` reports that)."""
        agency = self.agencies.get(agency_id)
        return agency.name if agency else agency_id


def lower_first(name: str) -> str:
    """The name inside a sentence: "Đăng ký khai sinh" → "đăng ký khai sinh"; abbreviations stay."""
    return name if len(name) > 1 and name[1].isupper() else name[:1].lower() + name[1:]


def sentence(text: str) -> str:
    """The text with its full stop."""
    return text if text.endswith((".", "!", "?", "…")) else text + "."


def case_name(procedure: Procedure, case_id: str | None) -> str | None:
    """The spoken name of a case."""
    return next((case.name for case in procedure.cases if case.id == case_id), None)


def in_case(entries: Iterable[Cased], case_id: str | None) -> list[Cased]:
    """The entries that hold in this case; all of them where no case is known or all were asked for."""
    return [entry for entry in entries if case_id in (None, ALL_CASES) or entry.case in (None, case_id)]


def valid_today(fact: Dated, today: date) -> bool:
    """A fact outside its dates is never spoken as one."""
    return not (fact.valid_from and fact.valid_from > today) and not (fact.valid_to and fact.valid_to < today)


def spoken_notes(facts: Iterable[Fact]) -> list[str]:
    """The cautions of facts to check, each once, with the advice to ask."""
    notes = dict.fromkeys(f.note.rstrip(". ") for f in facts if f.certainty == "check" and f.note)
    if not notes:
        return []
    return [say("check_note", note="; ".join(notes)) + " " + say("check_advice")]


def source_of(procedure: Procedure, provenance: Provenance | None = None) -> Source:
    """Code, publishing decision and date of the data, shown with every answer: those of a single fact, else of the record."""
    origin = provenance or procedure.source
    title = say("source_decision" if origin.decision else "source_title", name=origin.name, decision=origin.decision or "")
    return Source(title=title, as_of=spoken_month(origin.as_of), procedure_code=procedure.code)


def sources_of(procedure: Procedure, told: Iterable[Provenance | None]) -> tuple[Source, ...]:
    """The sources of the facts told, each once; the record's where a fact has none of its own."""
    return tuple(dict.fromkeys(source_of(procedure, provenance) for provenance in told)) or (source_of(procedure),)


def facet_button(procedure: Procedure, facet: str) -> Button:
    """A button that asks another facet of the same procedure."""
    return Button(say(f"button_{facet}"), "show_facet", {"facet": facet, "procedure_code": procedure.code})


def person_button() -> Button:
    """A button that asks for a person."""
    return Button(say("button_person"), "talk_to_officer")


def answer(
    procedure: Procedure,
    facet: str,
    lines: Sequence[str],
    buttons: Sequence[Button] = (),
    *,
    closing: Sequence[str] = (),
    told: Iterable[Provenance | None] = (),
) -> BotMessage:
    """The bubble: lines joined, with code, source and date. ``closing`` lines (cautions) stay when a long text is shortened.
    ``told``: the own sources of the facts in it, None for those that have the record's."""
    shown = [*_fitting(procedure, lines, closing), *closing] if procedure.origin == "imported" else [*lines, *closing]
    return BotMessage(
        text="\n".join(shown),
        procedure_code=procedure.code,
        facet=facet,
        sources=sources_of(procedure, told),
        buttons=tuple(buttons),
    )


def _fitting(procedure: Procedure, lines: Sequence[str], closing: Sequence[str]) -> list[str]:
    """As many whole lines as there is room for; where something is missing, the official page is named."""
    pointer = say("more_text", link=procedure.official_link.url)
    room = MAX_IMPORTED_TEXT - len(pointer) - sum(len(line) + 1 for line in closing)
    kept: list[str] = []
    for line in lines:
        room -= len(line) + 1
        if room < 0 and kept:
            break
        kept.append(line)
    if len(kept) > 1 and kept[-1].endswith(":") and len(kept) < len(lines):
        # A heading whose items did not fit says nothing.
        kept.pop()
    complete = len(kept) == len(lines) and not any(line.rstrip(".").endswith(" …") for line in kept)
    return kept if complete else [*kept, pointer]


def unknown(procedure: Procedure, facet: str) -> BotMessage:
    """The honest answer where the catalogue holds no certain fact: a person is offered."""
    text = say("unknown_fact", what=say(f"what_{facet}"), name=lower_first(procedure.name))
    return answer(procedure, facet, [text], [person_button()])
