"""Orders and announcements in the ledger: written by people, read by every process."""

from collections.abc import Callable, Collection
from datetime import datetime

from sqlalchemy import or_, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from bot.storage.database import SessionFactory, writing
from bot.storage.switch_models import KillSwitch, Outage, SwitchPointer
from bot.switches.board import AnnouncedOutage, Order, Orders, OutageScope, Target, is_decided, standing

POINTER = "switches"
PERSON_INTENTS = frozenset({"talk_to_officer", "complaint"})
"""The ways to a person cannot be switched off."""

_LONGEST_TEXT = 1_000

Also = Callable[[Session], object]
"""What the caller writes last in the transaction of an order, for example its entry in the audit log."""


class SwitchRefusedError(ValueError):
    """The order makes no sense or is not allowed. ``key`` names the text that says why, ``values`` fill it."""

    def __init__(self, key: str, **values: object) -> None:
        super().__init__(key)
        self.key, self.values = key, values


def changes_so_far(session: Session) -> int:
    """A number that rises with every order and announcement."""
    return session.scalar(select(SwitchPointer.changes).where(SwitchPointer.name == POINTER)) or 0


def read_orders(session: Session, now: datetime) -> Orders:
    """All orders, and the outages that are not over yet."""
    orders = tuple(_order(row) for row in session.scalars(select(KillSwitch).order_by(KillSwitch.id)))
    coming = select(Outage).where(Outage.ends_at > now, Outage.withdrawn_at.is_(None)).order_by(Outage.starts_at, Outage.id)
    return Orders(orders, tuple(_outage(row) for row in session.scalars(coming)))


def switch_off(
    sessions: SessionFactory,
    target: Target,
    *,
    reason: str,
    by: str,
    now: datetime,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    text_vi: str | None = None,
    text_en: str | None = None,
    also: Also | None = None,
) -> int:
    """Orders that something is off, at once or from ``from_at``; the order's number. Raises ``SwitchRefusedError``."""
    if is_decided(target):
        raise SwitchRefusedError("switch_refused_decided")
    row = off_order(target, reason=reason, by=by, now=now, from_at=from_at, until_at=until_at, text_vi=text_vi, text_en=text_en)
    return _give(sessions, row, also)


def switch_on(sessions: SessionFactory, target: Target, *, reason: str, by: str, now: datetime, also: Also | None = None) -> int:
    """Takes back every standing order for this target; the order's number. Raises ``SwitchRefusedError`` where none stands."""
    row = on_order(target, reason=reason, by=by, now=now)
    if is_decided(target):
        raise SwitchRefusedError("switch_refused_decided")
    with sessions() as session:
        orders = read_orders(session, now).orders
    if not any(one.target == target and (one.until_at is None or one.until_at > now) for one in standing(orders)):
        raise SwitchRefusedError("switch_refused_not_off")
    return _give(sessions, row, also)


def off_order(
    target: Target,
    *,
    reason: str,
    by: str,
    now: datetime,
    from_at: datetime | None = None,
    until_at: datetime | None = None,
    text_vi: str | None = None,
    text_en: str | None = None,
) -> KillSwitch:
    """An order that something is off, not given yet. Raises ``SwitchRefusedError``."""
    starts = from_at or now
    _check_target(target)
    if target.scope == "intent" and target.subject in PERSON_INTENTS:
        raise SwitchRefusedError("switch_refused_person")
    if until_at is not None and until_at <= max(starts, now):
        raise SwitchRefusedError("switch_refused_end")
    _check_words(reason, by, text_vi, text_en)
    row = KillSwitch(action="off", reason=reason.strip(), text_vi=text_vi, text_en=text_en, from_at=starts, until_at=until_at)
    return _signed(row, target, by, now)


def on_order(target: Target, *, reason: str, by: str, now: datetime) -> KillSwitch:
    """An order that takes every standing one for this target back, not given yet. Raises ``SwitchRefusedError``."""
    _check_words(reason, by)
    return _signed(KillSwitch(action="on", reason=reason.strip(), from_at=now), target, by, now)


def give_order(session: Session, row: KillSwitch) -> int:
    """Gives an order in the caller's transaction (made by ``writing``); its number."""
    # The pointer first: its row makes writers wait for each other, so that numbers rise in the order of the commits.
    _note_change(session)
    session.add(row)
    session.flush()
    return row.id


