"""Whether a talk with the assistant was good: asked at its end, answered with one press, or two where it was not.

Asked at most once in a conversation within ``days``, and only of who got an answer, is in the midst of nothing, and has not
declined surveys. Nothing that the citizen writes is kept with it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal, get_args

from sqlalchemy import Select, exists, func, select
from sqlalchemy.orm import Session

from bot.conversations.handoffs import open_handoff_of
from bot.conversations.ownership import who_speaks
from bot.conversations.reach import reach_of
from bot.conversations.reopening import RATE_TALK
from bot.conversations.speech import Line, write_lines
from bot.conversations.windows import send_mode
from bot.dialogue.facets import SMALL_TALK
from bot.messages import BotMessage, Button
from bot.rights.consent import has_declined
from bot.storage.eform_models import EFormDraft
from bot.storage.models import Conversation, Inbound, Outbound
from bot.storage.officer_models import Rating
from bot.storage.survey_models import ConversationRating
from bot.texts import say

Occasion = Literal["idle", "goodbye"]
TalkScore = Literal["good", "poor"]
TalkReason = Literal["not_understood", "wrong", "too_long", "person", "other"]

TALK = timedelta(hours=24)
"""An answer longer ago belongs to another talk."""
IDLE_AT_MOST = timedelta(minutes=60)
"""Who has been away for longer is not called back to rate."""
ANSWERS = ("answer", "status")
_FILLING = ("filling", "papers", "review")
_AT_ONCE = 200


@dataclass(frozen=True)
class TalkRatingRules:
    """``days``: 0 asks nobody. ``idle``: the silence after which a talk counts as ended."""

    days: int = 30
    idle: timedelta = timedelta(minutes=10)


def rating_question(asked_at: datetime) -> BotMessage:
    """The question. ``asked_at`` is the one under which ``note_asked`` notes it: its buttons lead back to it."""
    buttons = tuple(_button(asked_at, score) for score in get_args(TalkScore))
    return BotMessage(say("talk_rating_asked"), kind="question", buttons=buttons)


def whole_second(moment: datetime) -> datetime:
    """A moment as buttons can carry it."""
    return moment.astimezone(UTC).replace(microsecond=0)


def note_asked(session: Session, conversation: Conversation, occasion: Occasion, asked_at: datetime) -> None:
    """Notes the question, with what the talk was last about."""
    intent, procedure = _last_matter(session, conversation.id)
    session.add(
        ConversationRating(
            conversation_id=conversation.id,
            occasion=occasion,
            channel=conversation.channel,
            intent=intent[:60],
            procedure_code=procedure[:40],
            asked_at=whole_second(asked_at),
        )
    )


def may_be_asked(session: Session, conversation: Conversation, rules: TalkRatingRules, now: datetime) -> bool:
    """Whether the citizen may be asked now, whatever the hour. The newest line of the talk is not looked at."""
    if rules.days <= 0 or who_speaks(conversation.speaker) != "bot_speaks" or conversation.expects is not None:
        return False
    mine, since = conversation.id, now - timedelta(days=rules.days)
    asked = exists().where(ConversationRating.conversation_id == mine, ConversationRating.asked_at > since)
    of_officer = exists().where(Rating.conversation_id == mine, Rating.asked_at > since)
    filling = exists().where(
        EFormDraft.conversation_id == mine, EFormDraft.stage.in_(_FILLING), EFormDraft.touched_at > now - TALK
    )
    answered = _answers(mine).where(Outbound.created_at > now - TALK).exists()
    if not session.scalar(select(answered & ~asked & ~of_officer & ~filling)):
        return False
    return open_handoff_of(session, mine) is None and not has_declined(session, mine, "survey", now)


def idle_talks(session: Session, rules: TalkRatingRules, now: datetime) -> Sequence[str]:
    """Conversations whose citizen has been silent for the rules' time, and not for too long."""
    spoke = select(Inbound.conversation_id, func.max(Inbound.received_at).label("last")).where(
        Inbound.received_at > now - IDLE_AT_MOST
    )
    found = spoke.group_by(Inbound.conversation_id).subquery()
    lately = select(ConversationRating.conversation_id).where(
        ConversationRating.conversation_id.is_not(None), ConversationRating.asked_at > now - timedelta(days=rules.days)
    )
    idle = select(found.c.conversation_id).where(found.c.last <= now - rules.idle, found.c.conversation_id.not_in(lately))
    return session.scalars(idle.limit(_AT_ONCE)).all()


