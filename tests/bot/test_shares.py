"""Shares and their intervals."""

import math

import pytest

from bot.shares import Share, wilson


@pytest.mark.parametrize(
    ("part", "whole", "low", "high"),
    # From the formula's own examples: Newcombe (1998), table I, method 3 (score, without continuity correction).
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_the_interval_is_that_of_the_published_examples(part: int, whole: int, low: float, high: float) -> None:
    found = wilson(part, whole)
    assert found == pytest.approx((low, high), abs=0.00005)


@pytest.mark.parametrize(("part", "whole"), [(0, 1), (3, 10), (999, 1000), (10, 10)])
def test_its_ends_solve_the_score_equation(part: int, whole: int) -> None:
    share = part / whole
    for end in wilson(part, whole):
        distance = abs(share - end)
        assert distance == pytest.approx(1.959964 * math.sqrt(end * (1 - end) / whole), abs=1e-6)


def test_nothing_has_no_share_and_no_interval() -> None:
    assert Share(0, 0).value is None
    assert Share(0, 0).interval is None


@pytest.mark.parametrize(("part", "whole"), [(2, 1), (-1, 3)])
def test_a_part_larger_than_its_whole_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="is no share"):
        Share(part, whole)
