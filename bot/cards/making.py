"""The card of a procedure. Pure: it asks the same functions as the chat's answers, so that it never says more than the chat."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import TypeVar

from bot.cards.card import CardFact, CardFee, CardOnline, CardPaper, CardPapers, CardSaving, CardSource, CardTime, ServiceCard
from bot.catalogue.answers.amounts import current_fees, current_times
from bot.catalogue.answers.facts import AnswerContext, case_name, valid_today
from bot.catalogue.answers.ways import CENTRES
from bot.catalogue.schema import (
    Agency,
    Dated,
    Fact,
    Fee,
    ImportedProcedure,
    PaperGroup,
    Procedure,
    ProcessingTime,
    Provenance,
)
from bot.eforms.saving import saving_online
from bot.language.normalise import fold

_CIVIL_STATUS = "ho tich"
"""Luật Hộ tịch 2014: what has no set limit is done within the day; received after 15:00, on the next working day."""

D = TypeVar("D", bound=Dated)


def card_of(procedure: Procedure, agencies: Mapping[str, Agency], today: date, reason: str | None = None) -> ServiceCard:
    """The card as of ``today`` (Vietnam). ``reason``: why only a part of it can be filed online, where it is known."""
    card = ServiceCard(
        code=procedure.code,
        name=procedure.name,
        official_name=procedure.official_name,
        field=procedure.field,
        origin=procedure.origin,
        source=_provenance(procedure.source),
        levels=procedure.levels,
        targets=procedure.targets,
        old_codes=procedure.old_codes,
        newer_code=procedure.newer_code,
    )
    if procedure.valid_to and procedure.valid_to < today:
        return replace(card, expired_on=procedure.valid_to.isoformat())
    return _with_ways(_with_papers(card, procedure, today), procedure, AnswerContext(agencies, today), reason)


def _with_papers(card: ServiceCard, procedure: Procedure, today: date) -> ServiceCard:
    documents = procedure.documents
    if documents.certainty == "unknown" or not valid_today(documents, today) or not (documents.groups or documents.note):
        return card
    return replace(
        card,
        papers_state="stated" if documents.groups else "none",
        papers=tuple(_papers(procedure, group) for group in documents.groups),
        papers_caution=_caution(documents.certainty, documents.note),
        papers_source=_own(documents.source),
    )


def _with_ways(card: ServiceCard, procedure: Procedure, context: AnswerContext, reason: str | None) -> ServiceCard:
    today = context.today
    return replace(
        card,
        receiving=context.agency_name(procedure.receiving_agency),
        deciding=context.agency_name(procedure.deciding_agency),
        any_centre=procedure.receiving_agency in CENTRES,
        handled=_fact(procedure.handled_by, today),
        times=tuple(_time(procedure, time) for time in current_times(procedure, context)),
        fees=tuple(_fee(procedure, fee) for fee in current_fees(procedure, context)),
        savings=tuple(_savings(procedure, today)),
        online=_online(procedure, today, reason),
        result=_fact(procedure.result, today),
        conditions=_fact(procedure.conditions, today),
        steps=procedure.steps,
        steps_caution=procedure.steps_note if isinstance(procedure, ImportedProcedure) and procedure.steps else None,
        steps_source=_own(procedure.steps_source),
        legal_basis=procedure.legal_basis,
        legal_basis_source=_own(procedure.legal_basis_source),
    )


def looks_again_on(procedure: Procedure, today: date) -> date | None:
    """The next day on which the card may differ although nobody changed a word: a fact begins or ends to hold. None: never."""
    days = [day for fact in _dated(procedure) for day in (fact.valid_from, _after(fact.valid_to)) if day is not None]
    own = _after(procedure.valid_to)
    return min((day for day in [*days, *([own] if own else [])] if day > today), default=None)


def _dated(procedure: Procedure) -> Iterator[Dated]:
    yield from (procedure.documents, procedure.online, procedure.handled_by, procedure.result, procedure.conditions)
    yield from (*procedure.times, *procedure.fees)


def _after(day: date | None) -> date | None:
    return day + timedelta(days=1) if day is not None and day < date.max else None


def _provenance(source: Provenance) -> CardSource:
    return CardSource(source.name, source.as_of, source.decision)


def _own(source: Provenance | None) -> CardSource | None:
    return _provenance(source) if source else None


def _caution(certainty: str, note: str | None) -> str | None:
    return note if certainty == "check" else None


def _fact(fact: Fact, today: date) -> CardFact | None:
    if fact.certainty == "unknown" or not fact.text or not valid_today(fact, today):
        return None
    return CardFact(fact.text, _caution(fact.certainty, fact.note), _own(fact.source))


def _papers(procedure: Procedure, group: PaperGroup) -> CardPapers:
    items = tuple(CardPaper(p.name, p.how, p.originals, p.copies, p.form, p.when) for p in group.items)
    return CardPapers(items, case_name(procedure, group.case), group.title)


def _time(procedure: Procedure, time: ProcessingTime) -> CardTime:
    text = time.text or ""
    by_three = fold(procedure.field) == _CIVIL_STATUS and time.unit == "same_day"
    return CardTime(
        text=text,
        channel=time.channel,
        case=case_name(procedure, time.case),
        amount=time.amount,
        unit=time.unit,
        caution=_caution(time.certainty, time.note),
        clock_stated="kể từ" in text,
        after_fifteen=by_three,
        source=_own(time.source),
    )


def _fee(procedure: Procedure, fee: Fee) -> CardFee:
    return CardFee(
        text=fee.text or "",
        kind=fee.kind,
        channel=fee.channel,
        case=case_name(procedure, fee.case),
        amount_vnd=fee.amount_vnd,
        per=fee.per,
        caution=_caution(fee.certainty, fee.note),
        source=_own(fee.source),
    )


def _online(procedure: Procedure, today: date, reason: str | None) -> CardOnline:
    online, link = procedure.online, procedure.official_link
    verified = link.verified_on.isoformat() if link.verified_on else None
    if online.available is None or online.certainty == "unknown" or not valid_today(online, today):
        return CardOnline(link=link.url, owner=link.owner, verified_on=verified)
    return CardOnline(
        available=online.available,
        level=online.level,
        caution=_caution(online.certainty, online.note),
        reason=reason if online.level == "partial" else None,
        link=link.url,
        owner=link.owner,
        verified_on=verified,
        source=_own(online.source),
    )


def _savings(procedure: Procedure, today: date) -> Iterator[CardSaving]:
    """One for all, where it is the same without a case; else one per case that saves something."""
    if not valid_today(procedure.online, today) or procedure.online.certainty == "unknown":
        return
    times, fees = _holding(procedure.times, today), _holding(procedure.fees, today)
    present = procedure.model_copy(update={"times": times, "fees": fees})
    for case in (None, *(case.id for case in present.cases)):
        saving = saving_online(present, case, today)
        if saving.faster is None and saving.cheaper_vnd is None:
            continue
        faster, unit = saving.faster or (None, None)
        yield CardSaving(case_name(procedure, case), faster, unit, saving.cheaper_vnd)
        if case is None:
            return


def _holding(entries: tuple[D, ...], today: date) -> tuple[D, ...]:
    return tuple(entry for entry in entries if valid_today(entry, today))
