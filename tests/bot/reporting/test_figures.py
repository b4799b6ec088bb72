"""What a report counts, held against a plain recount and against sums done by hand."""

from datetime import timedelta
from fractions import Fraction

import pytest

from bot.reporting.changes import changes
from bot.reporting.counts import Counts
from bot.reporting.figures import Made, figures_hash, make_figures
from bot.reporting.indicators import measure
from bot.reporting.judging import verdict
from bot.reporting.period import Period, PeriodError, day_of, month_of, read_period
from bot.reporting.recount import differences
from bot.reporting.rows import row_of
from bot.storage.database import Database, writing
from bot.storage.evidence_models import RegisteredDossier
from tests.bot.reporting.dossiers import dossier, indicators, offices, random_month, register, vn

DAY = read_period("daily", "2026-11-26")
MONTH = read_period("monthly", "2026-11")


def made(database: Database, period: Period = DAY) -> Made:
    with database.sessions() as session:
        return make_figures(session, period, indicators(), offices())


@pytest.mark.parametrize("seed", [1, 2])
def test_a_month_of_dossiers_counts_the_same_when_recounted_row_by_row(database: Database, seed: int) -> None:
    with writing(database.sessions) as session:
        random_month(session, seed)
    for period in (MONTH, DAY, read_period("daily", "2026-11-01"), read_period("daily", "2026-10-31")):
        figures = made(database, period).figures
        with database.sessions() as session:
            assert differences(session, figures) == []
    total = made(database, MONTH).figures["total"]
    # The month is no empty one: every figure was put to the test.
    assert all(value for value in total.values())
    assert total["judged"] == total["on_time"] + total["late"]
    assert total["received"] == total["received_online"] + total["received_direct"] + total["received_postal"]


def test_the_recount_finds_a_figure_that_is_wrong(database: Database) -> None:
    register(database, dossier("a"))
    figures = made(database).figures
    figures["units"][[one["unit_code"] for one in figures["units"]].index("H05.31")]["counts"]["received"] = 2
    with database.sessions() as session:
        found = differences(session, figures)
    assert [(one.unit, one.figure, one.reported, one.recounted) for one in found] == [("H05.31", "received", 2, 1)]


def test_days_begin_and_end_at_midnight_in_vietnam(database: Database) -> None:
    register(
        database,
        dossier("before", received_at=vn("2026-11-26 00:00") - timedelta(microseconds=1)),
        dossier("first", received_at=vn("2026-11-26 00:00")),
        dossier("last", received_at=vn("2026-11-26 23:59:59.999999")),
        dossier("after", received_at=vn("2026-11-27 00:00")),
    )
    assert made(database).figures["total"]["received"] == 2
    assert made(database, read_period("daily", "2026-11-25")).figures["total"]["received"] == 1
    assert made(database, MONTH).figures["total"]["received"] == 4


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({"ended_at": vn("2026-12-01 17:00")}, "on_time"),
        ({"ended_at": vn("2026-12-01 17:00:01")}, "late"),
        ({"ended_at": None}, "not_judged"),
        ({"ended_at": vn("2026-12-01 17:00"), "due_at": None}, "not_judged"),
        # Two days late, and three days waited for one supplement.
        ({"ended_at": vn("2026-12-03 17:00"), "supplements": [("2026-11-27 08:00", "2026-11-30 08:00")]}, "on_time"),
        # Two days late, and one waited.
        ({"ended_at": vn("2026-12-03 17:00"), "supplements": [("2026-11-27 08:00", "2026-11-28 08:00")]}, "late"),
        # Still waiting: the first request counts as the end.
        ({"supplements": [("2026-11-27 08:00", None)]}, "on_time"),
        ({"supplements": [("2026-12-02 08:00", None)]}, "late"),
        # Asked more than once: late, however early the end.
        ({"ended_at": vn("2026-11-27 17:00"), "supplements": [("2026-11-26 09:00", "2026-11-26 10:00")] * 2}, "late"),
        ({"supplements": [("2026-11-26 09:00", "2026-11-26 10:00"), ("2026-11-26 11:00", None)]}, "late"),
        # Stopped while papers were awaited: it waited to its end.
        ({"ended_at": vn("2026-12-30 17:00"), "supplements": [("2026-11-27 08:00", None)]}, "on_time"),
        # An answer before its request takes nothing off.
        ({"ended_at": vn("2026-12-01 18:00"), "supplements": [("2026-11-29 08:00", "2026-11-27 08:00")]}, "late"),
    ],
)
def test_on_time_as_the_decision_counts_it(values: dict[str, object], expected: str) -> None:
    rounds = [
        {"requested_at": vn(asked).isoformat(), "answered_at": vn(answered).isoformat() if answered else None}
        for asked, answered in values.get("supplements", [])  # type: ignore[attr-defined]
    ]
    assert verdict(row_of(dossier("a", **(values | {"supplements": rounds})))) == expected


