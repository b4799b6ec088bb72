"""Whether a part that does not answer is down, or still starting: the minute after a start needs nobody."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.storage.sync_models import ServiceProbe

START_BOUND = timedelta(minutes=3)
"""Whatever has not come up by then is down: Rasa needs 10 to 60 seconds."""
_LOOKED_BACK = START_BOUND + timedelta(minutes=2)


def may_be_starting(session: Session, part: str, began: datetime, now: datetime) -> bool:
    """Whether a part that does not answer may still be starting. ``began``: when whoever looks was started.

    It may not where the part was down before that, or where looks have called it starting for too long already: neither a worker
    that is restarted beside a dead engine nor one that falls again and again hides an outage."""
    if now - began >= START_BOUND:
        return False
    looks = select(ServiceProbe).where(ServiceProbe.part == part, ServiceProbe.at > now - _LOOKED_BACK, ServiceProbe.at <= now)
    since = now
    for look in session.scalars(looks.order_by(ServiceProbe.at.desc())):
        if look.state == "down":
            return False
        if look.state == "up":
            break
        since = look.at
    # Looks are kept by the beginning of their minute.
    return now - since < START_BOUND + timedelta(minutes=1)


def looked_at_since(session: Session, minute: datetime) -> bool:
    """Whether any part was looked at in this minute or later."""
    return session.scalar(select(func.count()).select_from(ServiceProbe).where(ServiceProbe.at >= minute)) != 0


def some_not_up(session: Session, parts: Collection[str], now: datetime) -> bool:
    """Whether the newest of the last looks at one of these parts did not find it up."""
    looks = select(ServiceProbe).where(ServiceProbe.part.in_(parts), ServiceProbe.at > now - START_BOUND, ServiceProbe.at <= now)
    newest = {look.part: look.state for look in session.scalars(looks.order_by(ServiceProbe.at))}
    return any(state != "up" for state in newest.values())
