"""Whether a citizen waits for an officer's word, and since when."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from bot.storage.models import Conversation, Handoff, Inbound, Outbound


def owed_since(session: Session, conversation_ids: Iterable[str]) -> dict[str, datetime]:
    """For each of the conversations in which a citizen waits for an officer: since when. They wait where they wrote after an
    officer's last word, or where nobody has answered since an officer took what they asked for."""
    ids = list(conversation_ids)
    last_word = (
        select(func.coalesce(func.max(Outbound.seq), 0))
        .where(Outbound.conversation_id == Inbound.conversation_id, Outbound.author == "officer")
        .scalar_subquery()
    )
    wrote = session.execute(
        select(Inbound.conversation_id, func.min(Inbound.received_at).label("since"))
        .where(Inbound.conversation_id.in_(ids), Inbound.seq > last_word, Inbound.outcome == "waiting_for_officer")
        .group_by(Inbound.conversation_id)
    ).all()
    unanswered = session.execute(
        select(Conversation.id, Conversation.owner_since)
        .join(Handoff, Handoff.conversation_id == Conversation.id)
        .where(
            Conversation.id.in_(ids),
            Conversation.owner_since.is_not(None),
            Handoff.state == "taken",
            Handoff.first_answer_at.is_(None),
            Handoff.reason != "taken_over",
        )
    ).all()
    return {row.id: row.owner_since for row in unanswered} | {row.conversation_id: row.since for row in wrote}
