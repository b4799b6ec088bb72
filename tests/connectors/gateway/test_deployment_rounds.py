"""The rounds carry a promotion from approval to live with slots that answer over real HTTP."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from bot.storage.database import Database
from bot.training.routes import Slot
from bot.training.slots import SlotReport
from connectors.gateway.deployment_rounds import (
    DeploymentRounds,
    ask_processes,
    ask_slot,
    smoke_conversation,
    smoke_conversations,
)
from connectors.gateway.engine_client import EngineClient
from connectors.gateway.engine_processes import EngineProcesses
from tests.bot.training.candidates import INSTALLED, sha256
from tests.bot.training.test_promotions import BINH, House
from tests.connectors.fake_engine import SECRET, FakeEngine, reply


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path / "models")


class Slots:
    """What the slots say, as a test sets it."""

    def __init__(self, installed: str) -> None:
        self.said: dict[Slot, SlotReport] = {
            "a": SlotReport("serving", INSTALLED, installed),
            "b": SlotReport("waiting"),
        }
        self.smoke_fault: str | None = None
        self.smoked: list[Slot] = []

    def smoke(self, slot: Slot) -> str | None:
        self.smoked.append(slot)
        return self.smoke_fault


@pytest.fixture
def slots(house: House) -> Slots:
    return Slots(house.installed)


@pytest.fixture
def rounds(house: House, slots: Slots) -> DeploymentRounds:
    return DeploymentRounds(house.rounds, lambda slot: slots.said[slot], slots.smoke, clock=house.clock)


def test_an_approved_model_goes_live_once_its_slot_serves_it_and_the_smoke_conversation_went_well(
    house: House, slots: Slots, rounds: DeploymentRounds
) -> None:
    number = house.proposed()
    house.acts.approve(BINH, number, 100, "x")
    rounds.go_round()
    assert (house.state(number), slots.smoked) == ("approved", [])
    slots.said["b"] = SlotReport("serving", "motcua-candidate.tar.gz", sha256(b"candidate"))
    rounds.go_round()
    assert (house.state(number), house.route.live, slots.smoked) == ("live", "b", ["b"])
    rounds.go_round()
    assert slots.smoked == ["b"]


def test_a_slot_that_serves_another_model_is_not_taken_for_ready(house: House, slots: Slots, rounds: DeploymentRounds) -> None:
    number = house.proposed()
    house.acts.approve(BINH, number, 100, "x")
    slots.said["b"] = SlotReport("serving", "old.tar.gz", sha256(b"old"))
    rounds.go_round()
    assert (house.state(number), slots.smoked) == ("approved", [])


def test_a_smoke_conversation_that_fails_sends_the_model_back(house: House, slots: Slots, rounds: DeploymentRounds) -> None:
    number = house.proposed()
    house.acts.approve(BINH, number, 100, "x")
    slots.said["b"] = SlotReport("serving", "motcua-candidate.tar.gz", sha256(b"candidate"))
    slots.smoke_fault = "«xin chào»: no_reply"
    rounds.go_round()
    assert (house.state(number), house.route.live) == ("returned", "a")


@pytest.fixture
def client(engine: FakeEngine) -> Iterator[EngineClient]:
    found = EngineClient(f"http://127.0.0.1:{engine.port}", SECRET, seconds=3)
    yield found
    found.close()


def test_the_smoke_conversation_is_one_conversation_and_names_what_was_not_answered(
    engine: FakeEngine, client: EngineClient
) -> None:
    assert smoke_conversation(client, ("xin chào", "phí bao nhiêu")) is None
    assert engine.asked() == ["xin chào", "phí bao nhiêu"]
    assert len({turn["conversation"] for turn in engine.turns}) == 1
    engine.script = lambda turn: (200, reply(turn))
    assert smoke_conversation(client, ("xin chào",)) == "«xin chào»: no_reply"
    engine.script = lambda _turn: (503, {"failed": "no_model"})
    assert smoke_conversation(client, ("xin chào",)) == "«xin chào»: status_503"


@pytest.mark.parametrize(
    ("status", "said", "report"),
    [
        (200, {"status": "waiting", "slot": "b"}, SlotReport("waiting")),
        (200, {"status": "ok", "model": "m", "sha256": "a" * 64}, SlotReport("serving", "m.tar.gz", "a" * 64)),
        (200, {"status": "ok", "model": "m.tar.gz", "sha256": "a" * 64}, SlotReport("serving", "m.tar.gz", "a" * 64)),
        (200, {"status": "ok", "model": "m"}, SlotReport("away")),
        (200, ["?"], SlotReport("away")),
        (503, {"failed": "no_model"}, SlotReport("away")),
    ],
    ids=["waiting", "serving", "named whole", "no hash", "nonsense", "loading"],
)
def test_what_a_slot_says_is_read_with_distrust(status: int, said: object, report: SlotReport) -> None:
    transport = httpx.MockTransport(lambda _request: httpx.Response(status, json=said))
    with httpx.Client(transport=transport) as http:
        assert ask_slot(http, "http://slot") == report


A, B = "a" * 64, "b" * 64


def serving(sha256: str) -> dict[str, str]:
    return {"status": "ok", "model": "m.tar.gz", "sha256": sha256}


@pytest.mark.parametrize(
    ("said", "report"),
    [
        ([serving(A), serving(A)], SlotReport("serving", "m.tar.gz", A)),
        ([serving(A), serving(B)], SlotReport("away")),
        ([serving(A), {"status": "waiting"}], SlotReport("away")),
        ([serving(A), {}], SlotReport("away")),
        ([{"status": "waiting"}, {"status": "waiting"}], SlotReport("waiting")),
    ],
    ids=["all serve it", "one serves another", "one waits yet", "one says nothing of use", "all wait"],
)
def test_a_slot_of_several_processes_is_ready_when_all_of_them_are(said: list[dict[str, str]], report: SlotReport) -> None:
    answers = {f"engine-{number}": one for number, one in enumerate(said)}
    transport = httpx.MockTransport(lambda request: httpx.Response(200, json=answers[request.url.host]))
    with httpx.Client(transport=transport) as http:
        assert ask_processes(http, [f"http://{host}" for host in answers]) == report


def test_every_process_of_a_slot_holds_the_smoke_conversation(engine: FakeEngine, client: EngineClient) -> None:
    second = FakeEngine()
    second.start()
    other = EngineClient(f"http://127.0.0.1:{second.port}", SECRET, seconds=3)
    slot = EngineProcesses({"http://one": client, "http://two": other})
    try:
        assert smoke_conversations(slot, ("xin chào",)) is None
        assert (engine.asked(), second.asked()) == (["xin chào"], ["xin chào"])
        second.script = lambda _turn: (503, {"failed": "no_model"})
        assert smoke_conversations(slot, ("xin chào",)) == "http://two: «xin chào»: status_503"
    finally:
        other.close()
        second.stop()
