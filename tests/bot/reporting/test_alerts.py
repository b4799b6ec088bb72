"""What is late, about to be late or silent, and that nothing is told twice."""

from datetime import datetime, timedelta
from typing import Any

from bot.reporting.figures import alerts_at
from bot.storage.database import Database
from tests.bot.reporting.dossiers import dossier, indicators, offices, register, vn

MIDNIGHT = vn("2026-11-27 00:00")
"""The end of Thursday 26/11/2026."""
HEARD = {"seen_at": vn("2026-11-26 22:00")}


def alerts(database: Database, moment: datetime = MIDNIGHT) -> dict[str, Any]:
    with database.sessions() as session:
        found = alerts_at(session, moment, indicators(), offices())
    return {one.kind: one for one in found}


def test_a_dossier_is_told_on_the_day_it_becomes_late_and_only_counted_after(database: Database) -> None:
    register(
        database,
        dossier("old", received_at=vn("2026-11-10 08:00"), due_at=vn("2026-11-20 17:00"), **HEARD),
        dossier("new", received_at=vn("2026-11-10 08:00"), due_at=vn("2026-11-26 17:00"), **HEARD),
    )
    found = alerts(database)["overdue"]
    assert (found.count, found.new, found.dossiers) == (2, 1, ("new",))
    the_next_day = alerts(database, MIDNIGHT + timedelta(days=1))["overdue"]
    assert (the_next_day.count, the_next_day.new) == (2, 0)


def test_time_waited_for_papers_puts_the_deadline_off_and_a_waiting_dossier_is_never_overdue(database: Database) -> None:
    due = {"received_at": vn("2026-11-10 08:00"), "due_at": vn("2026-11-24 17:00")} | HEARD
    answered = {"requested_at": vn("2026-11-12 08:00").isoformat(), "answered_at": vn("2026-11-16 08:00").isoformat()}
    register(
        database,
        dossier("put off", supplements=[answered], **due),
        dossier("waits", supplements=[answered | {"answered_at": None}], status_code="5", **due),
        dossier("must pay", status_code="6", **due),
        dossier("unknown state", status_code="99", **due),
        dossier("ended, no date", status_code="10", **due),
        dossier("not received", **(due | {"received_at": None})),
    )
    assert "overdue" not in alerts(database)
    # Four days waited: late after the 28th, 17:00.
    assert alerts(database, vn("2026-11-29 00:00"))["overdue"].dossiers == ("put off",)


def test_due_on_the_next_working_day_over_a_weekend(database: Database) -> None:
    monday = vn("2026-11-30 16:00")
    register(database, dossier("mon", due_at=monday, **HEARD), dossier("tue", due_at=vn("2026-12-01 08:00"), **HEARD))
    friday_evening = vn("2026-11-28 00:00")
    found = alerts(database, friday_evening)["due_soon"]
    assert (found.dossiers, found.new) == (("mon",), 1)
    assert "due_soon" not in alerts(database, friday_evening - timedelta(days=1))
    saturday = alerts(database, friday_evening + timedelta(days=1))["due_soon"]
    assert (saturday.count, saturday.new) == (1, 0)


def test_a_unit_below_the_threshold(database: Database) -> None:
    def ended(name: str, count: int, late: int) -> None:
        for n in range(count):
            due = vn("2026-11-20 17:00") if n >= late else vn("2026-11-17 17:00")
            one = {"received_at": vn("2026-11-10 08:00"), "due_at": due, "ended_at": vn("2026-11-18 09:00"), "status_code": "10"}
            register(database, dossier(f"{name}{n}", unit_code=name, unit_name=name, **one, **HEARD))

    ended("bad", 20, 2)
    ended("good", 20, 1)
    ended("few", 9, 9)
    found = alerts(database)["low_on_time"]
    assert (found.unit.name, found.percent, found.count, found.new) == ("bad", "90.00", 20, 0)
    assert alerts(database, vn("2026-11-19 00:00"))["low_on_time"].new == 1
    # More than thirty days later these dossiers say nothing any more.
    assert "low_on_time" not in alerts(database, vn("2026-12-20 00:00"))


def test_a_unit_that_fell_silent_is_told_once_and_forgotten_after_ninety_days(database: Database) -> None:
    seen = vn("2026-11-25 23:59")
    register(
        database,
        dossier("a", unit_code="silent", unit_name="Phường im lặng", seen_at=seen),
        dossier("b", unit_code="speaks", seen_at=vn("2026-11-26 00:00")),
    )
    found = alerts(database)["silent"]
    assert (found.unit.name, found.new, found.since) == ("Phường im lặng", 1, seen)
    assert "silent" not in alerts(database, MIDNIGHT - timedelta(hours=1))
    assert alerts(database, MIDNIGHT + timedelta(days=3))["silent"].new == 0
    assert "silent" not in alerts(database, seen + timedelta(days=91))


def test_a_dossier_due_after_the_calendar_ends_is_no_fault(database: Database) -> None:
    register(database, dossier("a", due_at=vn("2028-01-03 08:00"), seen_at=vn("2027-12-31 12:00")))
    assert "due_soon" not in alerts(database, vn("2028-01-01 00:00"))
