"""Counting working days: Monday to Friday, less the days off, plus the make-up days of the calendar."""

from datetime import date, timedelta

from bot.catalogue.schema import WorkingCalendar

_SATURDAY = 5


class CalendarEndsError(ValueError):
    """The count would leave the years that the calendar covers: the days off there are not known."""


def is_working_day(day: date, calendar: WorkingCalendar) -> bool:
    """Whether offices work on that day; raises ``CalendarEndsError`` outside the years covered."""
    if day.year not in calendar.covers_years:
        raise CalendarEndsError(f"the calendar does not cover {day.year}")
    for holiday in calendar.holidays:
        if holiday.day == day:
            return holiday.working
    return day.weekday() < _SATURDAY


def add_working_days(start: date, count: int, calendar: WorkingCalendar) -> date:
    """The ``count``-th working day after ``start`` (``count`` ≥ 1); the day of receipt itself is not counted.

    Raises ``ValueError`` for a count below 1 and ``CalendarEndsError`` where the result lies outside the years covered."""
    if count < 1:
        raise ValueError("count must be at least 1")
    day = start
    while count:
        day += timedelta(days=1)
        count -= is_working_day(day, calendar)
    return day


def working_days_until(start: date, end: date, calendar: WorkingCalendar) -> int:
    """How many working days lie after ``start`` up to and including ``end``; 0 where ``end`` is not after ``start``.

    Raises ``CalendarEndsError`` where a day between them is not covered."""
    if end <= start:
        return 0
    if end.year - start.year > len(calendar.covers_years):
        raise CalendarEndsError(f"the calendar does not cover {end.year}")
    return sum(is_working_day(start + timedelta(days=n), calendar) for n in range(1, (end - start).days + 1))
