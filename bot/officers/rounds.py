"""The round that keeps handoffs from silence: leases that ran out, silent officers, waits that are too long, closing time.

Every worker makes it; each step is a conditional change of one conversation, so several at once do no harm.
"""

import logging
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from bot.conversations import ownership
from bot.conversations.handoffs import note_event, open_handoff_of
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage, Button
from bot.officers.approvals import held_until, tell_answers_prepared
from bot.officers.desk import new_number, place_unplaced, ticket_words
from bot.officers.owed import owed_since
from bot.officers.queue_choices import queue_buttons, turn_into_ticket
from bot.officers.shifts import teams_on_duty
from bot.officers.teams import Team, Teams
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Handoff
from bot.texts import say

logger = logging.getLogger(__name__)

_AT_ONCE = 200


@dataclass(frozen=True)
class Patience:
    """How long a citizen waits, in the team's working time: for an officer before the apology, and for an officer's next word. Of
    a reply that a second person must approve: after how long the citizen hears of it, and how long it excuses its author."""

    in_queue: timedelta = timedelta(minutes=15)
    for_officer: timedelta = timedelta(minutes=10)
    told_of_approval: timedelta = timedelta(minutes=5)
    for_approval: timedelta = timedelta(minutes=60)


@dataclass(frozen=True)
class HandoffRounds:
    """The round."""

    sessions: SessionFactory
    teams: Teams
    patience: Patience = Patience()

    def make(self, now: datetime) -> dict[str, int]:
        """One round; returns how often each step changed something, and how many first answers are overdue. A team is open while
        somebody of it is on duty."""
        with self.sessions() as session:
            teams = teams_on_duty(session, self.teams)
        return replace(self, teams=teams)._steps(now)

    def _steps(self, now: datetime) -> dict[str, int]:
        return {
            "placed": self.place(now),
            "released": self.release_expired_leases(now),
            "silent_officers": self.relieve_silent_officers(now),
            "made_tickets": self.close_queues(now),
            "told_long_wait": self.apologise_for_waiting(now),
            "told_of_approval": tell_answers_prepared(self.sessions, now, self.patience.told_of_approval),
            "overdue": self.count_overdue(now),
        }

    def place(self, now: datetime) -> int:
        """Handoffs without a team that exists, or without a due time, get them."""
        with self.sessions() as session:
            unplaced = session.scalars(
                select(Handoff.id)
                .where(
                    Handoff.state == "waiting",
                    or_(Handoff.team.is_(None), Handoff.answer_due_at.is_(None), Handoff.team.not_in(list(self.teams.by_id))),
                )
                .limit(_AT_ONCE)
            ).all()
        for handoff_id in unplaced:
            with writing(self.sessions) as session:
                handoff = session.get_one(Handoff, handoff_id, with_for_update=True)
                if handoff.state == "waiting":
                    place_unplaced(session, handoff, self.teams, now)
        return len(unplaced)

    def release_expired_leases(self, now: datetime) -> int:
        """An officer is gone: the conversation waits for the team again, or, outside hours, as a ticket. A citizen who waits for
        an answer is told."""
        with self.sessions() as session:
            lapsed = session.execute(
                select(Conversation.id, Handoff.team)
                .outerjoin(Handoff, (Handoff.conversation_id == Conversation.id) & (Handoff.state == "taken"))
                .where(
                    Conversation.speaker == "officer",
                    Conversation.owner_account.is_not(None),
                    Conversation.owner_until <= now,
                )
                .limit(_AT_ONCE)
            ).all()
            held = held_until(session, [row.id for row in lapsed], now, self.patience.for_approval)
        gone = [row for row in lapsed if held.get(row.id) != now]
        return sum(self._release(row.id, self.teams.named(row.team), now) for row in gone)

    def _release(self, conversation_id: str, team: Team, now: datetime) -> bool:
        with writing(self.sessions) as session:
            owed = bool(owed_since(session, [conversation_id]))
            to = _where_to(team, now)
            if not ownership.release_lapsed(session, conversation_id, now, to):
                return False
            self._back_in_queue(session, conversation_id, team, now, "lease_lapsed", owed=owed)
        return True

    def relieve_silent_officers(self, now: datetime) -> int:
        """An officer lets a citizen wait too long: the supervisors are told, the citizen hears an apology, and the conversation
        waits for the team again, or, outside hours, as a ticket."""
        with self.sessions() as session:
            owned = session.execute(
                select(Conversation.id, Conversation.owner_account, Conversation.owner_since, Handoff.team)
                .outerjoin(Handoff, (Handoff.conversation_id == Conversation.id) & (Handoff.state == "taken"))
                .where(Conversation.speaker == "officer", Conversation.owner_account.is_not(None))
            ).all()
            owed = owed_since(session, [row.id for row in owned])
            held = held_until(session, list(owed), now, self.patience.for_approval)
        count = 0
        for row in owned:
            team = self.teams.named(row.team)
            if row.id not in owed:
                continue
            since = max(owed[row.id], row.owner_since, held.get(row.id, row.owner_since))
            if self._is_silent(team, since, now):
                count += self._relieve(row.id, row.owner_account, row.owner_since, team, now)
        return count

    def _is_silent(self, team: Team, since: datetime, now: datetime) -> bool:
        # Outside hours the time counts as it passes: then nobody else is there, and the citizen must not wait for the morning.
        waited = team.hours.between(since, now) if team.hours.is_open(now) else now - since
        return waited >= self.patience.for_officer

    def _relieve(self, conversation_id: str, account: str, since: datetime, team: Team, now: datetime) -> bool:
        with writing(self.sessions) as session:
            if not owed_since(session, [conversation_id]):
                return False
            to = _where_to(team, now)
            if not ownership.take_from_silent(session, conversation_id, account, since, to):
                return False
            self._back_in_queue(session, conversation_id, team, now, "officer_silent", owed=True)
        logger.error("alarm.officer_silent", extra={"conversation_id": conversation_id, "account": account, "team": team.id})
        return True

    def _back_in_queue(self, session: Session, conversation_id: str, team: Team, now: datetime, why: str, *, owed: bool) -> None:
        conversation = session.get_one(Conversation, conversation_id)
        handoff = open_handoff_of(session, conversation_id)
        if handoff is None:
            handoff = Handoff(conversation_id=conversation_id, reason="taken_over", summary={}, opened_at=now, taken_at=now)
            session.add(handoff)
        handoff.state, handoff.ticket = "waiting", conversation.speaker == "bot"
        handoff.waiting_since = now if owed else None
        handoff.told_waiting_at, handoff.told_long_wait_at = handoff.waiting_since, None
        handoff.team, handoff.number = handoff.team or team.id, handoff.number or new_number()
        note_event(session, handoff, why, now, handoff.taken_by)
        if handoff.ticket:
            words = ticket_words(team.name, handoff.number, team.hours.next_opening(now))
            _tell(session, conversation, handoff, words, now, sorry=owed)
        elif owed:
            _tell(session, conversation, handoff, say("waits_for_colleague"), now, sorry=True, buttons=queue_buttons())

    def close_queues(self, now: datetime) -> int:
        """Closing time: who still waits in a queue gets a ticket, and the bot speaks again."""
        with self.sessions() as session:
            waiting = session.execute(
                select(Handoff.conversation_id, Handoff.team)
                .join(Conversation, Conversation.id == Handoff.conversation_id)
                .where(Handoff.state == "waiting", Handoff.ticket.is_(False), Conversation.speaker == "waiting")
                .order_by(Handoff.opened_at)
            ).all()
        closed = [row.conversation_id for row in waiting if not self.teams.named(row.team).hours.is_open(now)]
        return sum(self._close_queue(one, now) for one in closed[:_AT_ONCE])

    def _close_queue(self, conversation_id: str, now: datetime) -> bool:
        with writing(self.sessions) as session:
            conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
            handoff = _still_waiting(session, conversation)
            if handoff is None:
                return False
            team = self.teams.named(handoff.team)
            handoff.number = handoff.number or new_number()
            turn_into_ticket(session, conversation, now)
            words = ticket_words(team.name, handoff.number, team.hours.next_opening(now))
            _tell(session, conversation, handoff, words, now, sorry=handoff.waiting_since is not None)
        return True

    def apologise_for_waiting(self, now: datetime) -> int:
        """Who waits too long hears an apology and may choose."""
        with self.sessions() as session:
            waiting = session.scalars(
                select(Handoff)
                .where(Handoff.state == "waiting", Handoff.ticket.is_(False), Handoff.waiting_since.is_not(None))
                .order_by(Handoff.opened_at)
            ).all()
        due = [handoff.conversation_id for handoff in waiting if self._waits_too_long(handoff, now)]
        return sum(self._apologise(one, now) for one in due[:_AT_ONCE])

    def _waits_too_long(self, handoff: Handoff, now: datetime) -> bool:
        if handoff.waiting_since is None:
            return False
        since = max(handoff.waiting_since, handoff.told_long_wait_at or handoff.waiting_since)
        return self.teams.named(handoff.team).hours.between(since, now) >= self.patience.in_queue

    def _apologise(self, conversation_id: str, now: datetime) -> bool:
        with writing(self.sessions) as session:
            conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
            handoff = _still_waiting(session, conversation)
            if handoff is None or not self._waits_too_long(handoff, now):
                return False
            handoff.told_long_wait_at = now
            note_event(session, handoff, "told_long_wait", now)
            _tell(session, conversation, handoff, say("waits_too_long"), now, sorry=True, buttons=queue_buttons())
        return True

    def count_overdue(self, now: datetime) -> int:
        """How many first answers are overdue; logged for whoever watches."""
        overdue = (
            select(func.count())
            .select_from(Handoff)
            .where(Handoff.state.in_(("waiting", "taken")), Handoff.first_answer_at.is_(None), Handoff.answer_due_at <= now)
        )
        with self.sessions() as session:
            count = int(session.scalar(overdue) or 0)
        if count:
            logger.warning("handoffs.overdue", extra={"count": count})
        return count


def _where_to(team: Team, now: datetime) -> Literal["waiting", "bot"]:
    return "waiting" if team.hours.is_open(now) else "bot"


def _still_waiting(session: Session, conversation: Conversation) -> Handoff | None:
    """The handoff that waits in a queue of people, read again under the conversation's lock."""
    handoff = open_handoff_of(session, conversation.id)
    return handoff if conversation.speaker == "waiting" and handoff is not None and handoff.state == "waiting" else None


def _tell(
    session: Session,
    conversation: Conversation,
    handoff: Handoff,
    words: str,
    now: datetime,
    *,
    sorry: bool,
    buttons: tuple[Button, ...] = (),
) -> None:
    text = f"{say('sorry_for_waiting')} {words}" if sorry else words
    message = BotMessage(text, kind="handoff", buttons=buttons)
    key = f"round:{handoff.id}:{conversation.last_seq}"
    write_lines(session, conversation, [Line(message, "system")], key=key, now=now)
