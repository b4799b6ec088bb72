"""A citizen writes again after an officer's end: soon after, it goes back to the officer's team; later, to the bot."""

import re
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.conversations import ownership
from bot.conversations.handoffs import note_event
from bot.language.normalise import fold
from bot.storage.models import Conversation, Handoff, Inbound

RATE_OFFICER = "rate_officer"
"""The act of the buttons under a request for a rating: no reason to call the team again."""
RATE_TALK = "rate_talk"
"""The same under the question whether the talk with the assistant was good."""

_ONLY_THANKS = re.compile(
    r"^\W*(?:(?:da|vang|ok|oke|okay|ok ban|toi|em|minh|chau|xin|rat|cam on|camon|cam ta|thank(?:s| you)?|tks|nhieu|nhe|a|nha|ban"
    r"|anh|chi|can bo|ong|ba|da hieu|hieu roi|biet roi|duoc roi|tot|chao|tam biet|bye)\b\W*)+$"
)


def take_up_again(session: Session, conversation: Conversation, event: Inbound, now: datetime, within: timedelta) -> bool:
    """``closed`` → ``waiting`` with the team of before, where an officer's end is not older than ``within`` and the citizen says
    more than thanks. The caller holds the conversation's row."""
    if (event.act or {}).get("intent") in (RATE_OFFICER, RATE_TALK) or (event.text and _ONLY_THANKS.match(fold(event.text))):
        return False
    last = session.scalars(
        select(Handoff).where(Handoff.conversation_id == conversation.id).order_by(Handoff.id.desc()).limit(1)
    ).first()
    if last is None or last.state != "closed" or last.taken_by is None or last.ended_at is None or last.ended_at <= now - within:
        return False
    if not ownership.begin_waiting(session, conversation.id):
        return False
    again = Handoff(
        conversation_id=conversation.id,
        inbound_id=event.id,
        reason=last.reason,
        summary=dict(last.summary),
        state="waiting",
        team=last.team,
        routed_by="same_team_as_before",
        procedure_code=last.procedure_code,
        place_id=last.place_id,
        opened_at=now,
        waiting_since=now,
        follows_id=last.id,
    )
    session.add(again)
    note_event(session, again, "taken_up_again", now)
    return True
