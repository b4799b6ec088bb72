"""One part of a procedure in words that can be laid side by side, and whether an import says something else. Pure."""

import re
from collections.abc import Iterable, Mapping

from bot.catalogue.importing.procedure import procedure_of
from bot.catalogue.importing.record import ImportedRecord
from bot.catalogue.schema import Agency, Fee, Procedure, ProcessingTime
from bot.catalogue.wording import wording_key
from bot.language.formats import spoken_date
from bot.language.money import find_money

MAX_WORDS = 1_500
"""Letters kept of each side of a difference."""

_LAW = re.compile(r"\d+/\d{4}/[A-ZĐ0-9-]+")
_CHANNELS = {"direct": "Trực tiếp: ", "online": "Trực tuyến: ", "postal": "Bưu chính: ", "any": ""}
_NOTHING = "(không ghi)"
_SAME_NAME = 0.5
"""Share of the words of the shorter of two papers' names from which they are taken for one paper."""


def part_words(procedure: Procedure, part: str, agencies: Mapping[str, Agency]) -> str:
    """What the procedure states in this part, one fact a line."""
    lines = [line for line in _lines(procedure, part, agencies) if line]
    text = "\n".join(lines) or _NOTHING
    return text if len(text) <= MAX_WORDS else text[: MAX_WORDS - 2] + " …"


def _lines(procedure: Procedure, part: str, agencies: Mapping[str, Agency]) -> list[str]:
    match part:
        case "fee":
            return [_dated(fee) for fee in procedure.fees]
        case "time":
            return [_dated(time) for time in procedure.times]
        case "papers":
            return [f"- {item.name}" for group in procedure.documents.groups for item in group.items]
        case "agency":
            named = [_agency(agencies, code) for code in (procedure.receiving_agency, procedure.deciding_agency)]
            return [f"Tiếp nhận: {named[0]}", f"Quyết định: {named[1]}", procedure.handled_by.text or ""]
        case "level":
            return list(procedure.levels)
        case "legal_basis":
            return list(procedure.legal_basis)
        case "steps":
            return [f"{number}. {step}" for number, step in enumerate(procedure.steps, start=1)]
        case "conditions" | "result":
            fact = procedure.conditions if part == "conditions" else procedure.result
            return [fact.text or ""]
        case "name":
            return [procedure.official_name]
        case "online":
            return [{True: "Nộp trực tuyến được", False: "Không nộp trực tuyến", None: ""}[procedure.online.available]]
        case _:
            start, end = procedure.valid_from, procedure.valid_to
            return [f"Từ {spoken_date(start)}" if start else "", f"Đến {spoken_date(end)}" if end else ""]


def _dated(entry: Fee | ProcessingTime) -> str:
    end = f" (đến {spoken_date(entry.valid_to)})" if entry.valid_to else ""
    return f"{_CHANNELS[entry.channel]}{entry.text}{end}" if entry.text else ""


def _agency(agencies: Mapping[str, Agency], identity: str) -> str:
    return agencies[identity].name if identity in agencies else identity


def imported_words(record: ImportedRecord, part: str, agencies: Mapping[str, Agency]) -> str:
    """The same of an imported record, which names its agencies itself."""
    named = {one.id: Agency(id=one.id, name=one.name, level="other") for one in (record.receiving, record.deciding) if one}
    return part_words(procedure_of(record), part, {**named, **agencies})


def differing_parts(reviewed: Procedure, record: ImportedRecord, agencies: Mapping[str, Agency]) -> list[str]:
    """The parts in which an import says something else than the reviewed facts. Silence of the source is no difference, nor are
    other words for the same amount, limit, paper or law."""
    imported = procedure_of(record)
    found = {
        "fee": record.fees_state == "present" and _amounts(imported.fees) != _amounts(reviewed.fees),
        "time": bool(_limits(imported.times)) and _limits(imported.times) != _limits(reviewed.times),
        "papers": record.papers.state == "present" and bool(_unknown_papers(reviewed, imported)),
        "agency": any(
            agency is not None and agency.id in agencies and agency.id != ours
            for agency, ours in ((record.receiving, reviewed.receiving_agency), (record.deciding, reviewed.deciding_agency))
        ),
        "level": bool(reviewed.levels and record.levels) and _folded(reviewed.levels) != _folded(record.levels),
        "legal_basis": bool(_laws(record.legal_basis)) and _laws(record.legal_basis) != _laws(reviewed.legal_basis),
        "name": wording_key(record.official_name) != wording_key(reviewed.official_name),
        "validity": imported.valid_to is not None and imported.valid_to != reviewed.valid_to,
    }
    return [part for part, differs in found.items() if differs]


def _amounts(fees: Iterable[Fee]) -> set[int]:
    said = list(fees)
    return {fee.amount_vnd for fee in said if fee.amount_vnd} | {m.vnd for fee in said for m in find_money(fee.text or "")}


def _limits(times: Iterable[ProcessingTime]) -> set[tuple[float, str]]:
    return {(time.amount, time.unit) for time in times if time.amount is not None and time.unit is not None}


def _folded(words: Iterable[str]) -> set[str]:
    return {wording_key(word) for word in words}


def _laws(texts: Iterable[str]) -> set[str]:
    return {number for text in texts for number in _LAW.findall(text.upper())}


def _unknown_papers(reviewed: Procedure, imported: Procedure) -> list[str]:
    """Papers of the import that are none of the reviewed list's, by their words."""
    known = [set(wording_key(item.name).split()) for group in reviewed.documents.groups for item in group.items]
    unknown = []
    for group in imported.documents.groups:
        for item in group.items:
            words = set(wording_key(item.name).split())
            if not any(len(words & other) >= _SAME_NAME * min(len(words), len(other)) for other in known if other and words):
                unknown.append(item.name)
    return unknown
