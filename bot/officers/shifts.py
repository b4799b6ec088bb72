"""Shifts: who of a team is on duty when. A team's hours are then those in which somebody is; the rest is as outside hours."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import time

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from bot.officers.hours import ALWAYS, OpeningHours, Span
from bot.officers.teams import Teams
from bot.storage.officer_models import OfficerShift

MOST_SHIFTS = 21
"""Of one officer in one team: three a day."""


class ShiftRefusedError(ValueError):
    """``reason``: ``malformed`` (no day, no such time, or the end before the beginning), ``overlaps`` another shift of this
    officer in this team, or ``too_many``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class DutyTime:
    """An officer's shift on one weekday (0 is Monday), in Vietnam's time."""

    account: str
    weekday: int
    begins: time
    ends: time


def shifts_by_team(session: Session) -> dict[str, tuple[DutyTime, ...]]:
    """The shifts of every team that has any, in the order of the week."""
    rows = session.scalars(
        select(OfficerShift).order_by(OfficerShift.team, OfficerShift.weekday, OfficerShift.begins, OfficerShift.account)
    )
    found: dict[str, list[DutyTime]] = {}
    for row in rows:
        duty = DutyTime(row.account, row.weekday, time.fromisoformat(row.begins), time.fromisoformat(row.ends))
        found.setdefault(row.team, []).append(duty)
    return {team: tuple(shifts) for team, shifts in found.items()}


def teams_on_duty(session: Session, teams: Teams) -> Teams:
    """The teams with the hours in which somebody is on duty. A team in which nobody has a shift is staffed in all of its hours,
    and so is one that is open around the clock by setting."""
    shifts = shifts_by_team(session)
    changed = [
        replace(team, hours=narrowed(team.hours, shifts[team.id])) if team.id in shifts and team.hours is not ALWAYS else team
        for team in teams.all
    ]
    return Teams(tuple(changed), next(team for team in changed if team.id == teams.fallback.id))


def narrowed(hours: OpeningHours, shifts: Iterable[DutyTime]) -> OpeningHours:
    """The hours of a week in which a shift runs too; days off stay days off."""
    week: list[list[Span]] = [[] for _ in range(7)]
    for shift in shifts:
        for begin, end in hours.weekly[shift.weekday]:
            first, last = max(begin, shift.begins), min(end, shift.ends)
            if first < last:
                week[shift.weekday].append((first, last))
    return replace(hours, weekly=tuple(_joined(spans) for spans in week))


def _joined(spans: list[Span]) -> tuple[Span, ...]:
    """Spans that touch or overlap as one, in order: time is not counted twice where two are on duty."""
    joined: list[Span] = []
    for begin, end in sorted(spans):
        if joined and begin <= joined[-1][1]:
            joined[-1] = (joined[-1][0], max(end, joined[-1][1]))
        else:
            joined.append((begin, end))
    return tuple(joined)


def add_shift(session: Session, team: str, account: str, weekdays: Sequence[int], begins: str, ends: str) -> None:
    """The officer is on duty on these weekdays from ``begins`` to ``ends`` (``HH:MM``). The caller knows that they are a member,
    and its transaction is made by ``writing``. Raises ``ShiftRefusedError``."""
    try:
        first, last = time.fromisoformat(begins), time.fromisoformat(ends)
    except ValueError as error:
        raise ShiftRefusedError("malformed") from error
    if not weekdays or first >= last or not set(weekdays) <= set(range(7)):
        raise ShiftRefusedError("malformed")
    own = session.scalars(select(OfficerShift).where(OfficerShift.team == team, OfficerShift.account == account)).all()
    words = f"{first:%H:%M}", f"{last:%H:%M}"
    if any(row.weekday in weekdays and row.begins < words[1] and words[0] < row.ends for row in own):
        raise ShiftRefusedError("overlaps")
    if len(own) + len(set(weekdays)) > MOST_SHIFTS:
        raise ShiftRefusedError("too_many")
    session.add_all(
        OfficerShift(team=team, account=account, weekday=day, begins=words[0], ends=words[1]) for day in sorted(set(weekdays))
    )
    session.flush()


def remove_shift(session: Session, team: str, account: str, weekday: int, begins: str) -> bool:
    """The officer is on duty then no more; False where there was no such shift."""
    gone = delete(OfficerShift).where(
        OfficerShift.team == team,
        OfficerShift.account == account,
        OfficerShift.weekday == weekday,
        OfficerShift.begins == begins,
    )
    return session.execute(gone.returning(OfficerShift.account)).first() is not None
