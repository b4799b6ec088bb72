"""The made-up year stays the same from one day to the next, but for what the day brings."""

from datetime import date, datetime, timedelta

from simulators.portal.register import year_of

TODAY = date(2026, 11, 27)


def test_the_same_dossiers_stand_in_it_a_day_later() -> None:
    before = {one["record_id"]: one for one in year_of(TODAY, 5)}
    after = {one["record_id"]: one for one in year_of(TODAY + timedelta(days=1), 5)}
    both = before.keys() & after.keys()
    assert len(both) >= len(before) - 5
    fixed = ("procedure_code", "unit_code", "channel", "received_at", "due_at", "fee_due")
    assert all(before[name][key] == after[name][key] for name in both for key in fixed)
    assert all(after[name] == before[name] for name in both if before[name]["ended_at"])


def test_nothing_in_it_lies_in_the_future_but_due_dates() -> None:
    morning = datetime.fromisoformat(f"{TODAY}T00:00:00+07:00")
    for one in year_of(TODAY, 5):
        moments = [one["received_at"], one["as_of"], one["ended_at"]]
        moments += [moment for each in one["supplements"] for moment in (each["requested_at"], each["answered_at"])]
        assert all(datetime.fromisoformat(moment) < morning for moment in moments if moment), one
        assert one["ended_at"] is None or one["ended_at"] >= one["received_at"]
