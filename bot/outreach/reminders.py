"""The citizen's own reminders: a supplement's deadline, a result that waits to be collected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.dossiers.working_days import CalendarEndsError, is_working_day
from bot.outreach.content import kept_of
from bot.outreach.rules import FINISHED_TEXT, SUPPLEMENT_TEXT, NoticeRules
from bot.portal.records import Dossier
from bot.storage.dossier_models import DossierNotice, DossierWatch

ReminderKind = Literal["supplement_reminder", "pick_up_reminder"]

_AT = time(8, 0)


@dataclass(frozen=True)
class Reminder:
    """One thing to be reminded of, once. ``occasion`` names it among the watch's notices."""

    occasion: str
    kind: ReminderKind
    due_at: datetime


def reminders_for(dossier: Dossier, rules: NoticeRules, now: datetime) -> tuple[Reminder, ...]:
    """All reminders that this state of the dossier gives reason for, those of the past included."""
    meaning = rules.sure_meaning(dossier)
    text = meaning.status.citizen_text if meaning else None
    if text == SUPPLEMENT_TEXT:
        return tuple(_supplement(dossier, rules))
    if text == FINISHED_TEXT and dossier.result_method != "post":
        day = now.astimezone(VIETNAM_TIME).date() + rules.pick_up_after
        return (Reminder("pick_up", "pick_up_reminder", _morning(day, rules)),)
    return ()


def open_deadline(dossier: Dossier) -> date | None:
    """Until when papers must be handed in, where some are still asked for and a deadline is known."""
    latest = dossier.supplement_requests[-1] if dossier.supplement_requests else None
    return latest.deadline.day if latest and latest.deadline and latest.answered_at is None else None


def plan_reminders(session: Session, watch: DossierWatch, dossier: Dossier, rules: NoticeRules, now: datetime) -> None:
    """Brings the watch's waiting reminders in line with the dossier's state: what is no longer true is dropped, what is new
    and still to come is added. The caller holds the watch's row."""
    wanted = {one.occasion: one for one in reminders_for(dossier, rules, now)} if watch.state in ("asked", "active") else {}
    there = session.scalars(
        select(DossierNotice).where(DossierNotice.watch_id == watch.id, DossierNotice.kind != "change").with_for_update()
    ).all()
    for notice in there:
        if notice.state == "waiting" and notice.occasion not in wanted:
            notice.state, notice.reason, notice.finished_at, notice.content = "not_told", "no_longer_true", now, None
    known = {notice.occasion for notice in there}
    for reminder in wanted.values():
        if reminder.occasion not in known and reminder.due_at > now:
            session.add(
                DossierNotice(
                    watch_id=watch.id,
                    occasion=reminder.occasion,
                    kind=reminder.kind,
                    content=kept_of(dossier),
                    occurred_at=reminder.due_at,
                    state="waiting",
                    due_at=reminder.due_at,
                    created_at=now,
                )
            )


def _supplement(dossier: Dossier, rules: NoticeRules) -> Iterator[Reminder]:
    deadline = open_deadline(dossier)
    if deadline is None:
        return
    for count in rules.supplement_days:
        day = _working_days_before(deadline, count, rules)
        occasion = f"supplement:{len(dossier.supplement_requests)}:{deadline.isoformat()}:{count}"
        yield Reminder(occasion, "supplement_reminder", _morning(day, rules))


def _working_days_before(day: date, count: int, rules: NoticeRules) -> date:
    while count:
        day -= timedelta(days=1)
        count -= _is_working_day(day, rules)
    return day


def _is_working_day(day: date, rules: NoticeRules) -> bool:
    if rules.calendar is not None:
        try:
            return is_working_day(day, rules.calendar)
        except CalendarEndsError:
            pass
    return day.weekday() < 5


def _morning(day: date, rules: NoticeRules) -> datetime:
    return rules.quiet.over_at(datetime.combine(day, _AT, VIETNAM_TIME))
