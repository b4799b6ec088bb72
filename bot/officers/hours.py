"""Working time: when a team is open, when it opens next, and periods counted in open hours only."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta

from bot.catalogue.schema import WorkingCalendar
from bot.clock import VIETNAM_TIME

Span = tuple[time, time]

_LOOKS_AHEAD = 60
_LONGEST = 400


@dataclass(frozen=True)
class OpeningHours:
    """The hours of each weekday (0 is Monday), days off and days open beside them. Days off outside ``covers_years`` are not
    known: there only the weekday counts, and no opening is promised."""

    weekly: tuple[tuple[Span, ...], ...]
    days_off: frozenset[date] = frozenset()
    days_on: frozenset[date] = frozenset()
    covers_years: tuple[int, ...] = field(default=())

    def spans(self, day: date) -> tuple[tuple[datetime, datetime], ...]:
        """The open periods of a day, in order."""
        if day in self.days_off:
            return ()
        weekday = day.weekday()
        if day in self.days_on:
            weekday = 0
        return tuple((_at(day, begin), _at(day, end)) for begin, end in self.weekly[weekday])

    def is_open(self, now: datetime) -> bool:
        """Whether somebody is there now."""
        return any(begin <= now < end for begin, end in self.spans(now.astimezone(VIETNAM_TIME).date()))

    def next_opening(self, now: datetime) -> datetime | None:
        """When it opens next, after ``now``; None where that is not known (beyond the calendar's years, or 60 days)."""
        for day in _days(now, _LOOKS_AHEAD):
            if day.year not in self.covers_years:
                return None
            for begin, _ in self.spans(day):
                if begin > now:
                    return begin
        return None

    def closes_at(self, now: datetime) -> datetime | None:
        """When the present open period ends; None where it is closed."""
        spans = self.spans(now.astimezone(VIETNAM_TIME).date())
        return next((end for begin, end in spans if begin <= now < end), None)

    def after(self, start: datetime, amount: timedelta) -> datetime:
        """The moment when ``amount`` of open time has passed since ``start``. A team that is never open has calendar time."""
        left = amount
        for day in _days(start, _LONGEST):
            for begin, end in self.spans(day):
                begin = max(begin, start)
                if end <= begin:
                    continue
                if end - begin >= left:
                    return begin + left
                left -= end - begin
        return start + amount

    def between(self, start: datetime, end: datetime) -> timedelta:
        """How much open time lies between two moments; none where ``end`` is no later. At most 400 days are counted."""
        total = timedelta(0)
        last = end.astimezone(VIETNAM_TIME).date()
        for day in _days(start, _LONGEST):
            if day > last:
                break
            for opens, closes in self.spans(day):
                total += max(timedelta(0), min(closes, end) - max(opens, start))
        return total


ALWAYS = OpeningHours((((time.min, time.max),),) * 7, covers_years=tuple(range(2000, 2200)))
"""Around the clock."""


def hours_of(
    calendar: WorkingCalendar,
    shifts: Sequence[tuple[Sequence[int], Sequence[str]]] = (),
    closed_on: Sequence[date] = (),
) -> OpeningHours:
    """The calendar's hours, or a team's own shifts (weekdays, spans as ``HH:MM-HH:MM``); days off are the calendar's, and
    ``closed_on`` beside them."""
    week: list[tuple[Span, ...]] = [()] * 7
    if shifts:
        for days, spans in shifts:
            for day in days:
                week[day] = tuple(sorted((*week[day], *map(_span, spans))))
    else:
        usual = tuple(map(_span, calendar.hours.monday_to_friday))
        week = [usual] * 5 + [tuple(map(_span, calendar.hours.saturday)), ()]
    off = {holiday.day for holiday in calendar.holidays if not holiday.working} | set(closed_on)
    on = {holiday.day for holiday in calendar.holidays if holiday.working} - set(closed_on)
    return OpeningHours(tuple(week), frozenset(off), frozenset(on), tuple(calendar.covers_years))


def _span(text: str) -> Span:
    begin, end = (time.fromisoformat(part) for part in text.split("-"))
    if begin >= end:
        raise ValueError(f"{text} ends before it begins")
    return begin, end


def _at(day: date, moment: time) -> datetime:
    return datetime.combine(day, moment, VIETNAM_TIME)


def _days(start: datetime, count: int) -> Iterator[date]:
    first = start.astimezone(VIETNAM_TIME).date()
    return (first + timedelta(days=number) for number in range(count))
