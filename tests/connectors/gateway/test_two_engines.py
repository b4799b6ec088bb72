"""Two engines behind one route: nothing is lost or answered twice while turns move from one to the other and back."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import pytest
from sqlalchemy import select

from bot.storage.database import Database, writing
from bot.storage.deployment_models import EngineRoute
from bot.storage.models import Inbound
from bot.training.routes import ROUTE, Route, RouteWatch
from connectors.gateway.engine_client import EngineClient, EngineSilent, EngineTurn, EngineUnavailable
from connectors.gateway.routed_engine import RoutedEngine
from connectors.gateway.worker import Worker
from tests.connectors.fake_engine import SECRET, FakeEngine, echo, message, reply
from tests.connectors.harness import FAST, Browser, browsing
from tests.moving_clock import MovingClock
from tests.waiting import wait_for

TURN = EngineTurn("c.1", "c.1", "xin chào", None, {"conversation_id": "c"})


def saying(name: str) -> Any:
    def script(turn: dict[str, Any]) -> tuple[int, Any]:
        return 200, reply(turn, message(f"{name}: {turn['text']}")) | {"model": f"model-{name}"}

    return script


class Two:
    """Both engines and the route between them."""

    def __init__(self) -> None:
        self.a, self.b = FakeEngine(), FakeEngine()
        self.route = Route()
        for name, engine in (("a", self.a), ("b", self.b)):
            engine.script = saying(name)
            engine.start()
        clients = {"a": self.client(self.a), "b": self.client(self.b)}
        self.routed = RoutedEngine(clients, lambda: self.route)  # type: ignore[arg-type]

    @staticmethod
    def client(engine: FakeEngine) -> EngineClient:
        return EngineClient(f"http://127.0.0.1:{engine.port}", SECRET, seconds=3)

    def stop(self) -> None:
        self.routed.close()
        self.a.stop()
        self.b.stop()


@pytest.fixture
def two() -> Iterator[Two]:
    found = Two()
    yield found
    found.stop()


def test_the_answer_says_which_slot_and_model_gave_it(two: Two) -> None:
    answer = two.routed.turn(TURN)
    assert answer.messages[0].text == "a: xin chào"
    assert answer.nlu is not None
    assert {name: answer.nlu[name] for name in ("slot", "model", "intent")} == {
        "slot": "a",
        "model": "model-a",
        "intent": "ask_fee",
    }
    two.route = Route(live="b")
    assert two.routed.turn(TURN).messages[0].text == "b: xin chào"


def test_a_slot_that_is_away_is_answered_for_by_the_other_and_that_is_noted(two: Two) -> None:
    two.a.stop()
    answer = two.routed.turn(TURN)
    assert answer.messages[0].text == "b: xin chào"
    assert answer.nlu is not None
    assert (answer.nlu["slot"], answer.nlu["instead_of"]) == ("b", "a")


def test_a_slot_that_waits_answers_for_nobody(two: Two) -> None:
    two.a.stop()
    two.b.healthy = False
    with pytest.raises(EngineUnavailable) as caught:
        two.routed.turn(TURN)
    assert caught.value.slot == "a"
    assert two.b.turns == []
    assert not two.routed.is_healthy()


def test_a_turn_that_may_have_been_carried_out_is_never_sent_to_the_other(two: Two) -> None:
    silent = EngineClient(f"http://127.0.0.1:{two.a.port}", SECRET, seconds=0.2)
    held = threading.Event()

    def hang(turn: dict[str, Any]) -> tuple[int, Any]:
        held.wait(20)
        return echo(turn)

    two.a.script = hang
    with pytest.raises(EngineSilent) as caught:
        RoutedEngine({"a": silent, "b": Two.client(two.b)}, Route).turn(TURN)
    held.set()
    silent.close()
    assert caught.value.slot == "a"
    assert two.b.turns == []


class Seen:
    """How many turns each conversation has in hand, in both engines together."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.working: Counter[str] = Counter()
        self.overlapped: list[str] = []


