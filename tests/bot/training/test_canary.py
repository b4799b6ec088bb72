"""Counting from the ledger on both databases, and the exact test that decides."""

from datetime import timedelta
from typing import Any

import pytest

from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Inbound
from bot.training.canary import Counts, compare, count_since, greater_p, interval, may_finish, worst
from bot.training.rules import shipped_rules
from tests.moving_clock import MovingClock

RULES = shipped_rules().canary


def turn(
    database: Database, clock: MovingClock, who: str, seq: int, nlu: dict[str, Any] | None, outcome: str = "answered"
) -> None:
    with writing(database.sessions) as session:
        if session.get(Conversation, who) is None:
            session.add(Conversation(id=who, channel="webchat", account="web", external_id=who, opened_at=clock()))
            session.flush()
        row = Inbound(
            conversation_id=who,
            channel="webchat",
            account="web",
            event_id=f"{who}.{seq}",
            seq=seq,
            text="x",
            received_at=clock(),
            outcome=outcome,
            nlu=nlu,
        )
        session.add(row)


def test_conversations_are_counted_once_for_the_slot_that_answered_since_the_share_began(database: Database) -> None:
    clock = MovingClock()
    turn(database, clock, "old", 1, {"slot": "b", "intent": "nlu_fallback"})
    clock.move(minutes=5)
    began = clock()
    turn(database, clock, "one", 1, {"slot": "a", "intent": "ask_fee"})
    turn(database, clock, "one", 2, {"slot": "a", "intent": "nlu_fallback"})
    turn(database, clock, "one", 3, {"slot": "a", "intent": "nlu_fallback"})
    turn(database, clock, "two", 1, {"slot": "b", "intent": "talk_to_officer"}, "handed_over")
    turn(database, clock, "three", 1, {"slot": "b", "failed": "timeout"}, "failed_and_told")
    turn(database, clock, "four", 1, {"slot": "a", "instead_of": "b", "intent": "nlu_fallback"})
    turn(database, clock, "five", 1, None, "ignored")
    with database.sessions() as session:
        counts = count_since(session, began)
    assert counts["a"] == Counts(conversations=1, fallback=1)
    # A turn that the other slot had to answer is a failure of the slot that should have, and nothing else.
    assert counts["b"] == Counts(conversations=3, handoff=1, failure=2)


@pytest.mark.parametrize(
    ("counts", "p"),
    [((3, 4, 1, 4), 0.2429), ((10, 50, 10, 50), 0.5982), ((20, 50, 5, 50), 0.000483), ((0, 30, 0, 30), 1.0)],
    ids=["tea", "same", "worse", "nothing"],
)
def test_the_exact_test_gives_the_known_chances(counts: tuple[int, int, int, int], p: float) -> None:
    assert greater_p(*counts) == pytest.approx(p, rel=0.02)


def test_the_exact_test_refuses_nonsense() -> None:
    with pytest.raises(ValueError, match="between"):
        greater_p(5, 4, 0, 4)


def test_a_clearly_worse_trial_is_found_and_a_small_one_is_not_judged() -> None:
    live = Counts(conversations=400, handoff=40, fallback=40)
    assert worst(compare(Counts(conversations=60, handoff=18, fallback=6), live, RULES)).measure == "handoff"  # type: ignore[union-attr]
    assert worst(compare(Counts(conversations=60, handoff=7, fallback=6), live, RULES)) is None
    assert worst(compare(Counts(conversations=20, handoff=20, fallback=20), live, RULES)) is None


def test_engine_failures_are_seen_sooner() -> None:
    found = worst(compare(Counts(conversations=12, failure=6), Counts(conversations=100), RULES))
    assert found is not None
    assert found.measure == "failure"


def test_a_better_trial_is_never_worse() -> None:
    assert worst(compare(Counts(200, 0, 0, 0), Counts(200, 60, 60, 60), RULES)) is None


def test_a_trial_finishes_itself_only_after_its_time_with_its_number_and_no_worse() -> None:
    clock = MovingClock()
    began = clock()
    canary, live = Counts(300, 10, 10), Counts(900, 30, 30)
    good = compare(canary, live, RULES)
    late = began + timedelta(hours=RULES.finish_after_hours)
    assert may_finish(canary, good, began, late, RULES)
    assert not may_finish(canary, good, began, late - timedelta(minutes=1), RULES)
    assert not may_finish(Counts(100, 1, 1), compare(Counts(100, 1, 1), live, RULES), began, late, RULES)
    assert not may_finish(canary, compare(Counts(300, 90, 10), live, RULES), began, late, RULES)


def test_the_interval_is_wilsons() -> None:
    low, high = interval(10, 100)
    assert (round(low, 3), round(high, 3)) == (0.055, 0.174)
    assert interval(0, 0) == (0.0, 1.0)
