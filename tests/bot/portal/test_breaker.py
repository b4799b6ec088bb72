"""The circuit breaker's transitions, with a clock of our own."""

import inspect
import threading
from collections.abc import Callable
from datetime import datetime
from typing import cast

import pytest

from bot.clock import VIETNAM_TIME
from bot.portal.breaker import CircuitBreaker, GuardedPortal
from bot.portal.errors import CircuitOpen, ContractChanged, NotFound, NotOffered, OutcomeUnknown, PortalError, Unavailable
from bot.portal.gateway import OPERATIONS, PortalGateway
from bot.portal.records import Dossier, LookupFactor

DOSSIER = Dossier("H05.12.3-260818-0001", "provincial", "4", datetime(2026, 8, 20, tzinfo=VIETNAM_TIME))


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class ScriptedPortal:
    def __init__(self) -> None:
        self.error: PortalError | None = None
        self.calls = 0
        self.before_answer: Callable[[], object] = lambda: None

    def lookup_dossier(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> Dossier:  # noqa: ARG002
        self.calls += 1
        self.before_answer()
        if self.error:
            raise self.error
        return DOSSIER


class Guarded:
    def __init__(self) -> None:
        self.clock, self.portal = Clock(), ScriptedPortal()
        self.breaker = CircuitBreaker(clock=self.clock)
        self.guarded = GuardedPortal(self.portal, self.breaker)

    def ask(self) -> Dossier:
        return self.guarded.lookup_dossier("H05.12.3-260818-0001", LookupFactor("7K2M"))

    def fail(self, times: int) -> None:
        self.portal.error = Unavailable("away")
        for _ in range(times):
            with pytest.raises(Unavailable):
                self.ask()


@pytest.fixture
def guarded() -> Guarded:
    return Guarded()


def test_opens_after_five_failures_and_then_does_not_ask(guarded: Guarded) -> None:
    guarded.fail(5)
    assert guarded.breaker.state == "open"
    with pytest.raises(CircuitOpen) as refused:
        guarded.ask()
    assert refused.value.retry_after == 20
    assert guarded.portal.calls == 5


def test_four_failures_and_a_success_start_the_count_again(guarded: Guarded) -> None:
    guarded.fail(4)
    guarded.portal.error = None
    assert guarded.ask() is DOSSIER
    guarded.fail(4)
    assert guarded.breaker.state == "closed"


@pytest.mark.parametrize("answer", [NotFound("no"), ContractChanged("other")])
def test_a_refusal_is_an_answer_and_not_a_failure(guarded: Guarded, answer: PortalError) -> None:
    guarded.portal.error = answer
    for _ in range(10):
        with pytest.raises(type(answer)):
            guarded.ask()
    assert guarded.breaker.state == "closed"


def test_trial_after_twenty_seconds_closes_it(guarded: Guarded) -> None:
    guarded.fail(5)
    guarded.clock.now += 20
    assert guarded.breaker.state == "half_open"
    guarded.portal.error = None
    assert guarded.ask() is DOSSIER
    assert guarded.breaker.state == "closed"


def test_failed_trial_opens_it_for_another_twenty_seconds(guarded: Guarded) -> None:
    guarded.fail(5)
    guarded.clock.now += 20
    guarded.fail(1)
    assert guarded.breaker.state == "open"
    guarded.clock.now += 19
    with pytest.raises(CircuitOpen):
        guarded.ask()
    assert guarded.portal.calls == 6


def test_only_one_trial_at_a_time(guarded: Guarded) -> None:
    guarded.fail(5)
    guarded.clock.now += 20
    guarded.portal.error = None
    inside, go_on = threading.Event(), threading.Event()

    def hold() -> None:
        inside.set()
        go_on.wait(10)

    guarded.portal.before_answer = hold
    trial = threading.Thread(target=guarded.ask)
    trial.start()
    assert inside.wait(10)
    with pytest.raises(CircuitOpen):
        guarded.ask()
    go_on.set()
    trial.join()
    assert guarded.breaker.state == "closed"


def test_trial_that_never_reports_does_not_shut_it_for_ever(guarded: Guarded) -> None:
    guarded.fail(5)
    guarded.clock.now += 20
    guarded.breaker.enter()
    guarded.clock.now += 20
    guarded.portal.error = None
    assert guarded.ask() is DOSSIER


def test_late_failures_of_calls_begun_before_do_not_prolong_the_pause(guarded: Guarded) -> None:
    guarded.fail(5)
    guarded.clock.now += 15
    guarded.breaker.failed()
    guarded.clock.now += 5
    assert guarded.breaker.state == "half_open"


def test_what_is_not_offered_says_nothing_of_the_portals_health(guarded: Guarded) -> None:
    guarded.fail(4)
    guarded.portal.error = NotOffered("lookup_dossier")
    with pytest.raises(NotOffered):
        guarded.ask()
    guarded.fail(1)
    assert guarded.breaker.state == "open"
    guarded.clock.now += 20
    guarded.portal.error = NotOffered("lookup_dossier")
    with pytest.raises(NotOffered):
        guarded.ask()
    assert guarded.breaker.state == "half_open"
    guarded.portal.error = None
    assert guarded.ask() is DOSSIER


class EveryCall:
    """A portal whose every method gives back its own name and arguments, or fails."""

    offered = OPERATIONS
    error: PortalError | None = None

    def __getattr__(self, name: str) -> Callable[..., object]:
        def call(*args: object, **named: object) -> object:
            if self.error is not None:
                raise self.error
            return name, args, named

        return call


@pytest.mark.parametrize("name", sorted(OPERATIONS))
def test_every_service_is_passed_on_as_it_was_asked_and_guarded(name: str) -> None:
    method = inspect.signature(getattr(PortalGateway, name))
    given = [f"<{one}>" for one, p in method.parameters.items() if p.kind is p.POSITIONAL_OR_KEYWORD and one != "self"]
    named = {one: f"<{one}>" for one, p in method.parameters.items() if p.kind is p.KEYWORD_ONLY}
    inner = EveryCall()
    guarded = GuardedPortal(cast(PortalGateway, inner), CircuitBreaker(failures=1, clock=Clock()))
    answer = getattr(guarded, name)(*given, **named)
    assert answer == (None if name == "unwatch" else (name, tuple(given), named))
    inner.error = OutcomeUnknown("lost")
    with pytest.raises(OutcomeUnknown):
        getattr(guarded, name)(*given, **named)
    with pytest.raises(CircuitOpen):
        getattr(guarded, name)(*given, **named)
