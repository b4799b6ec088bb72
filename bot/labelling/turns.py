"""Whose turn it is to look for messages to label: one process at a time, and the next one when that falls silent."""

from datetime import datetime, timedelta

from sqlalchemy import update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.storage.database import SessionFactory, writing
from bot.storage.models import Heartbeat

_NAME = "labelling"


def take_turn(sessions: SessionFactory, worker: str, now: datetime, length: timedelta) -> bool:
    """Whether ``worker`` may work now: it had the last turn, or the one who had it has been silent for ``length``."""
    with writing(sessions) as session:
        insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        session.execute(insert(Heartbeat).values(name=_NAME, kind=worker, beat_at=now).on_conflict_do_nothing())
        mine = (Heartbeat.kind == worker) | (Heartbeat.beat_at <= now - length)
        taken = update(Heartbeat).where(Heartbeat.name == _NAME, mine).values(kind=worker, beat_at=now)
        return bool(session.execute(taken.returning(Heartbeat.name)).all())
