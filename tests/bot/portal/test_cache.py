"""What the cache gives back, to whom and for how long."""

from datetime import datetime

import pytest

from bot.clock import VIETNAM_TIME
from bot.portal.cache import DossierCache
from bot.portal.records import Dossier, LookupFactor

CODE, FACTOR = "H05.12.3-260818-0001", LookupFactor("7K2M")
DOSSIER = Dossier(CODE, "provincial", "4", datetime(2026, 8, 20, tzinfo=VIETNAM_TIME))


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_sixty_seconds_fresh_then_only_last_known(clock: Clock) -> None:
    cache = DossierCache(clock=clock)
    cache.remember(CODE, FACTOR, DOSSIER)
    clock.now = 59.9
    assert cache.fresh(CODE, FACTOR) is DOSSIER
    clock.now = 60
    assert cache.fresh(CODE, FACTOR) is None
    assert cache.last_known(CODE, FACTOR) is DOSSIER


def test_last_known_is_forgotten_in_the_end(clock: Clock) -> None:
    cache = DossierCache(clock=clock, kept_seconds=100)
    cache.remember(CODE, FACTOR, DOSSIER)
    clock.now = 100
    assert cache.last_known(CODE, FACTOR) is None


@pytest.mark.parametrize(("code", "factor"), [(CODE, LookupFactor("7K2N")), ("H02.12.3-260818-0001", FACTOR)])
def test_only_the_same_pair_finds_it(code: str, factor: LookupFactor, clock: Clock) -> None:
    cache = DossierCache(clock=clock)
    cache.remember(CODE, FACTOR, DOSSIER)
    assert cache.fresh(code, factor) is None
    assert cache.last_known(code, factor) is None


def test_moving_a_character_between_the_two_codes_is_another_pair(clock: Clock) -> None:
    cache = DossierCache(clock=clock)
    cache.remember("AB", LookupFactor("C"), DOSSIER)
    assert cache.last_known("A", LookupFactor("BC")) is None


def test_refused_pair_is_forgotten(clock: Clock) -> None:
    cache = DossierCache(clock=clock)
    cache.remember(CODE, FACTOR, DOSSIER)
    cache.forget(CODE, FACTOR)
    cache.forget(CODE, FACTOR)
    assert cache.last_known(CODE, FACTOR) is None


def test_it_never_holds_more_than_its_capacity(clock: Clock) -> None:
    cache = DossierCache(clock=clock, capacity=3)
    for number in range(10):
        cache.remember(f"code-{number}", FACTOR, DOSSIER)
    held = [number for number in range(10) if cache.last_known(f"code-{number}", FACTOR)]
    assert held == [7, 8, 9]


def test_codes_do_not_stand_in_its_memory_as_keys(clock: Clock) -> None:
    cache = DossierCache(clock=clock)
    cache.remember(CODE, FACTOR, DOSSIER)
    assert CODE not in str(vars(cache))
    assert "7K2M" not in str(vars(cache))
