"""Writes the cards of the catalogue in force into the ledger: a new version where a card says something else, nothing where not.

A card is made anew only where its procedure, its name in the list or our agencies changed, or where one of its facts begins or
ends to hold; so a round over thousands of unchanged ones reads their keys and writes nothing.
"""

import hashlib
import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import insert, select, update
from sqlalchemy.orm import Session

from bot.cards.card import FORMAT, ServiceCard, card_json
from bot.cards.completeness import doubts_on, missing_on
from bot.cards.making import card_of, looks_again_on
from bot.cards.words import plain_words
from bot.catalogue.imported import merged_catalogue
from bot.catalogue.importing.procedure import procedure_of
from bot.catalogue.importing.record import UnreadableRecordError, from_json
from bot.catalogue.importing.refused import Refusals, as_spoken, read_refusals
from bot.catalogue.importing.store import Pointer, live_members, live_pointer, payloads_of, read_live_list
from bot.catalogue.listing import ProcedureListing
from bot.catalogue.live import UNREADABLE
from bot.catalogue.load import Catalogue
from bot.catalogue.publishing.content import ReviewedNow
from bot.catalogue.publishing.releases import ContentState
from bot.catalogue.schema import Agency, Procedure
from bot.clock import VIETNAM_TIME
from bot.storage.card_models import ServiceCardVersion
from bot.storage.database import SessionFactory, writing

logger = logging.getLogger(__name__)

_BATCH = 200
"""Cards a transaction: well inside the time that others wait for the write lock."""


Reasons = Callable[[Session], Mapping[str, str]]
"""By code: why a procedure goes online in part only, in the words that somebody wrote for citizens."""


def no_reasons(_session: Session) -> Mapping[str, str]:
    """Where nobody keeps any."""
    return {}


@dataclass(frozen=True)
class CardRound:
    """What a round did. ``made``: looked at anew; ``written``: new versions; ``ended``: procedures that left the catalogue."""

    procedures: int = 0
    made: int = 0
    written: int = 0
    ended: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    """The row that stands of a code, or the last one that stood."""

    id: int
    version: int
    sha256: str
    made_from: str
    looks_again_on: date | None
    live: bool


@dataclass(frozen=True, slots=True)
class _Made:
    card: ServiceCard
    words: str
    agencies: tuple[str, ...]
    made_from: str
    looks_again_on: date | None


class CardKeeper:
    """Thread-safe only by being called by one at a time (a scheduled task)."""

    def __init__(self, reviewed: ReviewedNow, sessions: SessionFactory, reasons: Reasons = no_reasons) -> None:
        self._reviewed, self._sessions, self._reasons = reviewed, sessions, reasons
        self._done: tuple[ContentState, Pointer, Mapping[str, str], date] | None = None

    def run(self, now: datetime) -> CardRound:
        """Brings the cards up to the catalogue in force; at once back where neither it nor the day changed since the last round.
        Raises ``SQLAlchemyError`` where the ledger is away."""
        today = now.astimezone(VIETNAM_TIME).date()
        content = self._reviewed.content()
        with self._sessions() as session:
            reasons = dict(self._reasons(session))
            state = (content.state, live_pointer(session), reasons, today)
        if state == self._done:
            return CardRound()
        done = self._round(content.catalogue, reasons, today, now)
        if done is None:
            return CardRound()
        self._done = state
        if done.written or done.ended:
            logger.info("cards.written", extra={"made": done.made, "written": done.written, "ended": done.ended})
        return done

    def _round(self, reviewed: Catalogue, reasons: Mapping[str, str], today: date, now: datetime) -> CardRound | None:
        known = self._known()
        try:
            with self._sessions() as session:
                imported, refusals = read_live_list(session), read_refusals(session)
                members = live_members(session, imported.number if imported else None)
        except UNREADABLE as error:
            # Without the imported part nobody can say which of its procedures are still there.
            logger.warning("cards.import_unreadable", extra={"reason": type(error).__name__})
            return None
        merged = merged_catalogue(reviewed, imported) if imported else reviewed
        maker = _Maker(reviewed, merged, members, refusals, reasons, today)
        made = written = 0
        for batch in _batches(maker.changed(known, self._sessions)):
            made += len(batch)
            written += self._write(batch, known, now)
        ended = self._end(set(known) - {listing.code for listing in merged.listings}, known, now)
        return CardRound(len(merged.listings), made, written, ended)

    def _known(self) -> dict[str, _Known]:
        row = ServiceCardVersion
        columns = (row.code, row.id, row.version, row.sha256, row.made_from, row.looks_again_on, row.live_until)
        with self._sessions() as session:
            rows = session.execute(select(*columns).order_by(row.code, row.version))
            return {one.code: _Known(*one[1:6], one.live_until is None) for one in rows}

    def _write(self, batch: Sequence[_Made], known: Mapping[str, _Known], now: datetime) -> int:
        fresh: list[dict[str, Any]] = []
        with writing(self._sessions) as session:
            for made in batch:
                content, sha256 = card_json(made.card), content_sha256(made.card)
                before = known.get(made.card.code)
                values = _in_place(made) | {"content": content, "made_at": now}
                if before is not None and before.live and before.sha256 == sha256:
                    session.execute(update(ServiceCardVersion).where(ServiceCardVersion.id == before.id).values(values))
                    continue
                if before is not None and before.live:
                    session.execute(update(ServiceCardVersion).where(ServiceCardVersion.id == before.id).values(live_until=now))
                version = before.version + 1 if before else 1
                own = {"code": made.card.code, "version": version, "sha256": sha256, "live_from": now}
                fresh.append(values | own | {"live_until": None})
            if fresh:
                session.execute(insert(ServiceCardVersion), fresh)
        return len(fresh)

    def _end(self, gone: set[str], known: Mapping[str, _Known], now: datetime) -> int:
        ids = [known[code].id for code in sorted(gone) if known[code].live]
        for start in range(0, len(ids), _BATCH):
            with writing(self._sessions) as session:
                there = ServiceCardVersion.id.in_(ids[start : start + _BATCH])
                session.execute(update(ServiceCardVersion).where(there).values(live_until=now))
        return len(ids)


