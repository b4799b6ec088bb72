"""Several processes of one engine slot: how conversations spread, stay, move where one is away, and come back."""

import threading
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from bot.engine_processes import EngineProcessesError
from bot.training.routes import Route
from connectors.gateway.engine_client import EngineClient, EngineRefused, EngineSilent, EngineTurn, EngineUnavailable
from connectors.gateway.engine_processes import REST_SECONDS, EngineProcesses, rendezvous
from connectors.gateway.routed_engine import live_processes, slot_processes
from tests.connectors.fake_engine import SECRET, FakeEngine
from tests.connectors.harness import settings_for

ADDRESSES = ("http://one:5005", "http://two:5005", "http://three:5005")


def a_turn(conversation: str) -> EngineTurn:
    return EngineTurn(f"{conversation}.1", conversation, "xin chào", None, {"conversation_id": conversation})


class Three:
    """Three processes of one slot, by hand."""

    def __init__(self) -> None:
        self.engines = [FakeEngine() for _ in range(3)]
        for engine in self.engines:
            engine.start()
        self.by_address = {f"http://127.0.0.1:{engine.port}": engine for engine in self.engines}
        self.now = 0.0
        self.slot = self.patient_for(2)

    def patient_for(self, seconds: float) -> EngineProcesses:
        clients = {address: EngineClient(address, SECRET, seconds=seconds) for address in self.by_address}
        return EngineProcesses(clients, monotonic=lambda: self.now)

    def first_of(self, conversation: str) -> FakeEngine:
        return self.by_address[rendezvous(conversation, self.slot.addresses)[0]]

    def second_of(self, conversation: str) -> FakeEngine:
        return self.by_address[rendezvous(conversation, self.slot.addresses)[1]]

    def stop(self) -> None:
        self.slot.close()
        for engine in self.engines:
            engine.stop()


@pytest.fixture
def three() -> Iterator[Three]:
    found = Three()
    yield found
    found.stop()


def test_conversations_are_spread_evenly() -> None:
    first = Counter(rendezvous(f"c{number}", ADDRESSES)[0] for number in range(3000))
    assert all(900 < count < 1100 for count in first.values()), first


def test_one_process_less_moves_its_own_conversations_alone() -> None:
    for number in range(300):
        before = rendezvous(f"c{number}", ADDRESSES)
        after = rendezvous(f"c{number}", ADDRESSES[:2])
        assert after == [address for address in before if address in ADDRESSES[:2]]


def test_a_conversation_stays_with_one_process(three: Three) -> None:
    for number in range(12):
        for _ in range(3):
            three.slot.turn(a_turn(f"c{number}"))
    served = [{turn["conversation"] for turn in engine.turns} for engine in three.engines]
    assert sum(len(one) for one in served) == 12
    assert all(len(engine.turns) == 3 * len(one) for engine, one in zip(three.engines, served, strict=True))
    assert sum(bool(one) for one in served) > 1


def test_a_process_that_is_away_is_passed_over_for_the_next_in_the_conversations_order(three: Three) -> None:
    three.first_of("c").stop()
    assert three.slot.turn(a_turn("c")).messages[0].text == "Trả lời: xin chào"
    assert [turn["conversation"] for turn in three.second_of("c").turns] == ["c"]


def test_a_process_that_says_that_it_cannot_is_passed_over_too(three: Three) -> None:
    three.first_of("c").script = lambda _turn: (503, {"failed": "no_model"})
    three.slot.turn(a_turn("c"))
    assert len(three.second_of("c").turns) == 1


def test_a_turn_that_was_refused_is_not_sent_to_another(three: Three) -> None:
    three.first_of("c").script = lambda _turn: (400, {})
    with pytest.raises(EngineRefused):
        three.slot.turn(a_turn("c"))
    assert three.second_of("c").turns == []


def test_a_turn_that_may_have_been_carried_out_is_not_sent_to_another(three: Three) -> None:
    released = threading.Event()

    def taken(_turn: dict[str, Any]) -> tuple[int, Any]:
        released.wait(20)
        return 200, {}

    first = three.first_of("c")
    first.script = taken
    slot = three.patient_for(0.2)
    try:
        with pytest.raises(EngineSilent):
            slot.turn(a_turn("c"))
    finally:
        released.set()
        slot.close()
    assert (len(first.turns), three.second_of("c").turns) == (1, [])


