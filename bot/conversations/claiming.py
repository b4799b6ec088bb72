"""Taking a conversation for oneself: how workers (for its turns) and senders (for its messages) each get one that is free."""

from collections.abc import Mapping

from sqlalchemy import Select
from sqlalchemy.orm import Session

from bot.storage.database import SessionFactory
from bot.storage.models import Conversation


def may_be_due(sessions: SessionFactory, due: Select[Conversation], values: Mapping[str, object] | None = None) -> bool:
    """Whether it is worth to take the right to write. On SQLite, where there is one writer, whoever only asks must not hold the
    others up; on PostgreSQL the claim itself asks and waits for nobody."""
    with sessions() as session:
        if session.get_bind().dialect.name != "sqlite":
            return True
        return session.scalars(due.with_only_columns(Conversation.id).limit(1), values).first() is not None


def first_free(session: Session, due: Select[Conversation]) -> Conversation | None:
    """The first conversation that ``due`` names, held until the end of the transaction; None where there is none."""
    return next(iter(free_ones(session, due, 1)), None)


def free_ones(
    session: Session, due: Select[Conversation], most: int, values: Mapping[str, object] | None = None
) -> list[Conversation]:
    """The first conversations that ``due`` names (with the ``values`` of what it leaves open), each once, held until the end of
    the transaction.

    Held as one that keeps its key: rows of other tables that name it are written meanwhile. On PostgreSQL rows that somebody
    holds at this moment are passed over, and a row that changed meanwhile is looked at again; on SQLite writers come one after
    the other anyway.
    """
    held = session.scalars(due.limit(most).with_for_update(of=Conversation, skip_locked=True, key_share=True), values)
    return list(dict.fromkeys(held))
