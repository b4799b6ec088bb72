"""The gateway's part in ratings of talks: the question after thanks and goodbyes, the press, and the question after silence."""

import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session

from bot.conversations.clock import Clock
from bot.conversations.speech import Line
from bot.conversations.turns import Claim, Conclusion
from bot.outreach.quiet_hours import QuietHours
from bot.settings import Settings
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation
from bot.surveys.talk_ratings import (
    TalkRatingRules,
    ask_when_idle,
    idle_talks,
    may_be_asked,
    note_asked,
    rating_question,
    record_talk_rating,
    talk_rating_answer,
    whole_second,
)
from bot.switches.board import Active

logger = logging.getLogger(__name__)

FAREWELLS = ("thank", "goodbye")


def talk_rating_rules(settings: Settings) -> TalkRatingRules:
    """The rules that the settings name."""
    return TalkRatingRules(settings.talk_rating_days, timedelta(minutes=settings.talk_rating_idle_minutes))


def talk_rated(claim: Claim) -> Conclusion:
    """The citizen says how it was; nothing else changes."""
    value = str((claim.act or {}).get("entities", {}).get("value", ""))

    def record(session: Session, conversation: Conversation, now: datetime) -> None:
        record_talk_rating(session, conversation, value, now)

    line = Line(talk_rating_answer(value), "system")
    return Conclusion("answered", claim.speaker, detail="rated", lines=(line,), keeps_expects=True, also=record)


class FarewellRatings:
    """Adds the question to the answer to thanks and goodbyes."""

    def __init__(self, sessions: SessionFactory, rules: TalkRatingRules, clock: Clock) -> None:
        self._sessions, self._rules, self._clock = sessions, rules, clock

    def __call__(self, claim: Claim, conclusion: Conclusion) -> Conclusion:
        """The conclusion, with the question where it is due; the question is noted in the transaction that says it."""
        intent = (conclusion.nlu or {}).get("intent")
        if conclusion.outcome != "answered" or intent not in FAREWELLS or not conclusion.lines or conclusion.also is not None:
            return conclusion
        if any(line.message.kind == "question" for line in conclusion.lines) or conclusion.expects is not None:
            return conclusion  # something is asked already
        now = self._clock()
        try:
            with self._sessions() as session:
                conversation = session.get(Conversation, claim.conversation_id)
                if conversation is None or not may_be_asked(session, conversation, self._rules, now):
                    return conclusion
        except SQLAlchemyError as error:
            # The answer is worth more than the question after it.
            logger.warning("talk_rating.not_asked", extra={"error": type(error).__name__})
            return conclusion
        at = whole_second(now)

        def note(session: Session, talk: Conversation, _now: datetime) -> None:
            note_asked(session, talk, "goodbye", at)

        return replace(conclusion, lines=(*conclusion.lines, Line(rating_question(at), "system")), also=note)


class IdleRatings:
    """Asks after silence. ``switches``: what is off now; on a channel that is off nobody is asked."""

    def __init__(
        self, sessions: SessionFactory, rules: TalkRatingRules, quiet: QuietHours, switches: Callable[[], Active]
    ) -> None:
        self._sessions, self._rules, self._quiet, self._switches = sessions, rules, quiet, switches

    def go_round(self, now: datetime) -> int:
        """Asks whom it may, a transaction each; how many. In quiet hours nobody, also not later."""
        if self._rules.days <= 0 or self._quiet.over_at(now) > now:
            return 0
        with self._sessions() as session:
            idle = idle_talks(session, self._rules, now)
        return sum(self._ask(conversation_id, now) for conversation_id in idle)

    def _ask(self, conversation_id: str, now: datetime) -> bool:
        try:
            with writing(self._sessions) as session:
                channel = session.get_one(Conversation, conversation_id).channel
                if self._switches().off("channel", channel) is not None:
                    return False
                return ask_when_idle(session, conversation_id, self._rules, now)
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            # One that somebody holds keeps no other citizen waiting; it is looked at again in a minute.
            logger.warning("talk_rating.not_asked", extra={"error": type(error).__name__})
            return False
