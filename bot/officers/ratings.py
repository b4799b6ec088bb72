"""How it was: asked when an officer ends a conversation, answered with one press, or two where it was not good."""

from datetime import datetime
from typing import Literal, get_args

from sqlalchemy.orm import Session

from bot.conversations.reopening import RATE_OFFICER
from bot.messages import BotMessage, Button
from bot.storage.models import Conversation, Handoff
from bot.storage.officer_models import Rating
from bot.texts import say

Score = Literal["good", "poor"]
PoorReason = Literal["slow", "unclear", "impolite", "unsolved"]


def rating_request(session: Session, handoff: Handoff, now: datetime) -> BotMessage:
    """The request, noted as asked. A conversation that goes on under the same handoff is asked once."""
    if session.get(Rating, handoff.id) is None:
        session.add(Rating(handoff_id=handoff.id, conversation_id=handoff.conversation_id, asked_at=now))
    return BotMessage(
        say("rating_asked"), kind="question", buttons=tuple(_button(handoff.id, score) for score in get_args(Score))
    )


def _button(handoff_id: int, answer: str) -> Button:
    return Button(say(f"rating_{answer}"), RATE_OFFICER, {"value": f"{handoff_id}:{answer}"})


def rating_pressed(value: str) -> tuple[int, Score | None, PoorReason | None] | None:
    """What a button of ours says: the handoff, and the score or the reason for a poor one. None for anything else."""
    number, _, answer = value.partition(":")
    if not (number.isascii() and number.isdigit()) or len(number) > 15:
        return None
    score = next((one for one in get_args(Score) if one == answer), None)
    reason = next((one for one in get_args(PoorReason) if one == answer), None)
    return (int(number), score, reason) if score or reason else None


def rating_answer(value: str) -> BotMessage:
    """What the citizen hears after a press: thanks, or first the question why."""
    pressed = rating_pressed(value)
    if pressed is None:
        return BotMessage(say("button_unknown"), kind="notice")
    handoff_id, score, _ = pressed
    if score == "poor":
        buttons = tuple(_button(handoff_id, reason) for reason in get_args(PoorReason))
        return BotMessage(say("rating_why"), kind="question", buttons=buttons)
    return BotMessage(say("rating_thanks"), kind="notice")


def record_rating(session: Session, conversation: Conversation, value: str, now: datetime) -> None:
    """Stores what was pressed; the last press counts. A button of another conversation changes nothing."""
    pressed = rating_pressed(value)
    if pressed is None:
        return
    handoff_id, score, reason = pressed
    rating = session.get(Rating, handoff_id)
    if rating is None or rating.conversation_id != conversation.id:
        return
    rating.score = score or "poor"
    rating.reason = reason
    rating.rated_at = now
