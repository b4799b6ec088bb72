"""The intervals, reckoned again in a plain way and against published figures."""

import math
import random

import pytest

from bot.surveys.estimates import (
    Counted,
    change,
    city_share,
    design_effect,
    group_share,
    response_rate,
    weight,
    wilson,
)

GROUPS = (Counted("a", 5_000, 180, 160), Counted("b", 1_200, 45, 30), Counted("c", 90, 30, 28), Counted("d", 4, 0, 0))


@pytest.mark.parametrize(
    ("good", "n", "low", "high"), [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611)]
)
def test_wilson_gives_newcombes_published_figures(good: int, n: int, low: float, high: float) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table I."""
    assert wilson(good / n, n) == pytest.approx((low, high), abs=5e-5)


def test_wilson_is_where_the_score_test_just_rejects() -> None:
    share, n = 0.87, 412
    low, high = wilson(share, n)
    assert abs(share - low) / math.sqrt(low * (1 - low) / n) == pytest.approx(1.959964, abs=1e-5)
    assert abs(share - high) / math.sqrt(high * (1 - high) / n) == pytest.approx(1.959964, abs=1e-5)


def test_the_citys_share_weighs_each_group_by_its_dossiers() -> None:
    found = city_share(GROUPS)
    assert found is not None
    weights = [5_000 / 180] * 180 + [1_200 / 45] * 45 + [90 / 30] * 30
    said = [1] * 160 + [0] * 20 + [1] * 30 + [0] * 15 + [1] * 28 + [0] * 2
    mean = sum(w * s for w, s in zip(weights, said, strict=True)) / sum(weights)
    variance = 0.0
    for population, answers in ((5_000, said[:180]), (1_200, said[180:225]), (90, said[225:])):
        n = len(answers)
        own = sum(answers) / n
        spread = sum((one - own) ** 2 for one in answers) / (n - 1)
        variance += (population / 6_290) ** 2 * (1 - n / population) * spread / n
    assert found.value == pytest.approx(mean)
    assert found.effective == pytest.approx(mean * (1 - mean) / variance)
    assert (found.low, found.high) == pytest.approx(wilson(mean, mean * (1 - mean) / variance))
    assert found.n == 255
    assert found.covered == pytest.approx(6_290 / 6_294)
    assert found.low < found.value < found.high


def test_the_interval_of_many_draws_holds_the_true_share_about_as_often_as_it_says() -> None:
    """2,000 draws from a made-up city; 95 % intervals hold the true share in 93 to 97.5 % of them."""
    chance = random.Random(7)
    city = {"a": [1] * 1_700 + [0] * 300, "b": [1] * 250 + [0] * 150, "c": [1] * 95 + [0] * 5}
    true = sum(map(sum, city.values())) / 2_500
    held = 0
    for _ in range(2_000):
        drawn = {group: chance.sample(people, n) for (group, people), n in zip(city.items(), (120, 40, 30), strict=True)}
        found = city_share([Counted(group, len(city[group]), len(said), sum(said)) for group, said in drawn.items()])
        assert found is not None
        held += found.low <= true <= found.high
    assert 0.93 <= held / 2_000 <= 0.975


def test_no_answers_no_share_and_one_answer_no_certainty() -> None:
    assert city_share([Counted("a", 100, 0, 0)]) is None
    assert city_share([]) is None
    assert group_share(Counted("a", 100, 0, 0)) is None
    single = city_share([Counted("a", 500, 200, 100), Counted("b", 500, 1, 1)])
    assert single is not None
    assert single.high - single.low > 0.4


def test_all_saying_the_same_leaves_doubt() -> None:
    found = city_share([Counted("a", 5_000, 300, 300), Counted("b", 500, 40, 40)])
    assert found is not None
    assert found.value == found.high == 1.0
    assert 0.98 < found.low < 1.0


def test_a_census_of_a_group_adds_no_doubt() -> None:
    found = city_share([Counted("a", 50, 50, 40)])
    assert found is not None
    assert (found.value, found.covered) == (0.8, 1.0)


def test_change_between_waves_is_newcombes_method_ten() -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table II: 56/70 − 48/80 is 0.2 (0.0524 to 0.3339)."""
    after, before = group_share(Counted("a", 9_999, 70, 56)), group_share(Counted("a", 9_999, 80, 48))
    assert after is not None
    assert before is not None
    assert change(before, after) == pytest.approx((0.2, 0.0524, 0.3339), abs=5e-5)
    assert change(after, before)[0] == pytest.approx(-0.2)


def test_weights_design_effect_and_response() -> None:
    assert weight(1_200, 40) == 30
    assert weight(5, 0) == 0
    assert design_effect([2.0] * 9) == pytest.approx(1)
    assert design_effect([1.0] * 50 + [3.0] * 50) == pytest.approx(1 + (1 / 2) ** 2)
    assert response_rate(30, 120) == 0.25
    assert response_rate(0, 0) is None
    assert math.isclose(group_share(Counted("a", 9, 4, 3)).value, 0.75)  # type: ignore[union-attr]
