"""Shifts: a team is open while somebody of it is on duty, and outside all shifts it is as outside hours."""

from dataclasses import replace
from datetime import datetime, time, timedelta

import pytest

from bot.clock import VIETNAM_TIME
from bot.officers.hours import ALWAYS, OpeningHours
from bot.officers.members import leave_team
from bot.officers.shifts import (
    MOST_SHIFTS,
    DutyTime,
    ShiftRefusedError,
    add_shift,
    narrowed,
    remove_shift,
    shifts_by_team,
    teams_on_duty,
)
from bot.officers.teams import Teams
from bot.storage.database import writing
from tests.bot.officers.office import Office

WEEK = OpeningHours((((time(7, 30), time(11, 30)), (time(13, 30), time(17))),) * 5 + ((), ()), covers_years=(2026,))


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A moment of that week; the 23rd is a Monday."""
    return datetime(2026, 11, day, hour, minute, tzinfo=VIETNAM_TIME)


def test_hours_are_those_in_which_a_shift_runs_and_two_on_duty_count_once() -> None:
    lan, hoa = DutyTime("lan", 0, time(7), time(10)), DutyTime("hoa", 0, time(9), time(14))
    hours = narrowed(WEEK, [hoa, lan, DutyTime("lan", 5, time(8), time(12))])
    assert hours.weekly[0] == ((time(7, 30), time(11, 30)), (time(13, 30), time(14)))
    assert hours.weekly[1:] == ((),) * 6
    assert (hours.is_open(at(9)), hours.is_open(at(15)), hours.is_open(at(9, day=24))) == (True, False, False)
    assert hours.between(at(7), at(17)) == timedelta(hours=4, minutes=30)


def test_who_asks_outside_all_shifts_gets_a_ticket_and_hears_when_somebody_is_there(office: Office) -> None:
    office.member("tthcc-tinh", "lan")
    with writing(office.sessions) as session:
        add_shift(session, "tthcc-tinh", "lan", [0, 2], "10:00", "11:00")
    outside = office.citizen()
    office.asks_for_person(outside)
    assert office.handoff(outside).ticket
    assert "10 giờ, thứ Hai" in " ".join(office.said(outside))
    office.clock.now = at(10, 15)
    inside = office.citizen()
    office.asks_for_person(inside)
    assert not office.handoff(inside).ticket
    assert office.speaker(inside) == "waiting"
    office.clock.now = at(11, 1)
    office.rounds.make(office.clock())
    assert office.handoff(inside).ticket
    assert office.speaker(inside) == "bot"
    assert "thứ Tư" in office.said(inside)[-1]


def test_a_team_without_shifts_and_one_open_around_the_clock_stay_as_they_are(office: Office) -> None:
    with writing(office.sessions) as session:
        add_shift(session, "so-tu-phap", "hoa", [0], "08:00", "09:00")
        on_duty = teams_on_duty(session, office.teams)
        assert on_duty.fallback == office.teams.fallback
        assert on_duty.by_id["so-tu-phap"].hours != office.teams.by_id["so-tu-phap"].hours
        assert on_duty.by_id["so-xay-dung"] == office.teams.by_id["so-xay-dung"]
        always = tuple(replace(team, hours=ALWAYS) for team in office.teams.all)
        trial = Teams(always, next(team for team in always if team.id == office.teams.fallback.id))
        assert teams_on_duty(session, trial) == trial


@pytest.mark.parametrize(
    ("days", "begins", "ends", "reason"),
    [
        ([], "08:00", "09:00", "malformed"),
        ([7], "08:00", "09:00", "malformed"),
        ([0], "09:00", "09:00", "malformed"),
        ([0], "25:00", "26:00", "malformed"),
        ([0], "<b>", "", "malformed"),
        ([0, 3], "08:30", "12:00", "overlaps"),
    ],
    ids=["no-day", "no-such-day", "no-length", "no-such-time", "no-time", "overlapping"],
)
def test_a_shift_that_is_none_is_refused(office: Office, days: list[int], begins: str, ends: str, reason: str) -> None:
    with writing(office.sessions) as session:
        add_shift(session, "tthcc-tinh", "lan", [0], "08:00", "09:00")
        with pytest.raises(ShiftRefusedError, match=reason):
            add_shift(session, "tthcc-tinh", "lan", days, begins, ends)
        assert len(shifts_by_team(session)["tthcc-tinh"]) == 1


def test_shifts_are_bounded_and_go_with_their_member(office: Office) -> None:
    office.member("tthcc-tinh", "lan")
    with writing(office.sessions) as session:
        for hour in range(MOST_SHIFTS // 7):
            add_shift(session, "tthcc-tinh", "lan", range(7), f"0{hour}:00", f"0{hour}:30")
        with pytest.raises(ShiftRefusedError, match="too_many"):
            add_shift(session, "tthcc-tinh", "lan", [0], "20:00", "21:00")
        assert remove_shift(session, "tthcc-tinh", "lan", 0, "00:00")
        assert not remove_shift(session, "tthcc-tinh", "lan", 0, "00:00")
        leave_team(session, "tthcc-tinh", "lan")
        assert shifts_by_team(session) == {}
