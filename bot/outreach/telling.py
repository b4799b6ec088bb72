"""Telling what is due: notices become lines of a conversation, each once, where and when the citizen may be written to.

A notice is the house's own word and not the bot's talk: it is told (as ``system``) also while an officer owns the conversation.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from bot.conversations.identity_links import conversations_of_person, linked_person
from bot.conversations.ownership import who_speaks
from bot.conversations.reach import reach_of
from bot.conversations.speech import Line, write_lines
from bot.conversations.windows import send_mode
from bot.messages import BotMessage
from bot.outreach.content import dossier_of
from bot.outreach.rendering import change_message, no_answer_message, reminder_message
from bot.outreach.rules import NoticeRules
from bot.outreach.watches import end_watch
from bot.portal.errors import ContractChanged
from bot.rights.consent import has_consent
from bot.storage.database import SessionFactory, writing
from bot.storage.dossier_models import DossierNotice, DossierWatch
from bot.storage.models import Conversation

logger = logging.getLogger(__name__)

WATCHES_AT_ONCE = 50
QUOTA_TRIED_EVERY = timedelta(hours=1)
QUOTA_TRIED_FOR = timedelta(hours=24)
MISSED_KEPT = timedelta(days=30)
NO_CONSENT = "no_consent"
"""Why a notice was not told where nobody agreed to be told, or not any more."""
_OPEN = ("free", "from_quota")
_TOLD_STATES = ("active", "ended")


@dataclass(frozen=True)
class Told:
    """What one round did."""

    told: int = 0
    not_told: int = 0

    def __add__(self, other: "Told") -> "Told":
        return Told(self.told + other.told, self.not_told + other.not_told)


def tell_due(sessions: SessionFactory, rules: NoticeRules, now: datetime) -> Told:
    """Tells what is due, a transaction for each watch; any number of workers may do it at once."""
    with sessions() as session:
        due = list(dict.fromkeys([*session.scalars(_due(now)).all(), *session.scalars(_missed_and_back()).all()]))
    total = Told()
    for watch_id in due[:WATCHES_AT_ONCE]:
        try:
            with writing(sessions) as session:
                total += _Telling(session, watch_id, rules, now).tell()
        except DBAPIError as error:
            if error.connection_invalidated:
                raise
            # One that somebody holds, or that cannot be written, keeps no other citizen waiting.
            logger.error("notice.not_written", extra={"watch_id": watch_id, "error": type(error).__name__})
    return total


def forget_missed(session: Session, now: datetime) -> int:
    """Gives up what could not be told for too long; returns how many."""
    old = update(DossierNotice).where(
        DossierNotice.state == "not_told", DossierNotice.content.is_not(None), DossierNotice.finished_at < now - MISSED_KEPT
    )
    return len(session.execute(old.values(content=None).returning(DossierNotice.id)).all())


def _due(now: datetime) -> Any:
    return (
        select(DossierNotice.watch_id)
        .join(DossierWatch, DossierWatch.id == DossierNotice.watch_id)
        .where(DossierNotice.state == "waiting", DossierNotice.due_at <= now, DossierWatch.state.in_(_TOLD_STATES))
        .order_by(DossierNotice.due_at, DossierNotice.id)
        .limit(WATCHES_AT_ONCE * 4)
    )


def _missed_and_back() -> Any:
    """Watches of which something could not be told, and whose citizen has written since."""
    return (
        select(DossierNotice.watch_id)
        .join(DossierWatch, DossierWatch.id == DossierNotice.watch_id)
        .join(Conversation, Conversation.id == DossierWatch.conversation_id)
        .where(
            DossierNotice.state == "not_told",
            DossierNotice.content.is_not(None),
            DossierWatch.state.in_(_TOLD_STATES),
            Conversation.acted_at > DossierNotice.finished_at,
        )
        .limit(WATCHES_AT_ONCE)
    )


class _Telling:
    """One watch's notices in one transaction, which holds the conversation and the watch."""

    def __init__(self, session: Session, watch_id: str, rules: NoticeRules, now: datetime) -> None:
        self._session, self._rules, self._now = session, rules, now
        conversation_id = session.get_one(DossierWatch, watch_id).conversation_id
        self._conversation = session.get_one(Conversation, conversation_id, with_for_update=True)
        self._watch = session.get_one(DossierWatch, watch_id, with_for_update=True, populate_existing=True)

    def tell(self) -> Told:
        """Tells what is due and what was missed."""
        if self._watch.state not in _TOLD_STATES:
            return Told()
        if not has_consent(self._session, self._conversation.id, "reminders", self._now):
            return self._keep_silent()
        waiting = self._notices(DossierNotice.state == "waiting", DossierNotice.due_at <= self._now)
        resumes = self._rules.quiet.over_at(self._now)
        if waiting and resumes > self._now:
            for notice in waiting:
                notice.due_at = resumes
            waiting = []
        done = Told()
        for notice in self._without_superseded(waiting):
            done += self._tell_one(notice, missed=False)
        return done + self._tell_missed()

    def _keep_silent(self) -> Told:
        """Without a consent nothing is told, and the watch ends: what the portal would tell further is nobody's wish."""
        open_notices = self._notices(or_(DossierNotice.state == "waiting", DossierNotice.content.is_not(None)))
        done = Told()
        for notice in open_notices:
            done += self._end(notice, "not_told", NO_CONSENT)
        if self._watch.state == "active":
            end_watch(self._watch, "ended", NO_CONSENT, self._now)
        return done

    def _notices(self, *which: Any) -> Sequence[DossierNotice]:
        mine = select(DossierNotice).where(DossierNotice.watch_id == self._watch.id, *which)
        ordered = mine.order_by(DossierNotice.occurred_at, DossierNotice.id).with_for_update()
        return self._session.scalars(ordered.execution_options(populate_existing=True)).all()

    def _without_superseded(self, waiting: Sequence[DossierNotice]) -> Iterable[DossierNotice]:
        """Of several changes that the quiet hours held back only the latest is told."""
        changes = [notice for notice in waiting if notice.kind == "change"]
        for notice in waiting:
            held_back = notice.due_at > notice.created_at
            if notice.kind == "change" and notice is not changes[-1] and held_back:
                self._end(notice, "not_told", "superseded")
            else:
                yield notice

    def _tell_missed(self) -> Told:
        """What could not be told, once the citizen has written again: the latest of it, unless something newer was told."""
        acted = self._conversation.acted_at
        missed = self._notices(DossierNotice.state == "not_told", DossierNotice.content.is_not(None))
        back = [one for one in missed if acted is not None and one.finished_at is not None and acted > one.finished_at]
        return self._tell_one(back[-1], missed=True) if back else Told()

    def _tell_one(self, notice: DossierNotice, *, missed: bool) -> Told:
        message = self._message(notice, missed=missed)
        if message is None:
            return self._end(notice, "not_told", "no_longer_true")
        if who_speaks(self._conversation.speaker) == "unknown":
            notice.due_at = self._now + QUOTA_TRIED_EVERY
            logger.error("alarm.speaker_unknown", extra={"conversation_id": self._conversation.id, "notice_id": notice.id})
            return Told()
        place, mode = self._reachable()
        if place is None:
            return self._unreachable(notice, mode, missed=missed)
        [row] = write_lines(self._session, place, [Line(message, "system")], key=f"notice:{notice.id}", now=self._now)
        notice.outbound_id = row.id
        elsewhere = place.id != self._conversation.id
        done = self._end(notice, "told", "elsewhere" if elsewhere else "late" if missed else None, channel=place.channel)
        if notice.kind == "change":
            self._drop_older(notice)
        return done

    def _message(self, notice: DossierNotice, *, missed: bool) -> BotMessage | None:
        if notice.content is None:
            return None
        if "failed" in notice.content:
            return no_answer_message(str(notice.content["failed"]), self._watch.shown)
        try:
            dossier = dossier_of(notice.content, self._watch.shown)
        except ContractChanged:
            return None
        if notice.kind not in ("change", "answer"):
            true = self._watch.state == "active"
            return reminder_message(notice.kind, dossier, self._now, watch_id=self._watch.id) if true else None
        ends = self._watch.state == "ended" and notice.occurred_at == self._watch.changed_at
        answers = notice.kind == "answer"
        return change_message(dossier, self._rules, self._now, watch_id=self._watch.id, ends=ends, missed=missed, answers=answers)

    def _reachable(self) -> tuple[Conversation | None, str]:
        """Where the citizen can be written to now: here, else in another conversation that is surely theirs; or why nowhere."""
        mode = send_mode(reach_of(self._session, self._conversation), by_person=False, now=self._now)
        if mode in _OPEN:
            return self._conversation, mode
        person = linked_person(self._session, self._conversation.id, self._now)
        others = conversations_of_person(self._session, [person], self._now) if person is not None else []
        for other_id in others:
            other = self._session.get(Conversation, other_id, with_for_update=True)
            if other is None or other_id == self._conversation.id or who_speaks(other.speaker) == "unknown":
                continue
            if send_mode(reach_of(self._session, other), by_person=False, now=self._now) in _OPEN:
                return other, mode
        return None, mode

    def _unreachable(self, notice: DossierNotice, mode: str, *, missed: bool) -> Told:
        if missed:
            return Told()
        if mode == "quota_used_up" and self._now - notice.created_at < QUOTA_TRIED_FOR:
            notice.due_at = self._now + QUOTA_TRIED_EVERY
            return Told()
        return self._end(notice, "not_told", mode, keep=notice.kind in ("change", "answer"))

    def _end(self, notice: DossierNotice, state: str, reason: str | None, *, keep: bool = False, channel: str = "") -> Told:
        notice.state, notice.reason, notice.finished_at = state, reason, self._now
        if not keep:
            notice.content = None
        found = {"notice_id": notice.id, "watch_id": notice.watch_id, "kind": notice.kind, "reason": reason}
        if state == "told":
            logger.info("notice.told", extra=found | {"channel": channel})
            return Told(told=1)
        logger.info("notice.not_told", extra=found)
        return Told(not_told=1)

    def _drop_older(self, told: DossierNotice) -> None:
        """What was missed before the change that has now been told is of no use any more."""
        for one in self._notices(DossierNotice.state == "not_told", DossierNotice.content.is_not(None)):
            if one.occurred_at <= told.occurred_at:
                one.content, one.reason = None, "superseded"
