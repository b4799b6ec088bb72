"""Whose turn it is to look for messages to label: one process at a time, and the next one when that falls silent."""

from datetime import datetime, timedelta

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from bot.storage.database import SessionFactory, writing
from bot.storage.labelling_models import LabellingCursor

_WHOSE, _UNTIL = "turn_of", "turn_until"


def take_turn(sessions: SessionFactory, worker: int, now: datetime, length: timedelta) -> bool:
    """Whether ``worker`` may work now: the last turn was its own, or is over: ``length`` after the last call."""
    second = int(now.timestamp())
    with writing(sessions) as session:
        insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
        begun = [{"name": name, "position": 0} for name in (_WHOSE, _UNTIL)]
        session.execute(insert(LabellingCursor).values(begun).on_conflict_do_nothing())
        whose = session.get_one(LabellingCursor, _WHOSE, with_for_update=True)
        until = session.get_one(LabellingCursor, _UNTIL, with_for_update=True)
        if whose.position != worker and until.position > second:
            return False
        whose.position, until.position = worker, second + int(length.total_seconds())
        return True
