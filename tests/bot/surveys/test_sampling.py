"""Samples can be drawn again by anybody, and every group gets its share."""

import hashlib
import math
from collections import Counter

import pytest

from bot.catalogue.load import load_offices
from bot.settings import PROJECT_ROOT
from bot.surveys.groups import CITY, ward_groups
from bot.surveys.sampling import allocate, answers_needed, draw, frame_hash, to_invite

FRAME = {f"r{number:05}": f"g{number % 7}" for number in range(9_000)} | {f"small{number}": "tiny" for number in range(12)}


def populations() -> dict[str, int]:
    return dict(Counter(FRAME.values()))


def test_the_same_seed_and_frame_give_the_same_sample_in_any_order() -> None:
    strata = allocate(populations(), 400, 0.3)
    once = draw(FRAME, strata, "seed")
    again = draw(dict(reversed(FRAME.items())), strata, "seed")
    assert once == again
    assert draw(FRAME, strata, "another") != once


def test_the_draw_is_what_the_page_of_the_method_says() -> None:
    """Done again in the plain way: order by SHA-256(seed | group | record), take the first ones."""
    strata = allocate(populations(), 400, 0.3)
    drawn = draw(FRAME, strata, "s1")
    for one in strata:
        mine = [record for record, group in FRAME.items() if group == one.group]
        mine.sort(key=lambda record: hashlib.sha256(f"s1|{one.group}|{record}".encode()).hexdigest())
        assert list(drawn[one.group]) == mine[: one.drawn]
        assert len(set(drawn[one.group])) == one.drawn


def test_every_group_gets_thirty_answers_or_is_asked_whole() -> None:
    strata = {one.group: one for one in allocate({"big": 50_000, "small": 200, "tiny": 12, "none": 0}, 400, 0.25)}
    assert strata["big"].wanted >= 390
    assert strata["big"].drawn > 4 * strata["big"].wanted
    assert (strata["small"].wanted, strata["small"].drawn) == (30, 156)
    assert (strata["tiny"].wanted, strata["tiny"].drawn, strata["tiny"].whole) == (12, 12, True)
    assert "none" not in strata


def test_as_many_are_invited_as_reach_the_least_number_nineteen_times_in_twenty() -> None:
    """The chance of at least 30 answers, summed from the binomial distribution itself; a tenth fewer would not do."""

    def chance(invited: int) -> float:
        return 1 - sum(math.comb(invited, k) * 0.3**k * 0.7 ** (invited - k) for k in range(30))

    invited = to_invite(30, 0.3)
    assert 0.94 <= chance(invited) <= 0.97
    assert chance(invited * 9 // 10) < 0.9
    assert to_invite(30, 1.0) == 30


def test_the_city_gets_at_least_what_was_wanted() -> None:
    strata = allocate(populations(), 400, 1.0)
    assert sum(one.wanted for one in strata) >= 400


@pytest.mark.parametrize(("wanted", "response"), [(0, 0.3), (400, 0.0), (400, 1.1)])
def test_numbers_that_make_no_sense_are_refused(wanted: int, response: float) -> None:
    with pytest.raises(ValueError, match="wanted"):
        allocate({"a": 10}, wanted, response)


def test_every_dossier_of_a_group_is_as_likely_as_another() -> None:
    """400 seeds: each of 40 dossiers is drawn in about a quarter of them; the chi-square of all stays below its 99.9 % point."""
    frame = {f"x{number}": "g" for number in range(40)}
    strata = allocate({"g": 40}, 10, 1.0)
    strata = tuple(one.__class__(one.group, one.population, 10, 10) for one in strata)
    seen = Counter(record for seed in range(400) for record in draw(frame, strata, str(seed))["g"])
    chi_square = sum((seen[record] - 100) ** 2 / 75 for record in frame)
    assert chi_square < 76


def test_the_hash_of_a_frame_is_over_its_sorted_lines() -> None:
    assert frame_hash({"b": "2", "a": "1"}) == hashlib.sha256(b"a\t1\nb\t2\n").hexdigest()
    assert frame_hash({"a": "1", "b": "1"}) != frame_hash({"a": "1", "b": "2"})


@pytest.mark.parametrize(("population", "needed"), [(10_000_000, 385), (1_000, 278), (100, 80), (1, 1), (0, 0)])
def test_five_percent_need_the_well_known_numbers(population: int, needed: int) -> None:
    assert answers_needed(0.05, population) == needed


def test_every_ward_and_commune_is_in_one_group_and_the_rest_is_the_citys() -> None:
    places = load_offices(PROJECT_ROOT / "data" / "catalogue").places
    groups = ward_groups(places, "Đơn vị thành phố")
    assert set(groups.of_place) == {place.id for place in places}
    assert set(groups.of_place.values()) <= set(groups.names)
    assert len(groups.names) == 19
    assert groups.of("xa-luc-ngan") == groups.of("phuong-chu") == "huyen-luc-ngan"
    assert groups.of("phuong-tan-an") == "huyen-yen-dung"
    assert groups.of(None) == groups.of("somewhere-else") == CITY
