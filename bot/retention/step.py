"""One step of the retention job: which rows of a table are due, and how they are cleared."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, delete, exists, func, select, update
from sqlalchemy.orm import InstrumentedAttribute, Session

from bot.conversations.deletion import changed
from bot.retention.policy import Periods
from bot.storage.models import Base


@dataclass(frozen=True)
class Moment:
    """The moment of a run, and the periods in force."""

    now: datetime
    periods: Periods

    def before(self, name: str) -> datetime:
        """What is older than this is past the period."""
        return self.now - self.periods[name].length


@dataclass(frozen=True)
class Step:
    """``due`` gives the condition on rows of ``table``; ``values`` are written over them, or they are deleted where it is None:
    then a row to which another one still points stays until that one is gone."""

    period: str
    table: type[Base]
    key: InstrumentedAttribute[Any]
    due: Callable[[Session, Moment], ColumnElement[bool]]
    values: Mapping[str, Any] | None = None

    @property
    def name(self) -> str:
        """The name in counts and proofs: the class of data and the table."""
        return f"{self.period}/{self.table.__tablename__}"

    def keys_due(self, session: Session, moment: Moment) -> Select[Any]:
        """The keys of the rows that can be cleared now."""
        return select(self.key).where(self._clearable(session, moment))

    def count_due(self, session: Session, moment: Moment) -> int:
        """How many rows are due, also those that others still point to."""
        return session.scalar(select(func.count()).select_from(self.table).where(self.due(session, moment))) or 0

    def clear(self, session: Session, keys: Sequence[Any], moment: Moment) -> int:
        """Clears the rows with these keys that are still due; returns how many."""
        mine = and_(self.key.in_(keys), self._clearable(session, moment))
        unread = {"synchronize_session": False}
        if self.values is None:
            return changed(session, delete(self.table).where(mine).execution_options(**unread))
        return changed(session, update(self.table).where(mine).values(**self.values).execution_options(**unread))

    def _clearable(self, session: Session, moment: Moment) -> ColumnElement[bool]:
        due = self.due(session, moment)
        return due if self.values is not None else and_(due, *(~one for one in pointing_to(self.table)))


def pointing_to(table: type[Base]) -> Sequence[ColumnElement[bool]]:
    """For every foreign key to the table, found in the tables themselves: whether a row has it."""
    keys = [key for other in Base.metadata.sorted_tables for key in other.foreign_keys if key.column.table is table.__table__]
    return [exists().where(key.parent == key.column) for key in keys if key.parent.table is not table.__table__]


def among(column: InstrumentedAttribute[Any], keys: Select[Any]) -> ColumnElement[bool]:
    """Rows whose column is one of the keys."""
    return column.in_(keys)


def older(column: InstrumentedAttribute[Any], moment: Moment, name: str) -> ColumnElement[bool]:
    """Rows whose moment is past the period of this name."""
    return column <= moment.before(name)
