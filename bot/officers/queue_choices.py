"""What a citizen in the queue may choose: to go on waiting, to leave a ticket, or to go back to the assistant."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.conversations import ownership
from bot.conversations.handoffs import note_event, open_handoff_of
from bot.messages import Button
from bot.storage.models import Conversation
from bot.texts import say

WAIT_LONGER = "wait_longer"
LEAVE_TICKET = "leave_ticket"
RETURN_TO_BOT = "return_to_bot"


def queue_buttons() -> tuple[Button, ...]:
    """The three choices."""
    return (
        Button(say("button_wait_longer"), WAIT_LONGER),
        Button(say("button_leave_ticket"), LEAVE_TICKET),
        Button(say("button_return_to_bot"), RETURN_TO_BOT),
    )


def note_waiting_on(session: Session, conversation: Conversation, now: datetime) -> None:
    """The citizen goes on waiting: the apology comes again only after another full time."""
    handoff = open_handoff_of(session, conversation.id)
    if handoff is not None and handoff.state == "waiting":
        handoff.told_long_wait_at = now
        note_event(session, handoff, "waits_on", now)


def turn_into_ticket(session: Session, conversation: Conversation, now: datetime) -> None:
    """The request stays in the team's queue; the bot speaks meanwhile."""
    handoff = open_handoff_of(session, conversation.id)
    if handoff is not None and handoff.state == "waiting" and ownership.leave_queue(session, conversation.id):
        handoff.ticket = True
        note_event(session, handoff, "made_a_ticket", now)
