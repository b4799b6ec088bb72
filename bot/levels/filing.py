"""Proposals and decisions on showing online filing, in the ledger. An approval gives its order to the kill switch in the same
transaction: what citizens hear and what was decided cannot fall apart.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.catalogue.schema import WorkingCalendar
from bot.levels.partial_reasons import LevelRefusedError
from bot.levels.verdicts import DossierFigures
from bot.levels.wishes import Wish, check_warnings, check_wish, local_day, warnings_of
from bot.levels.words import decision_text
from bot.storage.database import SessionFactory, writing
from bot.storage.level_models import FilingDecision, FilingProposal
from bot.switches.board import Order, Target, is_decided, standing
from bot.switches.store import give_order, off_order, on_order, read_orders

Also = Callable[[Session, FilingProposal], object]
"""What the caller writes last in the transaction, for example the audit log's entry."""

LONGEST_WORDS = 400


@dataclass(frozen=True)
class Basis:
    """What a proposal or decision rests on: the calendar, the dossiers' figures and the evidence, all of the moment."""

    calendar: WorkingCalendar
    figures: DossierFigures | None
    evidence: dict[str, Any]


@dataclass(frozen=True)
class Decided:
    """A proposal with how it ended; ``decision`` None: it waits. ``stands``: its order stands and is not over."""

    proposal: FilingProposal
    decision: FilingDecision | None
    order: Order | None = None

    @property
    def stands(self) -> bool:
        """Whether it is what holds or will hold."""
        return self.order is not None


def propose(sessions: SessionFactory, wish: Wish, basis: Basis, *, by: str, now: datetime, also: Also | None = None) -> int:
    """Proposes it; the proposal's number. Raises ``LevelRefusedError`` (``WarningsOpenError`` among them)."""
    with writing(sessions) as session:
        check_wish(wish, now, off_now=bool(_standing(session, wish.procedure_code, now)))
        warnings = warnings_of(wish, now, basis.calendar, basis.figures)
        check_warnings(wish, warnings)
        if any(one.decision is None for one in history_of(session, wish.procedure_code, now)):
            raise LevelRefusedError("levels_refused_open")
        row = FilingProposal(
            procedure_code=wish.procedure_code,
            state=wish.state,
            reason_code=wish.reason_code,
            words_vi=wish.words_vi.strip(),
            words_en=wish.words_en.strip(),
            legal_basis=wish.legal_basis.strip(),
            from_at=wish.from_at,
            until_at=wish.until_at,
            review_on=wish.review_on,
            warnings=list(warnings),
            evidence=basis.evidence,
            proposed_by=by,
            proposed_at=now,
        )
        session.add(row)
        session.flush()
        if also is not None:
            also(session, row)
        return row.id


def approve(
    sessions: SessionFactory,
    number: int,
    basis: Basis,
    *,
    by: str,
    now: datetime,
    accepted: frozenset[str] = frozenset(),
    also: Also | None = None,
) -> int | None:
    """Approves a proposal of somebody else and gives its order; the order's number, None where nothing was off any more.
    ``accepted``: warnings that came up since the proposal. Raises ``LevelRefusedError``."""
    with _deciding(sessions, number) as (session, row):
        if row.proposed_by == by:
            raise LevelRefusedError("levels_refused_same_person")
        wish = wish_of(row, now)
        stands = _standing(session, row.procedure_code, now)
        check_wish(wish, now, off_now=bool(stands))
        check_warnings(wish, warnings_of(wish, now, basis.calendar, basis.figures), accepted)
        order = _give(session, row, wish, stands, by, now)
        _end(session, row, "approved", by, now, order=order, evidence=basis.evidence)
        if also is not None:
            also(session, row)
        return order


def refuse(sessions: SessionFactory, number: int, words: str, *, by: str, now: datetime, also: Also | None = None) -> None:
    """Refuses somebody else's proposal, with why. Raises ``LevelRefusedError``."""
    if not words.strip() or len(words) > LONGEST_WORDS:
        raise LevelRefusedError("levels_refused_why_needed")
    with _deciding(sessions, number) as (session, row):
        if row.proposed_by == by:
            raise LevelRefusedError("levels_refused_same_person")
        _end(session, row, "refused", by, now, words=words.strip())
        if also is not None:
            also(session, row)


def take_back(sessions: SessionFactory, number: int, *, by: str, now: datetime, also: Also | None = None) -> None:
    """Takes one's own proposal back before anybody decided. Raises ``LevelRefusedError``."""
    with _deciding(sessions, number) as (session, row):
        if row.proposed_by != by:
            raise LevelRefusedError("levels_refused_not_yours")
        _end(session, row, "taken_back", by, now)
        if also is not None:
            also(session, row)


