"""What the gateway concludes where people have the conversation: choices of who waits, leaving an officer, ratings, and how a
handoff was received. Pure: no I/O, no clock."""

from dataclasses import replace
from datetime import datetime

from sqlalchemy.orm import Session

from bot.conversations.speech import Line
from bot.conversations.turns import Claim, Conclusion
from bot.messages import BotMessage, Button
from bot.officers.desk import Reception
from bot.officers.queue_choices import LEAVE_TICKET, RETURN_TO_BOT, WAIT_LONGER, note_waiting_on, turn_into_ticket
from bot.officers.ratings import rating_answer, record_rating
from bot.storage.models import Conversation
from bot.texts import say


def asks_whether_to_leave_officer(claim: Claim) -> Conclusion:
    """Before the citizen leaves an officer they are asked; the officer sees it in the transcript."""
    name = claim.officer_name
    words = say("leave_officer_asked", name=name) if name else say("leave_unnamed_officer_asked")
    button = Button(say("button_return_to_bot"), RETURN_TO_BOT, {"value": "yes"})
    line = Line(BotMessage(words, kind="question", buttons=(button,)), "system")
    return Conclusion("answered", claim.speaker, detail="asked_whether_to_leave", lines=(line,), keeps_expects=True)


def waits_longer(claim: Claim) -> Conclusion:
    """The citizen goes on waiting."""
    return Conclusion(
        "answered", claim.speaker, detail=WAIT_LONGER, lines=(_notice("waits_on"),), keeps_expects=True, also=note_waiting_on
    )


def leaves_ticket(claim: Claim) -> Conclusion:
    """The request stays in the queue, the bot speaks meanwhile."""
    return Conclusion("answered", claim.speaker, detail=LEAVE_TICKET, lines=(_notice("ticket_left"),), also=turn_into_ticket)


def rated(claim: Claim) -> Conclusion:
    """The citizen says how it was; nothing else changes."""
    value = str((claim.act or {}).get("entities", {}).get("value", ""))

    def record(session: Session, conversation: Conversation, now: datetime) -> None:
        record_rating(session, conversation, value, now)

    line = Line(rating_answer(value), "system")
    return Conclusion("answered", claim.speaker, detail="rated", lines=(line,), keeps_expects=True, also=record)


def received(conclusion: Conclusion, reception: Reception) -> Conclusion:
    """A handoff's end of turn with what the desk decided: its words follow the assistant's last ones. A ticket has no way back:
    the bot goes on speaking anyway."""
    if not conclusion.lines:
        return replace(conclusion, placement=reception.placement)
    last = conclusion.lines[-1]
    message = replace(last.message, text=f"{last.message.text} {reception.told}".strip())
    if reception.placement.ticket:
        message = replace(message, buttons=tuple(one for one in message.buttons if one.intent != RETURN_TO_BOT))
    lines = (*conclusion.lines[:-1], replace(last, message=message))
    return replace(conclusion, lines=lines, placement=reception.placement)


def _notice(key: str) -> Line:
    return Line(BotMessage(say(key), kind="notice"), "system")
