"""The answer to a supplement request as an e-form: the agency's list of papers, and a note. So it is filled in, paused, checked
and confirmed like every other form. Its draft holds what was asked for and both proofs, and is only ever stored encrypted."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any, Self, cast

from bot.eforms.draft import Draft
from bot.eforms.forms import Form, form_of
from bot.language.formats import spoken_date
from bot.portal.records import FactorType, LookupFactor
from bot.texts import say

SUPPLEMENT_CODE = "supplement"
"""Stands where the drafts of forms have their procedure's code."""

LONGEST_NOTE = 1000


@dataclass(frozen=True)
class PaperAsked:
    """A paper that the agency asks for."""

    code: str
    name: str
    note: str | None = None


@dataclass(frozen=True)
class SupplementAsked:
    """An open supplement request, with the proofs by which it was read. ``shown`` is the dossier's code as people may see it."""

    dossier_code: str = field(repr=False)
    factor: LookupFactor = field(repr=False)
    shown: str
    request_id: str
    papers: tuple[PaperAsked, ...]
    request_text: str | None = field(default=None, repr=False)
    deadline: date | None = None
    round_number: int = 1
    fee: int | None = None

    def to_json(self) -> dict[str, Any]:
        """As JSON values. Holds both proofs in clear."""
        return {
            "dossier_code": self.dossier_code,
            "factor": [self.factor.value, self.factor.type],
            "shown": self.shown,
            "request_id": self.request_id,
            "papers": [[one.code, one.name, one.note] for one in self.papers],
            "request_text": self.request_text,
            "deadline": self.deadline.isoformat() if self.deadline else None,
            "round_number": self.round_number,
            "fee": self.fee,
        }

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """Rebuilds it; ``KeyError`` for anything else."""
        value, kind = told["factor"]
        return cls(
            dossier_code=told["dossier_code"],
            factor=LookupFactor(value, cast(FactorType, kind)),
            shown=told["shown"],
            request_id=told["request_id"],
            papers=tuple(PaperAsked(*row) for row in told["papers"]),
            request_text=told["request_text"],
            deadline=date.fromisoformat(told["deadline"]) if told["deadline"] else None,
            round_number=told["round_number"],
            fee=told["fee"],
        )


def new_supplement_draft(draft_id: str, asked: SupplementAsked) -> Draft:
    """An empty answer."""
    return Draft(draft_id, SUPPLEMENT_CODE, "1", supplement=asked.to_json())


def with_proof(draft: Draft, asked: SupplementAsked) -> Draft:
    """The same answer with the proof that was given now; papers that were sent stay."""
    return replace(draft, supplement=asked.to_json())


def supplement_form(draft: Draft) -> Form:
    """The form that asks for the papers of the request and for a note."""
    asked = SupplementAsked.from_json(draft.supplement)
    papers = [
        {"id": one.code, "title": one.name, "note": one.note or "", "required": True, "reusable": True} for one in asked.papers
    ]
    note = {
        "type": "string",
        "maxLength": LONGEST_NOTE,
        "title": {"vi": say("supplement_note_label"), "en": say("supplement_note_label", "en")},
        "x-question": {"vi": say("supplement_note_ask"), "en": say("supplement_note_ask", "en")},
    }
    title = {"vi": say("supplement_title", code=asked.shown), "en": say("supplement_title", "en", code=asked.shown)}
    schema = {"type": "object", "x-title": title, "properties": {"note": note}, "x-papers": papers}
    return form_of(schema, SUPPLEMENT_CODE)


def note_of(instance: Mapping[str, Any]) -> str | None:
    """The note to the agency, where one was written."""
    note = instance.get("note")
    return str(note) if note else None


def request_lines(asked: SupplementAsked, language: str = "vi") -> list[str]:
    """What the agency asks for, for people: the papers, until when, what it costs."""
    lines = [say("supplement_head", language, code=asked.shown, round=asked.round_number)]
    if asked.request_text:
        lines.append(say("supplement_request_text", language, text=asked.request_text))
    for one in asked.papers:
        note = f" ({one.note})" if one.note else ""
        lines.append(f"• {one.name}{note}")
    if asked.deadline:
        lines.append(say("supplement_deadline", language, day=spoken_date(asked.deadline)))
    if asked.fee:
        lines.append(say("supplement_fee", language, amount=f"{asked.fee:,}".replace(",", ".")))
    return lines