def wish_of(row: FilingProposal, now: datetime) -> Wish:
    """What a proposal wishes now: a start that has passed while it waited is now."""
    start = row.from_at if row.from_at is not None and row.from_at > now else None
    return Wish(
        row.procedure_code,
        row.state,
        row.reason_code,
        row.words_vi,
        row.words_en,
        row.legal_basis,
        start,
        row.until_at,
        row.review_on,
        frozenset(row.warnings),
    )


def history_of(session: Session, procedure_code: str, now: datetime) -> list[Decided]:
    """All proposals for one procedure, the newest first."""
    return _with_decisions(session, now, FilingProposal.procedure_code == procedure_code)


def waiting(session: Session, now: datetime) -> list[Decided]:
    """The proposals that nobody has decided yet, the oldest first."""
    undecided = FilingProposal.id.not_in(select(FilingDecision.proposal_id))
    return _with_decisions(session, now, undecided)[::-1]


def stops(session: Session, now: datetime) -> list[Decided]:
    """The decisions by which online filing is off now or will be, by procedure."""
    orders = {one.number for one in _standing(session, None, now)}
    numbers = select(FilingDecision.proposal_id).where(FilingDecision.order_number.in_(orders))
    found = _with_decisions(session, now, FilingProposal.id.in_(numbers)) if orders else []
    return sorted(found, key=lambda one: (one.proposal.procedure_code, one.proposal.id))


def overdue(found: list[Decided], now: datetime) -> list[Decided]:
    """Those whose day of review is over."""
    today = local_day(now)
    return [one for one in found if one.proposal.review_on is not None and one.proposal.review_on < today]


def _with_decisions(session: Session, now: datetime, condition: Any) -> list[Decided]:
    standing_now = {one.number: one for one in _standing(session, None, now)}
    rows = session.execute(
        select(FilingProposal, FilingDecision)
        .outerjoin(FilingDecision, FilingDecision.proposal_id == FilingProposal.id)
        .where(condition)
        .order_by(FilingProposal.id.desc())
    )
    return [
        Decided(proposal, decision, standing_now.get(decision.order_number or 0) if decision is not None else None)
        for proposal, decision in rows
    ]


def _standing(session: Session, procedure_code: str | None, now: datetime) -> list[Order]:
    """The orders of decisions that hold now or later."""
    return [
        one
        for one in standing(read_orders(session, now).orders)
        if is_decided(one.target)
        and (one.until_at is None or one.until_at > now)
        and procedure_code in (None, one.target.subject)
    ]


def _give(session: Session, row: FilingProposal, wish: Wish, stands: list[Order], by: str, now: datetime) -> int | None:
    """The order, after taking back what stood: at no moment does something hold that nobody decided."""
    reason = f"filing_proposal:{row.id} {wish.reason_code}"
    number = None
    for target in dict.fromkeys(one.target for one in stands):
        number = give_order(session, on_order(target, reason=reason, by=by, now=now))
    if not wish.is_off:
        return number
    start = wish.from_at or now
    off = off_order(
        Target("online_filing", row.procedure_code, wish.state),
        reason=reason,
        by=by,
        now=now,
        from_at=start,
        until_at=wish.until_at,
        text_vi=decision_text(wish, start),
        text_en=decision_text(wish, start, "en"),
    )
    return give_order(session, off)


def _end(
    session: Session,
    row: FilingProposal,
    outcome: Literal["approved", "refused", "taken_back"],
    by: str,
    now: datetime,
    *,
    words: str = "",
    order: int | None = None,
    evidence: dict[str, Any] | None = None,
) -> None:
    session.add(
        FilingDecision(
            proposal_id=row.id,
            outcome=outcome,
            words=words,
            decided_by=by,
            decided_at=now,
            order_number=order,
            evidence=evidence or {},
        )
    )
    try:
        session.flush()
    except IntegrityError as error:
        # Somebody else decided between our look and our word.
        raise LevelRefusedError("levels_refused_decided_already") from error


@contextmanager
def _deciding(sessions: SessionFactory, number: int) -> Iterator[tuple[Session, FilingProposal]]:
    """One transaction about one proposal that waits. Whoever comes second is refused."""
    with writing(sessions) as session:
        row = session.get(FilingProposal, number)
        if row is None or session.get(FilingDecision, number) is not None:
            raise LevelRefusedError("levels_refused_decided_already")
        yield session, row
