"""The figures say what their names promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motcua.evaluation.figures import calibration_error, macro_f1, mean_reciprocal_rank, percentile, reliability_bins


def test_macro_f1_is_the_mean_over_the_labels_of_the_file() -> None:
    # a: precision 1, recall 1/2; b: precision 1/2, recall 1; "fallback" is only said.
    assert macro_f1([("a", "a"), ("a", "b"), ("b", "b")]) == pytest.approx((2 / 3 + 2 / 3) / 2, abs=1e-4)
    assert macro_f1([("a", "a"), ("b", "fallback")]) == pytest.approx(0.5)
    assert macro_f1([]) == 0.0


def test_percentiles_are_values_that_were_measured() -> None:
    values = [5.0, 1.0, 3.0, 2.0, 4.0]
    assert (percentile(values, 50), percentile(values, 95), percentile([7.0], 50), percentile([], 50)) == (3.0, 5.0, 7.0, 0.0)


@given(st.lists(st.floats(0, 1000), min_size=1), st.floats(0, 100))
def test_a_percentile_lies_between_the_smallest_and_the_largest(values: list[float], percent: float) -> None:
    assert min(values) - 0.01 <= percentile(values, percent) <= max(values) + 0.01


def test_mean_reciprocal_rank_counts_what_was_not_found_as_nothing() -> None:
    assert mean_reciprocal_rank([1, 2, None, 4]) == pytest.approx((1 + 0.5 + 0 + 0.25) / 4, abs=1e-4)


def test_bins_hold_every_answer_once_and_the_error_is_the_distance_to_the_diagonal() -> None:
    bins = reliability_bins([(0.95, True), (0.95, False), (1.0, True), (0.05, False), (0.0, False)])
    assert [(one.low, one.count) for one in bins] == [(0.0, 2), (0.9, 3)]
    assert bins[1].right == pytest.approx(2 / 3)
    assert calibration_error(bins) == pytest.approx((2 * 0.025 + 3 * abs((0.95 + 0.95 + 1.0) / 3 - 2 / 3)) / 5, abs=1e-4)


@given(st.lists(st.tuples(st.floats(0, 1), st.booleans())))
def test_no_answer_is_lost_in_the_bins(answers: list[tuple[float, bool]]) -> None:
    bins = reliability_bins(answers)
    assert sum(one.count for one in bins) == len(answers)
    assert 0.0 <= calibration_error(bins) <= 1.0
