"""Counting working days."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.catalogue.schema import Holiday, OfficeHours, WorkingCalendar
from bot.dossiers.working_days import CalendarEndsError, add_working_days, is_working_day, working_days_until

CALENDAR = WorkingCalendar(
    hours=OfficeHours(monday_to_friday=("07:30-11:30",), certainty="check", note="test"),
    holidays=(
        Holiday(day=date(2026, 9, 1), name="Nghỉ thử"),
        Holiday(day=date(2026, 9, 2), name="Quốc khánh"),
        Holiday(day=date(2026, 8, 29), name="Làm bù thử", working=True),
    ),
    covers_years=(2026,),
    source="test",
)


@pytest.mark.parametrize(
    ("day", "working"),
    [
        (date(2026, 8, 28), True),
        (date(2026, 8, 29), True),
        (date(2026, 8, 30), False),
        (date(2026, 8, 31), True),
        (date(2026, 9, 2), False),
        (date(2026, 9, 5), False),
    ],
)
def test_weekends_days_off_and_make_up_days(day: date, working: bool) -> None:
    assert is_working_day(day, CALENDAR) is working


@pytest.mark.parametrize(
    ("start", "count", "end"),
    [
        (date(2026, 8, 3), 1, date(2026, 8, 4)),
        (date(2026, 8, 7), 1, date(2026, 8, 10)),
        (date(2026, 8, 8), 1, date(2026, 8, 10)),
        (date(2026, 8, 28), 3, date(2026, 9, 3)),
        (date(2026, 8, 3), 7, date(2026, 8, 12)),
    ],
)
def test_adding_skips_what_is_not_worked(start: date, count: int, end: date) -> None:
    assert add_working_days(start, count, CALENDAR) == end


@settings(deadline=None)
@given(st.dates(date(2026, 1, 1), date(2026, 10, 1)), st.integers(1, 40))
def test_counting_undoes_adding(start: date, count: int) -> None:
    end = add_working_days(start, count, CALENDAR)
    assert is_working_day(end, CALENDAR)
    assert working_days_until(start, end, CALENDAR) == count


def test_no_days_lie_until_a_day_in_the_past() -> None:
    assert working_days_until(date(2026, 8, 5), date(2026, 8, 5), CALENDAR) == 0
    assert working_days_until(date(2026, 8, 5), date(2020, 8, 5), CALENDAR) == 0


def test_years_without_known_days_off_are_refused() -> None:
    with pytest.raises(CalendarEndsError):
        add_working_days(date(2026, 12, 30), 5, CALENDAR)
    with pytest.raises(CalendarEndsError):
        working_days_until(date(2026, 12, 30), date(2027, 1, 4), CALENDAR)
    with pytest.raises(CalendarEndsError):
        working_days_until(date(2026, 12, 30), date.max, CALENDAR)


@pytest.mark.parametrize("count", [0, -1])
def test_less_than_one_day_cannot_be_added(count: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        add_working_days(date(2026, 8, 5), count, CALENDAR)
