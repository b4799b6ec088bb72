"""The messages that wait, as groups: filtered, counted, what is new or growing first, and the next one for a trainer."""

from collections import Counter
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
    """One page of the groups that fit: what colleagues ask and what waits for a second look, then new and growing groups, then
    the larger ones, then the newer ones."""
    moved = drifting(session, now)
    first, rest = (page - 1) * ON_A_PAGE, ON_A_PAGE
    rows: list[_Row] = []
    groups_in_all = messages_in_all = 0
    for fitting in _parts(account, wanted, now):
        groups, messages = session.execute(select(func.count(func.distinct(_GROUP)), func.count()).where(*fitting)).one()
        if rest and first < groups:
            found = session.execute(_grouped(fitting, moved).offset(first).limit(rest)).all()
            rows += found
            rest -= len(found)
        first = max(0, first - groups)
        groups_in_all += groups
        messages_in_all += messages
    return QueuePage(_groups(session, rows, moved), groups_in_all, messages_in_all)


_GROUP = func.coalesce(LabelItem.cluster_id, -LabelItem.id)
_Row = Row[int, int, int, datetime]


def _grouped(fitting: Sequence[ColumnElement[bool]], moved: Mapping[int, Drift]) -> Select[int, int, int, datetime]:
    order: list[ColumnElement[Any]] = [func.count().desc(), func.max(LabelItem.at).desc(), _GROUP]
    if moved:
        order.insert(0, case((_GROUP.in_(moved), 1), else_=0).desc())
    columns = (
        _GROUP.label("group"),
        func.min(LabelItem.id).label("item_id"),
        func.count().label("messages"),
        func.max(LabelItem.at).label("last_at"),
    )
    return select(*columns).where(*fitting).group_by(_GROUP).order_by(*order)


def _groups(session: Session, rows: Sequence[_Row], moved: Mapping[int, Drift]) -> list[Group]:
    ids = [row.item_id for row in rows]
    items = {item.id: item for item in session.scalars(select(LabelItem).where(LabelItem.id.in_(ids)))}
    reasons = _reasons(session, ids)
    return [
        Group(
            item.id,
            item.cluster_id,
            item.text,
            item.intent,
            item.confidence,
            item.procedure_code,
            item.state,
            row.messages,
            row.last_at,
            reasons.get(item.id, ()),
            moved.get(item.cluster_id or 0),
        )
        for row in rows
        if (item := items.get(row.item_id)) is not None
    ]


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


def _parts(account: str, wanted: QueueFilter, now: datetime) -> list[list[ColumnElement[bool]]]:
    """What fits, in parts that follow each other in the list and that an index serves: one per state."""
    beside = _beside_state(wanted, now)
    if wanted.state is not None:
        return [[LabelItem.state == wanted.state, *beside]]
    asked = (LabelItem.asked_by != account, or_(LabelItem.asked_to.is_(None), LabelItem.asked_to == account))
    mine = exists().where(Label.item_id == LabelItem.id, Label.account == account, Label.undone_at.is_(None))
    return [
        [LabelItem.state == "asked", *asked, *beside],
        [LabelItem.state == "second", ~mine, *beside],
        [LabelItem.state == "open", *beside],
    ]


def _beside_state(wanted: QueueFilter, now: datetime) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
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


_COUNTED = ("intent", "procedure_code", "channel")


def counts_by_value(session: Session, account: str, wanted: QueueFilter, now: datetime) -> dict[str, list[tuple[str, int]]]:
    """For each field of the filter its values with how many messages have them, the other fields as they are set."""
    together: Counter[tuple[str | None, ...]] = Counter()
    reasons: Counter[str] = Counter()
    columns = (LabelItem.intent, LabelItem.procedure_code, LabelItem.channel)
    for fitting in _parts(account, replace(wanted, intent=None, procedure_code=None, channel=None), now):
        for *values, count in session.execute(select(*columns, func.count()).where(*fitting).group_by(*columns)):
            together[tuple(values)] += count
    for fitting in _parts(account, replace(wanted, reason=None), now):
        by_reason = select(LabelReason.reason, func.count()).join(LabelItem, LabelItem.id == LabelReason.item_id)
        for reason, count in session.execute(by_reason.where(*fitting).group_by(LabelReason.reason)):
            reasons[reason] += count
    found = {name: _counted(together, place, wanted) for place, name in enumerate(_COUNTED)}
    found["reason"] = sorted(reasons.items(), key=lambda row: _strength(row[0]))
    by_state = select(LabelItem.state, func.count()).where(*_beside_state(wanted, now)).group_by(LabelItem.state)
    known = {row[0]: row[1] for row in session.execute(by_state)}
    found["state"] = [(state, known.get(state, 0)) for state in STATES]
    return found


def _counted(together: Counter[tuple[str | None, ...]], place: int, wanted: QueueFilter) -> list[tuple[str, int]]:
    """How often each value of one field occurs among those that fit the other fields."""
    others = [(other, getattr(wanted, name)) for other, name in enumerate(_COUNTED) if other != place]
    found: Counter[str] = Counter()
    for values, count in together.items():
        if (value := values[place]) and all(asked is None or values[other] == asked for other, asked in others):
            found[value] += count
    return sorted(found.items(), key=lambda row: (-row[1], row[0]))


def next_message(session: Session, account: str, wanted: QueueFilter, now: datetime) -> int | None:
    """The message that this trainer is shown next, held for three minutes with its group so that a colleague at work is shown
    another one; None where nothing is left. What the trainer left for later in the last day is passed over. The caller's
    transaction is made by ``writing``."""
    skipped = exists().where(LabelSkip.item_id == LabelItem.id, LabelSkip.account == account, LabelSkip.at > now - SKIPPED_FOR)
    free = or_(LabelItem.held_until.is_(None), LabelItem.held_until <= now, LabelItem.held_by == account)
    moved = drifting(session, now)
    for fitting in _parts(account, wanted, now):
        row = session.execute(_grouped([*fitting, ~skipped, free], moved).limit(1)).first()
        if row is not None:
            hold(session, row.item_id, account, now)
            return int(row.item_id)
    return None


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
    parts = _parts(account, wanted, now)
    left = sum(session.scalar(select(func.count(func.distinct(_GROUP))).where(*one)) or 0 for one in parts)
    return done, done + left
