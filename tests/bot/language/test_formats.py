"""Numbers and dates as they are spoken."""

from datetime import date

import pytest

from bot.language.formats import spoken_date, spoken_money, spoken_month


def test_money_has_dots_between_thousands() -> None:
    assert spoken_money(20000) == "20.000 đồng"
    assert spoken_money(1234567) == "1.234.567 đồng"


def test_dates_begin_with_the_day() -> None:
    assert spoken_date(date(2026, 8, 5)) == "05/08/2026"


def test_months_and_days_of_the_data_are_spoken() -> None:
    assert spoken_month("2026-07") == "tháng 7/2026"
    assert spoken_month("2026-07-15") == "15/07/2026"


@pytest.mark.parametrize("broken", ["", "2026", "2026-13", "tháng 7", "2026-07-40"])
def test_what_is_no_month_is_refused(broken: str) -> None:
    with pytest.raises(ValueError, match=r".+"):
        spoken_month(broken)
