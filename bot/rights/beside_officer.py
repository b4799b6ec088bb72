"""A wish about one's own data while a person has the conversation: the dialogue is silent then, the wish becomes a request."""

from datetime import datetime

from sqlalchemy.orm import Session

from bot.catalogue.schema import WorkingCalendar
from bot.messages import BotMessage
from bot.rights.kinds import RequestKind
from bot.rights.tickets import number_of, open_request
from bot.texts import say


def open_beside_officer(
    session: Session, conversation_id: str, kind: RequestKind, words: str | None, calendar: WorkingCalendar, now: datetime
) -> BotMessage:
    """Opens the request; what the citizen is told."""
    request = open_request(session, conversation_id, kind, words, calendar, now)
    day = f"{request.acknowledge_by:%d/%m/%Y}"
    if kind == "delete":
        return BotMessage(say("delete_to_officer", number=number_of(request), day=day), kind="notice")
    return BotMessage(say("rights_ticket", number=number_of(request), what=say(f"rights_what_{kind}"), day=day), kind="notice")
