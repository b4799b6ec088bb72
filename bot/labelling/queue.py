"""The messages that wait, as groups: filtered, counted, what is new or growing first, and the next one for a trainer."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, case, exists, func, or_, select, update
from sqlalchemy.orm import Session

from bot.labelling.selection import REASONS
from bot.storage.labelling_models import Label, LabelItem, LabelReason, LabelSkip

STATES = ("open", "asked", "second", "disputed", "done", "left_out")
WEEK = timedelta(days=7)
COMPARED_WEEKS = 4
FEWEST_FOR_DRIFT = 3
HELD = timedelta(minutes=3)
SKIPPED_FOR = timedelta(days=1)
ON_A_PAGE = 25


@dataclass(frozen=True)
class QueueFilter:
    """None: any. ``weeks``: not older than so many weeks. ``state``: one of ``STATES``; None is the trainer's own work: what is
    open, what colleagues ask this trainer, and what waits for a second one."""

    reason: str | None = None
    intent: str | None = None
    procedure_code: str | None = None
    channel: str | None = None
    weeks: int | None = None
    state: str | None = None


@dataclass(frozen=True)
class Drift:
    """How often a group was said in the last seven days, and in a week of the four before, on average."""

    this_week: int
    a_week_before: float

    @property
    def is_new(self) -> bool:
        """Whether nobody said it in the four weeks before."""
        return self.a_week_before == 0


@dataclass(frozen=True)
class Group:
    """One line of the list. ``item_id``: the message that stands for the group; ``count``: how many of it fit the filter."""

    item_id: int
    cluster_id: int | None
    text: str
    intent: str | None
    confidence: float | None
    procedure_code: str | None
    state: str
    count: int
    last_at: datetime
    reasons: tuple[str, ...] = ()
    drift: Drift | None = None


@dataclass(frozen=True)
class QueuePage:
    """One page of groups. ``groups_in_all`` and ``messages_in_all``: over all pages."""

    groups: Sequence[Group]
    groups_in_all: int
    messages_in_all: int


def drifting(session: Session, now: datetime) -> dict[int, Drift]:
    """The groups that are new, or at least twice as frequent this week as in the four weeks before; the 200 most frequent."""
    this_week = func.sum(case((LabelItem.at > now - WEEK, 1), else_=0))
    before = func.count() - this_week
    grown = or_(before == 0, this_week * COMPARED_WEEKS >= 2 * before)
    rows = session.execute(
        select(LabelItem.cluster_id, this_week, before)
        .where(LabelItem.at > now - WEEK * (COMPARED_WEEKS + 1), LabelItem.cluster_id.is_not(None), LabelItem.import_id.is_(None))
        .group_by(LabelItem.cluster_id)
        .having(and_(this_week >= FEWEST_FOR_DRIFT, grown))
        .order_by(this_week.desc(), LabelItem.cluster_id)
        .limit(200)
    )
    return {group: Drift(int(week), int(rest) / COMPARED_WEEKS) for group, week, rest in rows if group is not None}


def queue_page(session: Session, account: str, wanted: QueueFilter, now: datetime, page: int = 1) -> QueuePage:
    """One page of the groups that fit: new and growing ones first, then the larger ones, then the newer ones."""
    moved = drifting(session, now)
    fitting = _conditions(account, wanted, now)
    rows = session.execute(_grouped(fitting, moved, wanted).offset((page - 1) * ON_A_PAGE).limit(ON_A_PAGE)).all()
    totals = session.execute(select(func.count(func.distinct(_GROUP)), func.count()).where(*fitting)).one()
    found = [_group(session, row, moved) for row in rows]
    reasons = _reasons(session, [one.item_id for one in found])
    return QueuePage([replace(one, reasons=reasons.get(one.item_id, ())) for one in found], int(totals[0]), int(totals[1]))


_GROUP = func.coalesce(LabelItem.cluster_id, -LabelItem.id)


def _grouped(
    fitting: Sequence[ColumnElement[bool]], moved: Mapping[int, Drift], wanted: QueueFilter
) -> Select[int, int, int, datetime]:
    order: list[ColumnElement[Any]] = [func.count().desc(), func.max(LabelItem.at).desc(), _GROUP]
    if moved:
        order.insert(0, case((_GROUP.in_(moved), 1), else_=0).desc())
    if wanted.state is None:
        # What a colleague asks comes first, then what a second look is waited for.
        order.insert(0, case((LabelItem.state == "asked", 2), (LabelItem.state == "second", 1), else_=0).desc())
    return (
        select(
            _GROUP.label("group"),
            func.min(LabelItem.id).label("item_id"),
            func.count().label("messages"),
            func.max(LabelItem.at).label("last_at"),
        )
        .where(*fitting)
        .group_by(_GROUP, LabelItem.state)
        .order_by(*order)
    )


def _group(session: Session, row: Row[int, int, int, datetime], moved: Mapping[int, Drift]) -> Group:
    item = session.get_one(LabelItem, row.item_id)
    return Group(
        item.id,
        item.cluster_id,
        item.text,
        item.intent,
        item.confidence,
        item.procedure_code,
        item.state,
        row.messages,
        row.last_at,
        drift=moved.get(item.cluster_id or 0),
    )


def _reasons(session: Session, item_ids: Sequence[int]) -> dict[int, tuple[str, ...]]:
    rows = session.execute(select(LabelReason.item_id, LabelReason.reason).where(LabelReason.item_id.in_(item_ids)))
    found: dict[int, list[str]] = {}
    for item_id, reason in rows:
        found.setdefault(item_id, []).append(reason)
    return {item_id: tuple(sorted(names, key=_strength)) for item_id, names in found.items()}


def _strength(reason: str) -> int:
    return REASONS.index(reason) if reason in REASONS else len(REASONS)


def reasons_of(session: Session, item_id: int) -> tuple[str, ...]:
    """Why a message is looked at, the strongest reason first."""
    return _reasons(session, [item_id]).get(item_id, ())


def _conditions(account: str, wanted: QueueFilter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [_of_state(account, wanted.state)]
    if wanted.reason is not None:
        found.append(exists().where(LabelReason.item_id == LabelItem.id, LabelReason.reason == wanted.reason))
    for column, value in (
        (LabelItem.intent, wanted.intent),
        (LabelItem.procedure_code, wanted.procedure_code),
        (LabelItem.channel, wanted.channel),
    ):
        if value is not None:
            found.append(column == value)
    if wanted.weeks is not None:
        found.append(LabelItem.at > now - WEEK * wanted.weeks)
    return found


def _of_state(account: str, state: str | None) -> ColumnElement[bool]:
    if state is not None:
        return LabelItem.state == state
    asked = and_(
        LabelItem.state == "asked",
        LabelItem.asked_by != account,
        or_(LabelItem.asked_to.is_(None), LabelItem.asked_to == account),
    )
    mine = exists().where(Label.item_id == LabelItem.id, Label.account == account, Label.undone_at.is_(None))
    return or_(LabelItem.state == "open", asked, and_(LabelItem.state == "second", ~mine))


def counts_by_value(session: Session, account: str, wanted: QueueFilter, now: datetime) -> dict[str, list[tuple[str, int]]]:
    """For each field of the filter its values with how many messages have them, the other fields as they are set."""
    found: dict[str, list[tuple[str, int]]] = {}
    columns = {"intent": LabelItem.intent, "procedure_code": LabelItem.procedure_code, "channel": LabelItem.channel}
    for name, column in columns.items():
        fitting = _conditions(account, replace(wanted, **{name: None}), now)
        rows = select(column, func.count()).where(*fitting, column.is_not(None)).group_by(column)
        found[name] = [(value, count) for value, count in session.execute(rows.order_by(func.count().desc(), column)) if value]
    fitting = _conditions(account, replace(wanted, reason=None), now)
    by_reason = select(LabelReason.reason, func.count()).join(LabelItem, LabelItem.id == LabelReason.item_id).where(*fitting)
    found["reason"] = sorted(session.execute(by_reason.group_by(LabelReason.reason)), key=lambda row: _strength(row[0]))
    by_state = select(LabelItem.state, func.count()).where(*_conditions(account, replace(wanted, state=None), now)[1:])
    known = dict(session.execute(by_state.group_by(LabelItem.state)).all())
    found["state"] = [(state, known.get(state, 0)) for state in STATES]
    return found


def next_message(session: Session, account: str, wanted: QueueFilter, now: datetime) -> int | None:
    """The message that this trainer is shown next, held for three minutes with its group so that a colleague at work is shown
    another one; None where nothing is left. What the trainer left for later in the last day is passed over. The caller's
    transaction is made by ``writing``."""
    fitting = _conditions(account, wanted, now)
    fitting.append(
        ~exists().where(LabelSkip.item_id == LabelItem.id, LabelSkip.account == account, LabelSkip.at > now - SKIPPED_FOR)
    )
    fitting.append(or_(LabelItem.held_until.is_(None), LabelItem.held_until <= now, LabelItem.held_by == account))
    row = session.execute(_grouped(fitting, drifting(session, now), wanted).limit(1)).first()
    if row is None:
        return None
    hold(session, row.item_id, account, now)
    return int(row.item_id)


def hold(session: Session, item_id: int, account: str, now: datetime) -> None:
    """Notes that the trainer is looking at this message and its group."""
    item = session.get(LabelItem, item_id)
    if item is None or (item.held_by not in (None, account) and item.held_until is not None and item.held_until > now):
        return
    mates = LabelItem.cluster_id == item.cluster_id if item.cluster_id is not None else LabelItem.id == item_id
    mine = update(LabelItem).where(mates, LabelItem.state == item.state)
    session.execute(mine.values(held_by=account, held_until=now + HELD).execution_options(synchronize_session=False))


def progress(session: Session, account: str, wanted: QueueFilter, now: datetime, today: datetime) -> tuple[int, int]:
    """How many groups this trainer has labelled since ``today`` began, and that number with the groups that are still left."""
    acts = select(func.count(func.distinct(Label.batch))).where(
        Label.account == account, Label.at >= today, Label.undone_at.is_(None)
    )
    done = int(session.scalar(acts) or 0)
    left = session.scalar(select(func.count(func.distinct(_GROUP))).where(*_conditions(account, wanted, now)))
    return done, done + int(left or 0)
