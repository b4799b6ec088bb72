"""Conversations for the assistant's own figures."""

import secrets
from datetime import datetime, timedelta

from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Handoff, Inbound, Outbound
from bot.storage.officer_models import Rating


def talk(
    database: Database,
    at: datetime,
    *,
    answered_after: int,
    handed_over: bool = False,
    rating: str | None = None,
    procedure: str | None = None,
) -> None:
    """One message, its answer after so many seconds, and what came of it."""
    name = secrets.token_hex(8)
    with writing(database.sessions) as session:
        session.add(Conversation(id=name, channel="webchat", account="web", external_id=name, opened_at=at))
        session.flush()
        came = Inbound(
            conversation_id=name, channel="webchat", account="web", event_id=name, seq=1, text="bí mật của tôi",
            nlu={"intent": "ask_fee"}, received_at=at,
            outcome="handed_over" if handed_over else "answered",
        )  # fmt: skip
        session.add(came)
        session.flush()
        said = at + timedelta(seconds=answered_after)
        session.add(
            Outbound(
                conversation_id=name,
                inbound_id=came.id,
                seq=2,
                author="bot",
                message={"text": "x"} | ({"procedure_code": procedure} if procedure else {}),
                state="sent",
                idempotency_key=name,
                created_at=said,
            )
        )
        if handed_over:
            handoff = Handoff(
                conversation_id=name, inbound_id=came.id, reason="asked", team="tthcc-tinh", summary={}, opened_at=at,
                first_answer_at=at + timedelta(minutes=2),
            )  # fmt: skip
            session.add(handoff)
            session.flush()
            session.add(Rating(handoff_id=handoff.id, conversation_id=name, asked_at=at, score=rating, rated_at=at))