def announce_outage(
    sessions: SessionFactory,
    scope: OutageScope,
    *,
    channel: str | None = None,
    starts_at: datetime,
    ends_at: datetime,
    by: str,
    now: datetime,
    text_vi: str | None = None,
    text_en: str | None = None,
    also: Also | None = None,
) -> int:
    """Announces an outage; its number. Raises ``SwitchRefusedError``."""
    if scope not in ("portal", "channel", "all") or (scope == "channel") != bool(channel):
        raise SwitchRefusedError("outage_refused_scope")
    if ends_at <= starts_at or ends_at <= now:
        raise SwitchRefusedError("outage_refused_times")
    _check_words("-", by, text_vi, text_en)
    with writing(sessions) as session:
        row = Outage(
            scope=scope,
            channel=channel,
            starts_at=starts_at,
            ends_at=ends_at,
            text_vi=text_vi,
            text_en=text_en,
            announced_by=by.strip(),
            announced_at=now,
        )
        session.add(row)
        session.flush()
        number = row.id
        _note_change(session)
        if also is not None:
            also(session)
    return number


def withdraw_outage(sessions: SessionFactory, number: int, *, by: str, now: datetime, also: Also | None = None) -> None:
    """Ends an announced outage early. Raises ``SwitchRefusedError`` where it is unknown or over."""
    with writing(sessions) as session:
        row = session.get(Outage, number)
        if row is None or row.withdrawn_at is not None or row.ends_at <= now:
            raise SwitchRefusedError("outage_refused_unknown", number=number)
        row.withdrawn_at, row.withdrawn_by = now, by.strip()
        _note_change(session)
        if also is not None:
            also(session)


def all_outages(session: Session, since: datetime) -> list[AnnouncedOutage]:
    """The outages that ended after ``since`` or are still to come, withdrawn ones too; the newest first."""
    wanted = select(Outage).where(or_(Outage.ends_at > since, Outage.withdrawn_at > since)).order_by(Outage.starts_at.desc())
    return [_outage(row) for row in session.scalars(wanted)]


def history(session: Session, *, limit: int = 50, scopes: Collection[str] = ()) -> list[Order]:
    """The newest orders first."""
    wanted = select(KillSwitch).order_by(KillSwitch.id.desc()).limit(limit)
    if scopes:
        wanted = wanted.where(KillSwitch.scope.in_(list(scopes)))
    return [_order(row) for row in session.scalars(wanted)]


def _check_target(target: Target) -> None:
    if not target.subject.strip() or len(target.subject) > 80 or not _facet_fits(target):
        raise SwitchRefusedError("switch_refused_target")


def _facet_fits(target: Target) -> bool:
    return (target.scope == "answer") == bool(target.facet) or is_decided(target)


def _check_words(reason: str, by: str, *texts: str | None) -> None:
    if not reason.strip() or not by.strip():
        raise SwitchRefusedError("switch_refused_words")
    if len(reason) > 400 or len(by) > 80 or any(text is not None and len(text) > _LONGEST_TEXT for text in texts):
        raise SwitchRefusedError("switch_refused_long", limit=_LONGEST_TEXT)


def _signed(row: KillSwitch, target: Target, by: str, now: datetime) -> KillSwitch:
    row.scope, row.subject, row.facet = target.scope, target.subject, target.facet
    row.ordered_by, row.ordered_at = by.strip(), now
    return row


def _give(sessions: SessionFactory, row: KillSwitch, also: Also | None) -> int:
    with writing(sessions) as session:
        number = give_order(session, row)
        if also is not None:
            also(session)
        return number


def _note_change(session: Session) -> None:
    raised = (
        update(SwitchPointer)
        .where(SwitchPointer.name == POINTER)
        .values(changes=SwitchPointer.changes + 1)
        .returning(SwitchPointer.changes)
    )
    if session.execute(raised).first() is not None:
        return
    try:
        with session.begin_nested():
            session.add(SwitchPointer(name=POINTER, changes=1))
    except IntegrityError:
        # Another first order came in at the same moment.
        session.execute(raised)


def _order(row: KillSwitch) -> Order:
    return Order(
        number=row.id,
        action="off" if row.action == "off" else "on",
        target=Target(row.scope, row.subject, row.facet),  # type: ignore[arg-type] # the table's check knows the scopes
        reason=row.reason,
        ordered_by=row.ordered_by,
        ordered_at=row.ordered_at,
        from_at=row.from_at,
        until_at=row.until_at,
        text_vi=row.text_vi,
        text_en=row.text_en,
    )


def _outage(row: Outage) -> AnnouncedOutage:
    return AnnouncedOutage(
        number=row.id,
        scope=row.scope,  # type: ignore[arg-type] # the table's check knows the scopes
        channel=row.channel,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        text_vi=row.text_vi,
        text_en=row.text_en,
        announced_by=row.announced_by,
        announced_at=row.announced_at,
        withdrawn_by=row.withdrawn_by,
        withdrawn_at=row.withdrawn_at,
    )