def ask_when_idle(session: Session, conversation_id: str, rules: TalkRatingRules, now: datetime) -> bool:
    """Asks at the end of a talk that fell silent after an answer; whether it did. Holds the conversation's row."""
    conversation = session.get(Conversation, conversation_id, with_for_update=True)
    if conversation is None or (conversation.lease_until is not None and conversation.lease_until > now):
        return False
    waiting = exists().where(Inbound.conversation_id == conversation_id, Inbound.outcome.is_(None))
    if session.scalar(select(waiting)) or not _ends_with_an_answer(session, conversation_id):
        return False
    if send_mode(reach_of(session, conversation), by_person=False, now=now) != "free":
        return False
    if not may_be_asked(session, conversation, rules, now):
        return False
    at = whole_second(now)
    note_asked(session, conversation, "idle", at)
    key = f"talk:{conversation_id}:{int(at.timestamp())}"
    write_lines(session, conversation, [Line(rating_question(at), "system")], key=key, now=now)
    return True


def pressed(value: str) -> tuple[datetime, TalkScore | None, TalkReason | None] | None:
    """What a button of ours says: the question, and the score or the reason for a poor one. None for anything else."""
    number, _, answer = value.partition(":")
    if not (number.isascii() and number.isdigit()) or len(number) > 11:
        return None
    score = next((one for one in get_args(TalkScore) if one == answer), None)
    reason = next((one for one in get_args(TalkReason) if one == answer), None)
    return (datetime.fromtimestamp(int(number), UTC), score, reason) if score or reason else None


def talk_rating_answer(value: str) -> BotMessage:
    """What the citizen hears after a press: thanks, or first the question why; a person is one press away after a poor one."""
    found = pressed(value)
    if found is None:
        return BotMessage(say("button_unknown"), kind="notice")
    asked_at, score, _reason = found
    if score == "good":
        return BotMessage(say("talk_rating_thanks"), kind="notice")
    if score == "poor":
        buttons = tuple(_button(asked_at, reason) for reason in get_args(TalkReason))
        return BotMessage(say("talk_rating_why"), kind="question", buttons=buttons)
    officer = Button(say("talk_rating_officer"), intent="talk_to_officer")
    return BotMessage(say("talk_rating_thanks_poor"), kind="notice", buttons=(officer,))


def record_talk_rating(session: Session, conversation: Conversation, value: str, now: datetime) -> None:
    """Stores what was pressed; the last press counts. A button of another conversation changes nothing."""
    found = pressed(value)
    if found is None:
        return
    asked_at, score, reason = found
    mine = select(ConversationRating).where(
        ConversationRating.conversation_id == conversation.id, ConversationRating.asked_at == asked_at
    )
    rating = session.scalars(mine.limit(1)).first()
    if rating is None:
        return
    rating.score, rating.reason, rating.rated_at = score or "poor", reason, now


def _button(asked_at: datetime, answer: str) -> Button:
    value = f"{int(whole_second(asked_at).timestamp())}:{answer}"
    return Button(say(f"talk_rating_{answer}"), RATE_TALK, {"value": value})


def _ends_with_an_answer(session: Session, conversation_id: str) -> bool:
    """A question of ours that waits, an officer's word or a notice is no end of a talk."""
    last = select(Outbound).where(Outbound.conversation_id == conversation_id, Outbound.seq.is_not(None))
    row = session.scalars(last.order_by(Outbound.seq.desc()).limit(1)).first()
    return row is not None and row.author == "bot" and row.message.get("kind") in ANSWERS


def _answers(conversation_id: str) -> Select[Outbound]:
    """The assistant's answers to what was asked; small talk is no help that could be rated."""
    understood = func.coalesce(Inbound.nlu["intent"].as_string(), "")
    return (
        select(Outbound)
        .outerjoin(Inbound, Inbound.id == Outbound.inbound_id)
        .where(
            Outbound.conversation_id == conversation_id,
            Outbound.author == "bot",
            Outbound.seq.is_not(None),
            Outbound.message["kind"].as_string().in_(ANSWERS),
            understood.not_in(sorted(SMALL_TALK)),
        )
    )


def _last_matter(session: Session, conversation_id: str) -> tuple[str, str]:
    """Intent and procedure of the newest answer."""
    answer = session.scalars(_answers(conversation_id).order_by(Outbound.seq.desc()).limit(1)).first()
    if answer is None:
        return "", ""
    asked = session.get(Inbound, answer.inbound_id) if answer.inbound_id is not None else None
    understood = (asked.nlu or asked.act or {}) if asked is not None else {}
    return str(understood.get("intent") or ""), str(answer.message.get("procedure_code") or "")
