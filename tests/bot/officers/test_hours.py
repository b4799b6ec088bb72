"""Working time: counted in open hours only, over lunch, weekends and holidays, and honest where the calendar ends."""

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.catalogue.schema import Holiday, OfficeHours, WorkingCalendar
from bot.clock import VIETNAM_TIME
from bot.officers.hours import hours_of

CALENDAR = WorkingCalendar(
    hours=OfficeHours(monday_to_friday=("07:30-11:30", "13:30-17:00"), saturday=(), certainty="check"),
    holidays=(
        Holiday(day=date(2026, 9, 2), name="Quốc khánh"),
        Holiday(day=date(2026, 9, 5), name="Làm bù", working=True),
    ),
    covers_years=(2026,),
    source="thử",
)
HOURS = hours_of(CALENDAR)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=VIETNAM_TIME)


@pytest.mark.parametrize(
    ("moment", "is_open", "opens"),
    [
        ("2026-11-23 07:30", True, "2026-11-23 13:30"),
        ("2026-11-23 11:30", False, "2026-11-23 13:30"),
        ("2026-11-23 17:00", False, "2026-11-24 07:30"),
        ("2026-11-27 20:00", False, "2026-11-30 07:30"),
        ("2026-09-01 18:00", False, "2026-09-03 07:30"),
        ("2026-09-05 08:00", True, "2026-09-05 13:30"),
        ("2026-12-31 18:00", False, None),
    ],
)
def test_when_it_is_open_and_when_it_opens_next(moment: str, is_open: bool, opens: str | None) -> None:
    assert HOURS.is_open(at(moment)) is is_open
    assert HOURS.next_opening(at(moment)) == (at(opens) if opens else None)


@pytest.mark.parametrize(
    ("start", "minutes", "due"),
    [
        ("2026-11-23 09:00", 30, "2026-11-23 09:30"),
        ("2026-11-23 11:20", 30, "2026-11-23 13:50"),
        ("2026-11-27 16:50", 30, "2026-11-30 07:50"),
        ("2026-11-28 12:00", 60, "2026-11-30 08:30"),
        ("2026-11-23 17:00", 0, "2026-11-24 07:30"),
    ],
)
def test_a_period_of_working_time_ends_where_people_expect_it(start: str, minutes: int, due: str) -> None:
    assert HOURS.after(at(start), timedelta(minutes=minutes)) == at(due)


def test_a_team_that_is_never_open_has_calendar_time_and_no_opening() -> None:
    never = hours_of(CALENDAR.model_copy(update={"hours": OfficeHours(monday_to_friday=(), certainty="check")}))
    assert never.after(at("2026-11-23 09:00"), timedelta(hours=1)) == at("2026-11-23 10:00")
    assert never.next_opening(at("2026-11-23 09:00")) is None


def test_a_teams_own_shifts_go_before_the_calendars_hours_and_its_days_off_beside_them() -> None:
    own = hours_of(CALENDAR, [([5, 6], ("08:00-12:00",))], [date(2026, 11, 28)])
    assert own.next_opening(at("2026-11-27 09:00")) == at("2026-11-29 08:00")


@given(st.integers(0, 60 * 24 * 40), st.integers(1, 60 * 24 * 5))
def test_counting_on_and_counting_between_agree(offset: int, minutes: int) -> None:
    start = at("2026-08-20 00:00") + timedelta(minutes=offset)
    amount = timedelta(minutes=minutes)
    assert HOURS.between(start, HOURS.after(start, amount)) == amount
