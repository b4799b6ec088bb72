"""The queue of a team as the citizen may be told of it: their place in it, and how long others waited, where measured."""

from collections.abc import Collection
from datetime import datetime, timedelta
from statistics import median

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.storage.models import Handoff

LOOKS_BACK = timedelta(days=28)
LEAST_SAMPLES = 8
"""With fewer waits measured at this hour nothing is said about the time."""

_HOURS_AROUND = 1
_MOST_ROWS = 500
_LONGEST_SAID = timedelta(hours=2)
_ROUNDED_TO = timedelta(minutes=5)


def queue_position(session: Session, team: str, opened_at: datetime, handoff_id: int | None = None) -> int:
    """The place in the team's queue, from 1, of a handoff opened at that moment. Tickets are in no queue of people who wait."""
    earlier: ColumnElement[bool] = Handoff.opened_at < opened_at
    if handoff_id is not None:
        earlier = or_(earlier, (Handoff.opened_at == opened_at) & (Handoff.id < handoff_id))
    ahead = select(func.count()).where(Handoff.team == team, Handoff.state == "waiting", Handoff.ticket.is_(False), earlier)
    return int(session.scalar(ahead) or 0) + 1


def measured_waits(session: Session, team: str, now: datetime) -> list[timedelta]:
    """How long citizens of this team waited for an officer in the last 28 days, who came about this hour of the day."""
    rows = session.execute(
        select(Handoff.opened_at, Handoff.taken_at)
        .where(
            Handoff.team == team,
            Handoff.taken_at.is_not(None),
            Handoff.opened_at > now - LOOKS_BACK,
            Handoff.ticket.is_(False),
            Handoff.reason != "taken_over",
        )
        .order_by(Handoff.opened_at.desc())
        .limit(_MOST_ROWS)
    ).all()
    hour = now.astimezone(VIETNAM_TIME).hour
    near = {(hour + step) % 24 for step in range(-_HOURS_AROUND, _HOURS_AROUND + 1)}
    return [row.taken_at - row.opened_at for row in rows if row.opened_at.astimezone(VIETNAM_TIME).hour in near]


def expected_wait(waits: Collection[timedelta]) -> timedelta | None:
    """The median, rounded up to five minutes; None where too little was measured, or where it is so long that it helps nobody."""
    if len(waits) < LEAST_SAMPLES:
        return None
    middle = timedelta(seconds=median(wait.total_seconds() for wait in waits))
    if middle > _LONGEST_SAID:
        return None
    return max(_ROUNDED_TO, -(-middle // _ROUNDED_TO) * _ROUNDED_TO)
