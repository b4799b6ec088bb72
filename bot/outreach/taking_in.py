"""What the portal tells of a watched dossier becomes a notice: once, whether a webhook or the list of changes brought it."""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Literal

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.outreach.content import kept_of
from bot.outreach.reminders import open_deadline, plan_reminders
from bot.outreach.rules import NoticeRules
from bot.outreach.watches import end_watch
from bot.portal.submission import Draft
from bot.portal.watching import DossierChange
from bot.portal.webhooks import PortalEvent
from bot.storage.dossier_models import DossierNotice, DossierWatch, PortalEventSeen

logger = logging.getLogger(__name__)

Taken = Literal["noted", "older", "known", "not_watched"]
EventTaken = Literal["duplicate", "ignored", "draft", "noted", "older", "known", "not_watched"]
TakeInDraft = Callable[[Session, Draft, datetime], bool]


def take_in_event(
    session: Session, event: PortalEvent, rules: NoticeRules, take_in_draft: TakeInDraft, now: datetime
) -> EventTaken:
    """Carries out an event of the portal's webhook in the caller's transaction, which also keeps the event's id: a repetition
    changes nothing. Two repetitions at the same moment: the later one fails with ``IntegrityError`` and must be tried again."""
    if session.get(PortalEventSeen, event.event_id) is not None:
        return "duplicate"
    session.add(PortalEventSeen(event_id=event.event_id, type=event.type, received_at=now))
    session.flush()
    if event.change is not None:
        return take_in_change(session, event.change, rules, now)
    if event.draft is not None:
        take_in_draft(session, event.draft, now)
        return "draft"
    return "ignored"


def take_in_change(session: Session, change: DossierChange, rules: NoticeRules, now: datetime) -> Taken:
    """Writes the notice of a change. ``known``: it is there already. ``older``: a later state of the dossier was taken in
    before, so this one is not told as new. ``not_watched``: nobody here follows it (any more)."""
    watch = session.get(DossierWatch, change.our_reference, with_for_update=True, populate_existing=True)
    if watch is None or watch.state not in ("asked", "active"):
        return "not_watched"
    known = select(DossierNotice.id).where(DossierNotice.watch_id == watch.id, DossierNotice.occasion == change.change_id)
    if session.scalars(known).first() is not None:
        return "known"
    older = watch.changed_at is not None and change.occurred_at < watch.changed_at
    session.add(_notice(watch, change, rules, now, older=older))
    if older:
        return "older"
    watch.status_code, watch.changed_at = change.dossier.status_code, change.occurred_at
    watch.supplement_deadline = open_deadline(change.dossier)
    if change.ended or rules.has_ended(change.dossier):
        end_watch(watch, "ended", "dossier_ended", now)
        watch.portal_ended = change.ended
    plan_reminders(session, watch, change.dossier, rules, now)
    return "noted"


def _notice(watch: DossierWatch, change: DossierChange, rules: NoticeRules, now: datetime, *, older: bool) -> DossierNotice:
    return DossierNotice(
        watch_id=watch.id,
        occasion=change.change_id,
        kind="change",
        content=None if older else kept_of(change.dossier),
        occurred_at=change.occurred_at,
        state="not_told" if older else "waiting",
        reason="older" if older else None,
        due_at=rules.quiet.over_at(now),
        created_at=now,
        finished_at=now if older else None,
    )


def forget_old_events(session: Session, before: datetime) -> int:
    """Deletes ids of events that came before a moment after which no repetition of them is taken any more; returns how many."""
    old = delete(PortalEventSeen).where(PortalEventSeen.received_at < before)
    return len(session.execute(old.returning(PortalEventSeen.event_id)).all())