def test_indicators_by_hand(database: Database) -> None:
    ended = {"ended_at": vn("2026-11-26 15:00")}
    late = {"due_at": vn("2026-11-26 14:00")}
    register(
        database,
        dossier("1", **ended, electronic_result=True, fee_due=True, paid_online=True, digitised=True, disliked=False),
        dossier("2", **ended, electronic_result=False, fee_due=True, paid_online=True, digitised=False, disliked=False),
        dossier("3", **ended, electronic_result=None, fee_due=True, digitised=True, disliked=True),
        dossier("4", **ended, **late, channel="direct", fee_due=True, digitised=True, disliked=False, procedure_code="2.000635"),
        dossier("5", **ended, channel="postal", paid_online=True, procedure_code="3.000333"),
    )
    told = {one["id"]: one for one in made(database).figures["indicators"]}
    # 4 of 5 on time: 80 % of 20 points.
    assert (told["2"]["percent"], told["2"]["points"]) == ("80.00", "16.00")
    # 1 of 3 procedures had an online dossier; all points from 80 %: 33.33/80 of 6.
    assert (told["3.1"]["percent"], told["3.1"]["points"]) == ("33.33", "2.50")
    # 1 online with electronic result, of the 4 where that is known; all points from 50 %.
    assert (told["3.3"]["percent"], told["3.3"]["points"]) == ("25.00", "3.00")
    # 2 of 4 with a fee paid online: 50/80 of 10.
    assert (told["4"]["percent"], told["4"]["points"]) == ("50.00", "6.25")
    # 100 − (20 % late + 25 % disliked): 55/90 of 18.
    assert (told["5"]["percent"], told["5"]["points"]) == ("55.00", "11.00")
    # 3 of the 4 for which it is said.
    assert (told["6"]["percent"], told["6"]["points"]) == ("75.00", "16.50")
    assert told["1"]["not_measured"] == "not_in_data"
    assert told["1"]["points"] is None


def test_what_the_data_cannot_tell_is_neither_none_nor_all_points() -> None:
    silent = Counts(ended=3, judged=3, on_time=3)
    found = {one.indicator.id: one for one in measure(indicators(), silent)}
    assert (found["5"].share, found["5"].why, found["5"].points) == (None, "not_in_data", None)
    assert (found["6"].share, found["6"].why) == (None, "not_in_data")
    assert (found["4"].share, found["4"].why) == (None, "nothing_to_count")
    assert found["2"].points == 20
    above = Counts(ended=10, fee_due=10, paid_online=9)
    assert {one.indicator.id: one.points for one in measure(indicators(), above)}["4"] == 10


def test_satisfaction_does_not_fall_below_nothing() -> None:
    bad = Counts(ended=2, judged=2, late=2, disliked=2, disliked_known=2)
    assert {one.indicator.id: one.share for one in measure(indicators(), bad)}["5"] == Fraction(0)


def test_every_ward_and_every_agency_of_the_city_has_a_line_even_without_a_dossier(database: Database) -> None:
    register(
        database,
        dossier("a"),
        dossier("b", unit_code="H05.9", unit_name="Sở Y tế", place_id=None, agency="so-y-te"),
        dossier("c", unit_code="H05.X", unit_name="Đơn vị lạ", place_id=None, agency=None),
    )
    figures = made(database).figures
    assert len({one["place_id"] for one in figures["units"]} - {None}) == 99
    assert figures["completeness"]["places_missing"] == []
    city = {one.id for one in offices().agencies.values() if one.level in ("city", "ministry")}
    lines = {one["agency"] for one in figures["units"] if one["place_id"] is None}
    assert city <= lines
    assert [one["counts"]["received"] for one in figures["units"] if one["unit_code"] == "H05.X"] == [1]
    assert len({one["key"] for one in figures["units"]}) == len(figures["units"])
    assert figures["total"]["received"] == 3


def test_a_report_made_later_says_what_stood_then_and_lists_what_came_late(database: Database) -> None:
    register(database, dossier("a"), dossier("b", supplements=[{"requested_at": "2026-11-26T09:00:00+07:00"}]))
    before = made(database).figures
    with writing(database.sessions) as session:
        for one in session.query(RegisteredDossier):
            one.ended_at, one.status_code = vn("2026-11-28 09:00"), "10"
            one.supplements = [one | {"answered_at": "2026-11-27T09:00:00+07:00"} for one in one.supplements]
    later = made(database).figures
    assert changes(before, later) == []
    assert figures_hash(before) == figures_hash(later)
    register(database, dossier("late", unit_code="H05.40", unit_name="Phường Vũ Ninh", place_id="phuong-vu-ninh"))
    found = changes(before, made(database).figures)
    assert {(one["unit"], one["figure"], one["before"], one["after"]) for one in found} >= {
        ("total", "received", 2, 3),
        ("unit:H05.40", "received", 0, 1),
    }
    assert {one["unit"] for one in found} == {"total", "unit:H05.40"}


def test_a_unit_is_named_as_its_newest_dossier_names_it(database: Database) -> None:
    register(
        database,
        dossier("a", unit_name="Xã Tiên Du", as_of=vn("2026-08-01 08:00"), seen_at=vn("2026-11-27 08:00")),
        dossier("b", unit_name="Phường Tiên Du", as_of=vn("2026-08-05 08:00"), seen_at=vn("2026-08-05 08:00")),
    )
    names = [one["name"] for one in made(database).figures["units"] if one["unit_code"] == "H05.31"]
    assert names == ["Phường Tiên Du"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("daily", "2026-11"), ("daily", "2026-02-30"), ("monthly", "2026-13"), ("monthly", "2026-11-01"), ("daily", ""),
        ("yearly", "2026"), ("daily", "٢٠٢٦-١١-٢٦"), ("daily", "2026-11-26\n"), ("daily", "0001-01-01"), ("monthly", "9999-12"),
        ("daily", "../../etc/passwd"),
    ],
)  # fmt: skip
def test_words_that_are_no_period_are_refused(kind: str, text: str) -> None:
    with pytest.raises(PeriodError):
        read_period(kind, text)


def test_months_have_their_length() -> None:
    assert month_of(vn("2028-02-15 00:00").date()).last.day == 29
    assert month_of(vn("2026-12-31 00:00").date()).end == vn("2027-01-01 00:00")
    assert day_of(vn("2026-12-31 00:00").date()).name == "2026-12-31"
    assert DAY.holds(DAY.begin)
    assert not DAY.holds(DAY.end)
    assert not DAY.holds(None)
