"""Charts say in words what they show, escape what they are given, and draw what the figures say."""

import re
from xml.etree import ElementTree

import pytest

from bot.charts import Bar, FunnelStep, Line, bars, funnel, lines, number, percent
from bot.charts.numbers import scale_top

SVG = "{http://www.w3.org/2000/svg}"


def drawn(markup: str) -> ElementTree.Element:
    return ElementTree.fromstring(markup)


def test_numbers_are_written_as_people_here_write_them() -> None:
    assert [number(value) for value in (0, 7, 1234, 1234567, 12.5)] == ["0", "7", "1.234", "1.234.567", "12,5"]
    assert [percent(share) for share in (0, 0.042, 0.5, 1)] == ["0%", "4,2%", "50%", "100%"]


@pytest.mark.parametrize(
    ("highest", "end"), [(0, 1), (1, 1), (3, 3), (10, 10), (11, 15), (999, 1000), (float("nan"), 1), (-5, 1), (0.07, 0.08)]
)
def test_an_axis_ends_at_a_round_number_not_below_the_highest(highest: float, end: float) -> None:
    assert scale_top(highest) == pytest.approx(end)


def test_a_line_is_broken_where_nothing_is_told() -> None:
    chart = drawn(lines("a", "Câu hỏi", "Từ 10 lên 30", ["01", "02", "03", "04", "05"], [Line("Hỏi", [10, 20, None, 30, 30])]))
    pieces = [len((one.get("points") or "").split()) for one in chart.iter(f"{SVG}polyline")]
    assert pieces == [2, 2]
    assert len(list(chart.iter(f"{SVG}circle"))) == 4
    heights = [float(one.get("cy") or 0) for one in chart.iter(f"{SVG}circle")]
    assert heights[0] > heights[1] > heights[2] == heights[3], "more stands higher"


def test_a_single_month_is_a_dot() -> None:
    chart = drawn(lines("a", "t", "d", ["11/2026"], [Line("x", [5])]))
    assert len(list(chart.iter(f"{SVG}circle"))) == 1


def test_bars_are_as_long_as_their_values() -> None:
    chart = drawn(bars("b", "t", "d", [Bar("x", 0.5, "50%"), Bar("y", 1.0, "100%"), Bar("z", None, "ẩn")], end=1))
    lengths = [float(one.get("width") or 0) for one in chart.iter(f"{SVG}rect")]
    assert lengths[1] == pytest.approx(2 * lengths[0])
    assert [one.text for one in chart.iter(f"{SVG}text")] == ["x", "50%", "y", "100%", "z", "ẩn"]


def test_a_funnel_shows_who_stays_and_who_stops() -> None:
    chart = drawn(funnel("f", "t", "d", [FunnelStep("Mở", 100, None, "100"), FunnelStep("Điền", 60, 40, "60")]))
    lengths = [float(one.get("width") or 0) for one in chart.iter(f"{SVG}rect")]
    assert lengths[0] == pytest.approx(lengths[1] + lengths[2], abs=0.2)
    assert drawn(funnel("f", "t", "d", [FunnelStep("Mở", 0, None, "0")])) is not None


def test_every_chart_has_a_title_and_a_text_for_who_does_not_see_it() -> None:
    for markup in (
        lines("k", "Tiêu đề", "Nói", ["1"], [Line("a", [1])]),
        bars("k", "Tiêu đề", "Nói", []),
        funnel("k", "Tiêu đề", "Nói", []),
    ):
        chart = drawn(markup)
        assert chart.get("role") == "img"
        told = {one.get("id"): one.text for one in chart if one.tag in (f"{SVG}title", f"{SVG}desc")}
        assert [told[name] for name in (chart.get("aria-labelledby") or "").split()] == ["Tiêu đề", "Nói"]


def test_what_is_given_cannot_break_out() -> None:
    evil = '"><script>alert(1)</script>&'
    for markup in (
        lines("k", evil, evil, [evil], [Line(evil, [1])]),
        bars("k", evil, evil, [Bar(evil, 1, evil)]),
        funnel("k", evil, evil, [FunnelStep(evil, 1, 1, evil)]),
    ):
        assert "<script" not in markup
        assert evil in "".join(drawn(markup).itertext())


def test_no_chart_names_a_colour_of_its_own() -> None:
    markup = lines("k", "t", "d", ["1", "2"], [Line("a", [1, 2])]) + bars("b", "t", "d", [Bar("a", 1, "1")])
    assert not re.search(r"fill=|stroke=|style=|#[0-9a-f]{3}", markup)


def test_lines_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match="fit"):
        lines("k", "t", "d", ["1", "2"], [Line("a", [1])])