class OneAtATime:
    """Answers as ``name`` and notes when a conversation has two turns at once, in whichever engine."""

    def __init__(self, name: str, seen: "Seen") -> None:
        self.say, self.seen = saying(name), seen

    def __call__(self, turn: dict[str, Any]) -> tuple[int, Any]:
        conversation = turn["metadata"]["conversation_id"]
        with self.seen.lock:
            self.seen.working[conversation] += 1
            if self.seen.working[conversation] > 1:
                self.seen.overlapped.append(conversation)
        try:
            threading.Event().wait(0.005)  # a turn takes a moment, so that an overlap would be seen
            status, answer = self.say(turn)
            return status, answer
        finally:
            with self.seen.lock:
                self.seen.working[conversation] -= 1


@contextmanager
def working(database: Database, two: Two) -> Iterator[None]:
    """Two workers that read the route from the ledger anew for each turn."""
    clients = {"a": Two.client(two.a), "b": Two.client(two.b)}
    engines = [RoutedEngine(clients, RouteWatch(database.sessions, every_seconds=0)) for _ in range(2)]  # type: ignore[arg-type]
    crew = [Worker(database.sessions, engine, pace=FAST) for engine in engines]
    threads = [threading.Thread(target=worker.run) for worker in crew]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        for worker in crew:
            worker.stop()
        for thread in threads:
            thread.join()
        engines[0].close()


def turn_to(database: Database, **values: Any) -> None:
    with writing(database.sessions) as session:
        row = session.get(EngineRoute, ROUTE)
        if row is None:
            row = EngineRoute(name=ROUTE, live_slot="a", share=0, fence=0, changed_at=MovingClock()())
            session.add(row)
        for name, value in values.items():
            setattr(row, name, value)


def test_nothing_is_lost_doubled_or_overlapped_while_turns_move_there_and_back(
    database: Database, gateway: str, two: Two
) -> None:
    seen = Seen()
    two.a.script, two.b.script = OneAtATime("a", seen), OneAtATime("b", seen)
    with ExitStack() as opened:
        citizens: list[Browser] = [opened.enter_context(browsing(gateway)) for _ in range(6)]
        opened.enter_context(working(database, two))
        for number, change in enumerate(
            [
                {},
                {"canary_slot": "b", "share": 50, "promotion_id": 1},
                {"live_slot": "b", "canary_slot": None},
                {"live_slot": "a"},
            ]
        ):
            if change:
                turn_to(database, **change)
            for citizen in citizens:
                citizen.say(f"câu {number}a")
                citizen.say(f"câu {number}b")
            if number == 2:
                # The new engine breaks in the middle of it, when it has answered somebody: the old one answers.
                wait_for(lambda: two.b.turns, what="a turn in the new engine")
                two.b.script = lambda _turn: (503, {"failed": "no_model"})
        for citizen in citizens:
            replies = citizen.wait_replies(8)
            assert [one.split(": ")[1] for one in replies] == [f"câu {n}{part}" for n in range(4) for part in "ab"]
    assert seen.overlapped == []
    with database.sessions() as session:
        rows = session.scalars(select(Inbound)).all()
    assert {row.outcome for row in rows} == {"answered"}
    assert {(row.nlu or {})["slot"] for row in rows} == {"a", "b"}


def test_a_failed_turn_says_in_the_ledger_which_slot_failed(database: Database, gateway: str, two: Two) -> None:
    two.a.script = lambda _turn: (400, {"failed": "malformed"})
    with browsing(gateway) as citizen, working(database, two):
        citizen.say("xin chào")
        wait_for(lambda: citizen.replies(), what="the apology")
    with database.sessions() as session:
        row = session.scalars(select(Inbound)).one()
    assert (row.outcome, row.nlu) == ("failed_and_told", {"slot": "a", "failed": "status_400"})
