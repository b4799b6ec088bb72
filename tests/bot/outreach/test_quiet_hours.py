"""Nobody is written to at night."""

from datetime import datetime

import pytest

from bot.outreach.quiet_hours import QuietHours

NIGHT = QuietHours.parse("21:00-07:00")


def at(text: str) -> datetime:
    return datetime.fromisoformat(f"2026-11-{text}:00+07:00")


@pytest.mark.parametrize(
    ("moment", "written"),
    [
        ("23T20:59", "23T20:59"),
        ("23T21:00", "24T07:00"),
        ("23T23:59", "24T07:00"),
        ("24T00:00", "24T07:00"),
        ("24T06:59", "24T07:00"),
        ("24T07:00", "24T07:00"),
    ],
)
def test_what_falls_into_the_night_waits_for_the_morning(moment: str, written: str) -> None:
    assert NIGHT.over_at(at(moment)) == at(written)


def test_hours_within_a_day_and_none_at_all() -> None:
    noon = QuietHours.parse("12:00-13:30")
    assert noon.over_at(at("23T12:10")) == at("23T13:30")
    assert noon.over_at(at("23T22:00")) == at("23T22:00")
    assert QuietHours.parse(" ").over_at(at("23T22:00")) == at("23T22:00")
    assert QuietHours.parse("07:00-07:00").over_at(at("23T07:00")) == at("23T07:00")


def test_the_time_of_another_zone_is_read_in_vietnam() -> None:
    assert NIGHT.over_at(datetime.fromisoformat("2026-11-23T15:00:00+00:00")) == at("24T07:00")


@pytest.mark.parametrize("text", ["21-7", "25:00-07:00", "21:00", "21:00-07:60", "tối", "٢١:00-07:00"])
def test_anything_else_stops_the_start_by_name(text: str) -> None:
    with pytest.raises(ValueError, match="NOTICE_QUIET_HOURS"):
        QuietHours.parse(text)
