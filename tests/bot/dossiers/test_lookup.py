"""The status service: outcomes, lock-out, cache, portal away."""

import logging
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from bot.clock import VIETNAM_TIME
from bot.dossiers.attempts import AttemptsInMemory, Locked
from bot.dossiers.lookup import (
    Details,
    DossierStatusService,
    Found,
    LockedOut,
    NotFoundOrWrongFactor,
    PortalAway,
    proper_lookup_code,
)
from bot.portal.cache import DossierCache
from bot.portal.errors import (
    CircuitOpen,
    ContractChanged,
    CredentialsRefused,
    NotFound,
    PortalError,
    TooManyAttempts,
    Unavailable,
)
from bot.portal.records import Dossier, FactorType, LookupFactor, Moment, SupplementRequest
from bot.portal.watching import SupplementDetails, SupplementPaper

NOW = datetime(2026, 8, 5, 14, 30, tzinfo=VIETNAM_TIME)
CODE, RIGHT = "H05.12.3-260731-0001", "7K2M"
DOSSIER = Dossier(CODE, "provincial", "4", NOW)
DETAILS = SupplementDetails("BS1", 1, Moment(NOW.date()), None, None, (SupplementPaper("P1", "Đơn"),))


class PortalOfOne:
    """Knows one pair; fails on command."""

    offered: frozenset[str] = frozenset()

    def __init__(self) -> None:
        self.error: PortalError | None = None
        self.dossier = DOSSIER
        self.details_error: PortalError | None = None
        self.asked: list[tuple[str, str, str | None]] = []

    def lookup_dossier(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> Dossier:
        self.asked.append((code, factor.value, on_behalf_of))
        if self.error:
            raise self.error
        if (code, factor.value) != (CODE, RIGHT):
            raise NotFound("no")
        return self.dossier

    def supplement_details(self, _code: str, _factor: LookupFactor, *, on_behalf_of: str | None = None) -> SupplementDetails:
        assert on_behalf_of
        if self.details_error:
            raise self.details_error
        return DETAILS


class Desk:
    def __init__(self) -> None:
        self.now, self.portal, self.ticks = NOW, PortalOfOne(), 0.0
        self.service = DossierStatusService(
            self.portal, AttemptsInMemory(), cache=DossierCache(clock=lambda: self.ticks), clock=lambda: self.now
        )

    def check(self, lookup_code: str = RIGHT, code: str = CODE, conversation: str = "c1") -> object:
        return self.service.check(code, LookupFactor(lookup_code), conversation)

    def later(self, **amount: float) -> None:
        step = timedelta(**amount)
        self.now += step
        self.ticks += step.total_seconds()


@pytest.fixture
def desk() -> Desk:
    return Desk()


def test_right_pair_is_found(desk: Desk) -> None:
    assert desk.check() == Found(DOSSIER, NOW, stale=False)


@pytest.mark.parametrize("typed", ["h05.12.3-260731-0001", " H05.12.3 – 260731 – 0001 ", "HO5.12.3-26O731-OOO1"])
def test_code_is_understood_as_people_type_it(desk: Desk, typed: str) -> None:
    assert isinstance(desk.check(" 7k 2m ", typed), Found)


@pytest.mark.parametrize("junk", ["", "0", "024099001234", "💥" * 5000, "H05.12.3-261399-0001", "\x00", "\ud800"])
def test_junk_is_answered_like_any_wrong_pair_without_asking_the_portal(desk: Desk, junk: str) -> None:
    assert desk.check(RIGHT, junk) == NotFoundOrWrongFactor()
    assert desk.check(junk, "H05.12.3-261399-0001") == NotFoundOrWrongFactor()
    assert desk.portal.asked == []


def test_unknown_code_and_wrong_factor_are_one_outcome(desk: Desk) -> None:
    assert desk.check("ZZZ9") == desk.check(code="H05.12.3-260731-9999") == NotFoundOrWrongFactor()


@pytest.mark.parametrize("factor", ["lookup_code", "phone_proof", "identity_proof"])
def test_a_wrong_code_and_a_wrong_factor_cost_the_same(factor: FactorType) -> None:
    """The same calls, the same attempts, and no refusal before its earliest moment."""
    told = []
    for code, value in ((CODE, "ZZZ9"), ("H05.12.3-260731-9999", RIGHT), ("no code at all", RIGHT), (CODE, "x" * 600)):
        desk, passed, paused = Desk(), [0.0], []
        service = desk.service
        service._refusal_seconds, service._monotonic, service._pause = 0.6, lambda p=passed: p[0], paused.append
        outcomes = [service.check(code, LookupFactor(value, factor), "c1") for _ in range(6)]
        told.append((outcomes[0], paused, isinstance(outcomes[5], LockedOut)))
        well_formed = code != "no code at all" and len(value) < 600
        assert len(desk.portal.asked) == (5 if well_formed else 0)
    assert told == [(NotFoundOrWrongFactor(factor), [0.6] * 5, True)] * 4


def test_a_refusal_that_took_long_enough_waits_no_longer(desk: Desk) -> None:
    moments, paused = iter([0.0, 0.9]), []
    desk.service._refusal_seconds, desk.service._pause = 0.6, paused.append
    desk.service._monotonic = lambda: next(moments)
    desk.check("ZZZ9")
    assert paused == []


def test_only_a_login_is_told_details_and_only_while_there_is_time(desk: Desk) -> None:
    asked = SupplementRequest(Moment(NOW.date()), None, 1, None)
    desk.portal.dossier = replace(DOSSIER, status_code="5", supplement_requests=(asked,))
    desk.portal.offered = frozenset({"supplement_details"})
    for factor, details in (("lookup_code", None), ("phone_proof", None), ("identity_proof", Details(DETAILS))):
        outcome = desk.service.check(CODE, LookupFactor(RIGHT, factor), "c1")  # type: ignore[arg-type]
        assert isinstance(outcome, Found)
        assert outcome.details == details
    moments = iter([0.0, 2.6])
    desk.service._monotonic = lambda: next(moments)
    late = desk.service.check(CODE, LookupFactor(RIGHT, "identity_proof"), "c1")
    assert isinstance(late, Found)
    assert late.details == Details()


def test_details_that_the_portal_does_not_give_leave_the_status(desk: Desk) -> None:
    desk.portal.dossier = replace(DOSSIER, supplement_requests=(SupplementRequest(Moment(NOW.date()), None, 1, None),))
    desk.portal.offered = frozenset({"supplement_details"})
    desk.portal.details_error = Unavailable("away")
    outcome = desk.service.check(CODE, LookupFactor(RIGHT, "identity_proof"), "c1")
    assert isinstance(outcome, Found)
    assert outcome.details == Details()


def test_old_state_of_a_source_is_called_stale(desk: Desk) -> None:
    desk.portal.dossier = replace(DOSSIER, as_of=NOW - timedelta(hours=25))
    outcome = desk.check()
    assert isinstance(outcome, Found)
    assert outcome.stale


def test_sixth_wrong_pair_in_fifteen_minutes_is_locked_out(desk: Desk) -> None:
    for _ in range(5):
        assert desk.check("ZZZ9") == NotFoundOrWrongFactor()
        desk.later(minutes=1)
    locked = LockedOut(NOW + timedelta(minutes=15))
    assert desk.check("ZZZ9") == locked
    assert desk.check() == locked, "the right pair is not told either while locked"
    assert len(desk.portal.asked) == 5


def test_lock_ends_after_fifteen_minutes(desk: Desk) -> None:
    for _ in range(5):
        desk.check("ZZZ9")
    desk.later(minutes=15)
    assert isinstance(desk.check(), Found)


def test_right_pairs_do_not_wipe_wrong_ones(desk: Desk) -> None:
    for _ in range(4):
        desk.check("ZZZ9")
        assert isinstance(desk.check(), Found)
    desk.check("ZZZ9")
    assert isinstance(desk.check("ZZZ9"), LockedOut)


def test_right_pairs_never_lock(desk: Desk) -> None:
    assert all(isinstance(desk.check(), Found) for _ in range(20))


def test_lock_is_per_conversation(desk: Desk) -> None:
    for _ in range(6):
        desk.check("ZZZ9")
    assert isinstance(desk.check(conversation="c2"), Found)


def test_failures_of_the_portal_never_lock(desk: Desk) -> None:
    desk.portal.error = Unavailable("away")
    assert all(desk.check("ZZZ9") == PortalAway(None) for _ in range(10))


def test_fifty_guesses_at_once_get_five_answers(desk: Desk) -> None:
    with ThreadPoolExecutor(16) as threads:
        outcomes = list(threads.map(lambda n: desk.check(f"Z{n:03}"), range(50)))
    assert sum(isinstance(outcome, NotFoundOrWrongFactor) for outcome in outcomes) == 5
    assert len(desk.portal.asked) == 5


def test_second_question_within_a_minute_is_answered_from_memory(desk: Desk) -> None:
    desk.check()
    desk.later(seconds=59)
    desk.check()
    assert len(desk.portal.asked) == 1
    desk.later(seconds=1)
    desk.check()
    assert len(desk.portal.asked) == 2


def test_memory_does_not_answer_a_wrong_factor(desk: Desk) -> None:
    desk.check()
    assert desk.check("ZZZ9", conversation="stranger") == NotFoundOrWrongFactor()


@pytest.mark.parametrize("error", [Unavailable("away"), CircuitOpen(20), ContractChanged("x"), CredentialsRefused("x")])
def test_portal_away_tells_the_last_known_state_of_this_very_pair(desk: Desk, error: PortalError) -> None:
    desk.check()
    desk.later(hours=1)
    desk.portal.error = error
    assert desk.check() == PortalAway(DOSSIER)
    assert desk.check("ZZZ9") == PortalAway(None)


def test_pair_that_the_portal_no_longer_accepts_is_forgotten(desk: Desk) -> None:
    desk.check()
    desk.later(hours=1)
    desk.portal.error = NotFound("no")
    assert desk.check() == NotFoundOrWrongFactor()
    desk.portal.error = Unavailable("away")
    assert desk.check() == PortalAway(None)


def test_limit_of_the_portal_becomes_a_time_to_try_again(desk: Desk) -> None:
    desk.portal.error = TooManyAttempts(90)
    assert desk.check() == LockedOut(NOW + timedelta(seconds=90))


def test_portal_gets_an_opaque_reference_of_the_person(desk: Desk) -> None:
    desk.check(conversation="webchat-4711")
    desk.check(code="H05.12.3-260731-0002", conversation="webchat-4711")
    desk.check(code="H05.12.3-260731-0002", conversation="another")
    first, second, third = (reference for _, _, reference in desk.portal.asked)
    assert first == second != third
    assert first
    assert "4711" not in first


def test_logs_hold_no_codes(desk: Desk, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        for error in (Unavailable("away"), ContractChanged("status_code: missing")):
            desk.portal.error = error
            desk.check()
    written = " ".join(str(vars(record)) for record in caplog.records)
    assert len(caplog.records) == 2
    assert "260731" not in written
    assert RIGHT not in written


def test_lookup_code_has_one_spelling() -> None:
    assert proper_lookup_code(" 7k-2m\n") == "7K2M"
    assert proper_lookup_code("đ") == ""
    assert proper_lookup_code("A" * 33) == ""


def test_attempt_given_back_twice_changes_nothing() -> None:
    attempts = AttemptsInMemory(allowed=2)
    first, second = attempts.take("c", NOW), attempts.take("c", NOW)
    for _ in range(2):
        attempts.give_back(first)  # type: ignore[arg-type]
    assert attempts.take("c", NOW) != second
    assert isinstance(attempts.take("c", NOW), Locked)


def test_attempts_of_many_conversations_are_swept() -> None:
    attempts = AttemptsInMemory()
    for number in range(10_001):
        attempts.take(f"c{number}", NOW)
    attempts.take("new", NOW + timedelta(hours=1))
    assert len(attempts._taken) == 1
