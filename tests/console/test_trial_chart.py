"""The trial's figures as bars: to scale, with their intervals, also where there is nothing yet."""

from bot.training.canary import Comparison
from console.trial_chart import WIDTH, charts_of, percent


def test_bars_are_to_scale_with_their_intervals() -> None:
    (chart,) = charts_of([Comparison("handoff", 20, 64, 12, 120, 0.0004, True)])
    canary, live = chart.bars
    assert (chart.scale, chart.p, canary.percent, live.percent) == ("50%", "< 0,001", "31,2%", "10%")
    assert canary.low < canary.length < canary.high < WIDTH
    assert canary.length / live.length > 3
    assert canary.range == "21,2%–43,4%"


def test_nothing_yet_is_drawn_without_an_interval() -> None:
    (chart,) = charts_of([Comparison("failure", 0, 0, 0, 0, None, False)])
    assert {(bar.length, bar.percent, bar.range) for bar in chart.bars} == {(0.0, "–", "–")}
    assert chart.p is None


def test_shares_are_written_as_here() -> None:
    assert [percent(share) for share in (0.0, 0.042, 0.5, 1.0)] == ["0%", "4,2%", "50%", "100%"]