def test_while_it_rests_it_is_not_asked_and_afterwards_it_has_its_conversations_again(three: Three) -> None:
    away = three.first_of("c")
    away.stop()
    three.slot.turn(a_turn("c"))
    away.start()
    three.slot.turn(a_turn("c"))
    assert (len(away.turns), away.health_asked) == (0, 0)
    three.now += REST_SECONDS
    three.slot.turn(a_turn("c"))
    assert (len(away.turns), away.health_asked) == (1, 1)


def test_a_process_that_is_still_away_after_its_rest_costs_a_question_and_no_turn(three: Three) -> None:
    away = three.first_of("c")
    away.script = lambda _turn: (503, {"failed": "no_model"})
    three.slot.turn(a_turn("c"))
    away.healthy = False
    three.now += REST_SECONDS
    three.slot.turn(a_turn("c"))
    three.slot.turn(a_turn("c"))
    assert (len(away.turns), away.health_asked) == (1, 1)
    assert len(three.second_of("c").turns) == 3


def test_when_all_are_away_the_turn_was_not_taken_and_the_next_attempt_asks_all_again(three: Three) -> None:
    for engine in three.engines:
        engine.stop()
    with pytest.raises(EngineUnavailable):
        three.slot.turn(a_turn("c"))
    three.first_of("c").start()
    assert three.slot.turn(a_turn("c")).messages


def test_a_turn_does_not_go_on_for_longer_than_its_lease_allows(three: Three) -> None:
    def slow(_turn: dict[str, Any]) -> tuple[int, Any]:
        three.now += 4
        return 503, {"failed": "tracker_store"}

    three.first_of("c").script = slow
    with pytest.raises(EngineUnavailable):
        three.slot.turn(a_turn("c"))
    assert three.second_of("c").turns == []


def test_health_counts_those_that_answer(three: Three) -> None:
    slots = {"a": three.slot, "b": three.slot}
    three.engines[0].stop()
    three.engines[1].healthy = False
    found = live_processes(slots, Route())  # type: ignore[arg-type]
    assert (found.slot, found.answering, found.of, found.ok) == ("a", 1, 3, True)
    three.engines[2].healthy = False
    assert live_processes(slots, Route()).ok is False  # type: ignore[arg-type]
    assert three.slot.is_healthy() is False


SHARED = {"tracker_url": "postgresql://db/tracker", "redis_url": "redis://locks"}


def test_the_settings_name_the_processes_of_both_slots() -> None:
    settings = settings_for(
        "sqlite://", 6001, engine_urls="http://e-1:5005/, http://e-2:5005", engine_b_urls="http://f:5005", **SHARED
    )
    slots = slot_processes(settings)
    assert slots["a"].addresses == ("http://e-1:5005", "http://e-2:5005")
    assert slots["b"].addresses == ("http://f:5005",)
    ours = slot_processes(settings_for("sqlite://", 6001, engine_b_port=6002, engine_processes=2, **SHARED))
    assert ours["a"].addresses == ("http://127.0.0.1:6001", "http://127.0.0.1:6101")
    assert ours["b"].addresses == ("http://127.0.0.1:6002", "http://127.0.0.1:6102")


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        ({"engine_processes": 2, "redis_url": "redis://locks"}, "TRACKER_URL"),
        ({"engine_processes": 2, "tracker_url": "postgresql://db/tracker"}, "REDIS_URL"),
        ({"engine_urls": "http://one:5005,http://two:5005"}, "TRACKER_URL"),
        ({"engine_urls": "one:5005"}, "ENGINE_URLS"),
        ({"engine_b_urls": "http://one:5005/path"}, "ENGINE_B_URLS"),
        ({"engine_urls": "http://one:5005", "engine_processes": 2, **SHARED}, "ENGINE_PROCESSES"),
        ({"engine_port": 65_500, "engine_processes": 2, **SHARED}, "ENGINE_PORT"),
        ({"engine_port": 6001, "engine_b_port": 6101, "engine_processes": 2, **SHARED}, "ENGINE_B_PORT"),
    ],
)
def test_what_cannot_be_right_is_refused_by_name(wrong: dict[str, Any], named: str) -> None:
    with pytest.raises(EngineProcessesError, match=named):
        slot_processes(settings_for("sqlite://", **({"engine_port": 6001, "engine_b_port": 6002} | wrong)))


def test_one_process_needs_neither_postgresql_nor_redis() -> None:
    assert slot_processes(settings_for("sqlite://", 6001))["a"].addresses == ("http://127.0.0.1:6001",)
