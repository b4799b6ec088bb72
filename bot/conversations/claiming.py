"""Taking a conversation for oneself: how workers (for its turns) and senders (for its messages) each get one that is free."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import ColumnElement, case, select, update
from sqlalchemy.orm import Session

from bot.storage.models import Conversation


def claim_conversation(
    session: Session, candidates: Sequence[str], is_free: Sequence[ColumnElement[bool]], lease: Mapping[str, Any]
) -> Conversation | None:
    """Writes ``lease`` on the first of the candidates that still ``is_free``; None where none is.

    On PostgreSQL rows that somebody holds at this moment are passed over; on SQLite writers come one after the other anyway.
    """
    free = session.scalars(
        select(Conversation.id)
        .where(Conversation.id.in_(candidates), *is_free)
        .order_by(case({one: place for place, one in enumerate(candidates)}, value=Conversation.id))
        .limit(1)
        .with_for_update(skip_locked=True)
    ).first()
    if free is None:
        return None
    won = session.execute(
        update(Conversation)
        .where(Conversation.id == free, *is_free)
        .values(lease)
        .returning(Conversation.id)
        .execution_options(synchronize_session=False)
    ).one_or_none()
    return session.get_one(Conversation, free) if won is not None else None
