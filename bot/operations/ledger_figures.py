"""The state of the work, read from the ledger: what waits, for how long, and who looks after it. Small queries on indexes."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from bot.conversations.outcomes import oldest_unanswered
from bot.storage.account_models import AuditEntry
from bot.storage.channel_models import ChannelAccount, ChannelToken
from bot.storage.evidence_models import ScheduledTurn
from bot.storage.models import CataloguePointer, CatalogueVersion, Handoff, Heartbeat, Inbound, Outbound
from bot.storage.rights_models import RetentionRun
from bot.storage.training_models import TrainingJob

ALIVE_WITHIN = timedelta(seconds=30)
"""A process without a sign of life for longer is gone: each beats every 5 to 10 seconds."""
UNSENT_SINCE = timedelta(days=1)
FAILED_SINCE = timedelta(days=7)
REFRESH_TOKEN_LIVES = timedelta(days=90)
"""A Zalo refresh token's life, counted from its issue."""


@dataclass(frozen=True)
class Waiting:
    """How many wait, and since when the oldest of them; None where none does."""

    count: int
    oldest: datetime | None

    def age(self, now: datetime) -> float:
        """Seconds that the oldest has waited; 0 where none waits."""
        return max(0.0, (now - self.oldest).total_seconds()) if self.oldest is not None else 0.0


@dataclass(frozen=True)
class ChannelState:
    """A platform's account. ``token_days``: until its refresh token ends; None where there is none."""

    channel: str
    ok: bool
    reason: str | None
    paused_until: datetime | None
    quota_left: int | None
    token_days: float | None
    consent_needed: bool


@dataclass(frozen=True)
class TaskState:
    """A task by the clock: when it was last begun, and when it last ended well."""

    name: str
    taken_at: datetime
    done_at: datetime | None


@dataclass(frozen=True)
class LedgerFigures:
    """Everything at one moment. ``beats``: the newest sign of life by kind of process, and how many are alive."""

    now: datetime
    inbound: Waiting
    outbound: Waiting
    unsent: Mapping[str, int]
    channels: tuple[ChannelState, ...]
    handoffs: Waiting
    beats: Mapping[str, tuple[datetime, int]]
    tasks: tuple[TaskState, ...]
    retention_at: datetime | None
    trainings: Mapping[str, int]
    catalogue_at: datetime | None


def read_figures(session: Session, now: datetime) -> LedgerFigures:
    """The figures now. Raises SQLAlchemy's errors."""
    unanswered = session.scalar(select(func.count()).where(Inbound.outcome.is_(None))) or 0
    pending = session.execute(select(func.count(), func.min(Outbound.created_at)).where(Outbound.state == "pending")).one()
    owed = session.execute(
        select(func.count(), func.min(Handoff.waiting_since)).where(
            Handoff.state.in_(("waiting", "taken")), Handoff.waiting_since.is_not(None)
        )
    ).one()
    tasks = session.scalars(select(ScheduledTurn).order_by(ScheduledTurn.name))
    return LedgerFigures(
        now=now,
        inbound=Waiting(unanswered, oldest_unanswered(session)),
        outbound=Waiting(pending[0], pending[1]),
        unsent=_unsent(session, now),
        channels=_channels(session, now),
        handoffs=Waiting(owed[0], owed[1]),
        beats=_beats(session, now),
        tasks=tuple(TaskState(one.name, one.taken_at, one.done_at) for one in tasks),
        retention_at=session.scalar(select(func.max(RetentionRun.finished_at))),
        trainings=_trainings(session, now),
        catalogue_at=session.scalar(
            select(CatalogueVersion.imported_at).join(CataloguePointer, CataloguePointer.version_id == CatalogueVersion.id)
        ),
    )


def _unsent(session: Session, now: datetime) -> dict[str, int]:
    lost = select(Outbound.state, func.count()).where(
        Outbound.state.in_(("dead", "ambiguous")), Outbound.created_at >= now - UNSENT_SINCE
    )
    return {"dead": 0, "ambiguous": 0} | {row[0]: row[1] for row in session.execute(lost.group_by(Outbound.state))}


def _channels(session: Session, now: datetime) -> tuple[ChannelState, ...]:
    accounts = {(row.channel, row.account): row for row in session.scalars(select(ChannelAccount))}
    tokens = {(row.channel, row.account): row for row in session.scalars(select(ChannelToken))}
    found = []
    for key in sorted(accounts.keys() | tokens.keys()):
        account, token = accounts.get(key), tokens.get(key)
        left = token.refresh_issued_at + REFRESH_TOKEN_LIVES - now if token is not None else None
        found.append(
            ChannelState(
                channel=key[0],
                ok=account is None or account.state == "ok",
                reason=account.reason if account is not None else None,
                paused_until=account.paused_until if account is not None else None,
                quota_left=account.quota_left if account is not None else None,
                token_days=round(left.total_seconds() / 86_400, 2) if left is not None else None,
                consent_needed=token is not None and token.consent_needed,
            )
        )
    return tuple(found)


def _beats(session: Session, now: datetime) -> dict[str, tuple[datetime, int]]:
    newest = select(Heartbeat.kind, func.max(Heartbeat.beat_at)).group_by(Heartbeat.kind).order_by(Heartbeat.kind)
    alive = select(Heartbeat.kind, func.count()).where(Heartbeat.beat_at > now - ALIVE_WITHIN).group_by(Heartbeat.kind)
    counts = {row[0]: row[1] for row in session.execute(alive)}
    return {kind: (at, counts.get(kind, 0)) for kind, at in session.execute(newest)}


def _trainings(session: Session, now: datetime) -> dict[str, int]:
    states = {"queued": 0, "running": 0, "failed": 0}
    recent = (TrainingJob.state != "failed") | (TrainingJob.finished_at >= now - FAILED_SINCE)
    counted = select(TrainingJob.state, func.count()).where(TrainingJob.state.in_(states), recent).group_by(TrainingJob.state)
    return states | {row[0]: row[1] for row in session.execute(counted)}


def last_backup(session: Session) -> datetime | None:
    """When ``motcua backup create`` last made a backup, by the audit log."""
    made = select(AuditEntry.at).where(AuditEntry.act == "backup.created").order_by(AuditEntry.number.desc()).limit(1)
    return session.scalars(made).first()


def database_bytes(engine: Engine) -> int:
    """The size of the ledger on disk. Raises SQLAlchemy's errors."""
    if engine.dialect.name == "postgresql":
        query = "SELECT pg_database_size(current_database())"
    else:
        query = "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size"
    with engine.connect() as connection:
        return int(connection.scalar(text(query)) or 0)