class _Maker:
    """Makes the cards that need it, reviewed ones first; imported records are read a few hundred at a time."""

    def __init__(
        self,
        reviewed: Catalogue,
        merged: Catalogue,
        members: Mapping[str, str],
        refusals: Refusals,
        reasons: Mapping[str, str],
        today: date,
    ) -> None:
        self._reviewed, self._merged, self._members = reviewed, merged, members
        self._refusals, self._reasons, self._today = refusals, reasons, today
        self._ours = _digest(*(f"{one.id}={one.name}" for one in reviewed.agencies.values()))

    def changed(self, known: Mapping[str, _Known], sessions: SessionFactory) -> Iterator[_Made]:
        """The cards of procedures that are not as they were, or whose facts begin or end to hold."""
        wanted: dict[str, tuple[ProcedureListing, str]] = {}
        for listing in self._merged.listings:
            procedure = self._reviewed.procedures.get(listing.code)
            made_from = self._made_from(listing, procedure)
            if self._stands(known.get(listing.code), made_from):
                continue
            if procedure is not None:
                yield self._made(procedure, listing, self._reviewed.agencies, made_from)
            else:
                wanted[listing.code] = (listing, made_from)
        keys = [(code, self._members[code]) for code in wanted if code in self._members]
        with sessions() as session:
            for code, payload in payloads_of(session, keys):
                listing, made_from = wanted[code]
                procedure = self._read(code, payload, listing)
                if procedure is not None:
                    yield self._made(procedure, listing, self._merged.agencies, made_from)

    def _read(self, code: str, payload: str, listing: ProcedureListing) -> Procedure | None:
        """The procedure of a stored record; None, with a warning, where another release wrote one that is not to be read."""
        try:
            record = as_spoken(from_json(payload, code), self._refusals.get(code, ()))
            return procedure_of(record, listing.name, listing.superseded_by)
        except (UnreadableRecordError, ValueError) as error:
            logger.warning("cards.record_unreadable", extra={"code": code, "reason": type(error).__name__})
            return None

    def _stands(self, before: _Known | None, made_from: str) -> bool:
        if before is None or not before.live or before.made_from != made_from:
            return False
        return before.looks_again_on is None or before.looks_again_on > self._today

    def _made_from(self, listing: ProcedureListing, procedure: Procedure | None) -> str:
        source = procedure.model_dump_json() if procedure is not None else self._members.get(listing.code, "")
        kept = ",".join(f"{one.part}:{one.kept_sha256}" for one in self._refusals.get(listing.code, ()))
        names = (listing.name, listing.field, *listing.levels, *listing.targets, *listing.aliases)
        reason = self._reasons.get(listing.code, "")
        return _digest(str(FORMAT), self._ours, source, kept, reason, str(listing.superseded_by), *names)

    def _made(self, procedure: Procedure, listing: ProcedureListing, agencies: Mapping[str, Agency], made_from: str) -> _Made:
        card = card_of(procedure, agencies, self._today, self._reasons.get(procedure.code))
        card = replace(card, levels=listing.levels, targets=listing.targets)
        ours = tuple(dict.fromkeys((procedure.receiving_agency, procedure.deciding_agency)))
        again = looks_again_on(procedure, self._today)
        return _Made(card, searched_words(card, listing.aliases), ours, made_from, again)


def content_sha256(card: ServiceCard) -> str:
    """The hash that tells two states of a card apart: of all but the day of its data."""
    undated = replace(card, source=replace(card.source, as_of=""))
    return hashlib.sha256(card_json(undated).encode()).hexdigest()


def searched_words(card: ServiceCard, aliases: Iterable[str]) -> str:
    """What a search by words looks in: code, names and other names, folded, between blanks."""
    names = dict.fromkeys(" ".join(plain_words(name)) for name in (card.name, card.official_name, *aliases))
    return f" {' '.join((card.code, *card.old_codes))} | {' | '.join(names)} "


def _in_place(made: _Made) -> dict[str, Any]:
    card = made.card
    return {
        "origin": card.origin,
        "name": card.name,
        "field": card.field,
        "words": made.words,
        "agencies": ",".join(made.agencies),
        "missing": ",".join(missing_on(card)),
        "doubtful": doubts_on(card),
        "as_of": card.source.as_of,
        "made_from": made.made_from,
        "looks_again_on": made.looks_again_on,
    }


def _digest(*parts: str) -> str:
    return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()


def _batches(made: Iterable[_Made]) -> Iterator[list[_Made]]:
    batch: list[_Made] = []
    for one in made:
        batch.append(one)
        if len(batch) == _BATCH:
            yield batch
            batch = []
    if batch:
        yield batch
