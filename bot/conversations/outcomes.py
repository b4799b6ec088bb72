"""The reconciler's view: events without an outcome, processes without a sign of life, and what is past its time."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from bot import __version__
from bot.conversations.kept_attachments import forget_expired_attachments
from bot.conversations.private_values import forget_expired_values
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Heartbeat, Inbound, Outbound

RAW_KEPT = timedelta(hours=24)
_HEARTBEAT_KEPT = timedelta(days=1)


@dataclass(frozen=True)
class OverdueInbound:
    """An event that still has no outcome."""

    inbound_id: int
    conversation_id: str
    seq: int
    received_at: datetime
    attempts: int


def overdue_inbound(session: Session, older_than: timedelta, now: datetime) -> list[OverdueInbound]:
    """Events that came in more than ``older_than`` ago and have no outcome, the oldest first."""
    rows = session.scalars(
        select(Inbound).where(Inbound.outcome.is_(None), Inbound.received_at <= now - older_than).order_by(Inbound.id)
    )
    return [OverdueInbound(row.id, row.conversation_id, row.seq, row.received_at, row.attempts) for row in rows]


def overdue_outbound(session: Session, older_than: timedelta, now: datetime) -> list[int]:
    """Messages that were to be sent more than ``older_than`` ago and still wait, the oldest first."""
    waiting = select(Outbound.id).where(Outbound.state == "pending", Outbound.created_at <= now - older_than)
    return list(session.scalars(waiting.order_by(Outbound.id)))


def oldest_unanswered(session: Session) -> datetime | None:
    """When the oldest event without an outcome came in; None where every event has one."""
    return session.scalars(
        select(Inbound.received_at).where(Inbound.outcome.is_(None)).order_by(Inbound.due_at, Inbound.id).limit(1)
    ).first()


def beat(sessions: SessionFactory, name: str, kind: str, now: datetime) -> None:
    """Notes that the process is alive, and of which release it is."""
    with writing(sessions) as session:
        session.merge(Heartbeat(name=name, kind=kind, beat_at=now, version=__version__))


def last_beat(session: Session, kind: str) -> datetime | None:
    """The newest sign of life of any process of this kind."""
    return session.scalar(select(func.max(Heartbeat.beat_at)).where(Heartbeat.kind == kind))


def forget_expired(sessions: SessionFactory, now: datetime) -> int:
    """Deletes raw bodies and private values past their 24 hours, attachments past theirs, and names of processes long gone;
    returns how many bodies, values and attachments. Run by every worker from time to time; running it twice does no harm."""
    with writing(sessions) as session:
        values = forget_expired_values(session, now) + forget_expired_attachments(session, now)
        old = update(Inbound).where(Inbound.raw.is_not(None), Inbound.received_at <= now - RAW_KEPT)
        bodies = session.execute(old.values(raw=None).returning(Inbound.id)).all()
        for gone in session.scalars(select(Heartbeat).where(Heartbeat.beat_at <= now - _HEARTBEAT_KEPT)):
            session.delete(gone)
    return values + len(bodies)
