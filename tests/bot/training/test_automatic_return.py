"""A trial that does worse goes back by itself; a good one may finish itself where that was chosen."""

from pathlib import Path

import pytest

from bot.storage.database import Database
from bot.training.deployment import Deployment
from bot.training.rules import CanaryRules, PromotionRules
from tests.bot.training.test_canary import turn
from tests.bot.training.test_promotions import BINH, RULES, House

FEW = RULES.canary.model_copy(
    update={"min_conversations": 8, "min_conversations_failures": 4, "finish_min_conversations": 10, "level": 0.05}
)


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    found = House(database, tmp_path / "models")
    found.rounds = Deployment(found.sessions, found.models_dir, _with(FEW), found.clock)
    return found


def _with(canary: CanaryRules) -> PromotionRules:
    return RULES.model_copy(update={"canary": canary})


def tried(house: House, *, finishes_itself: bool = False) -> int:
    number = house.proposed()
    house.acts.approve(BINH, number, 50, "x", finishes_itself=finishes_itself)
    house.proven()
    assert house.state(number) == "canary"
    house.clock.move(seconds=1)
    return number


def talk(database: Database, house: House, slot: str, count: int, bad: int) -> None:
    for number in range(count):
        outcome = "handed_over" if number < bad else "answered"
        turn(database, house.clock, f"{slot}{number}", 1, {"slot": slot, "intent": "ask_fee"}, outcome)


def test_more_handoffs_send_the_model_back_with_the_figures(database: Database, house: House) -> None:
    number = tried(house)
    talk(database, house, "a", 20, 1)
    talk(database, house, "b", 12, 8)
    house.rounds.watch_canary(house.rounds.board())
    row = house.row(number)
    assert (row.state, row.ended_by, house.route.canary, house.route.live) == ("returned", "system", None, "a")
    assert "mô hình mới 66,7% (8/12 cuộc), mô hình cũ 5,0% (1/20)" in (row.end_reason or "")
    assert row.measured == {
        "canary": {"conversations": 12, "handoff": 8, "fallback": 0, "failure": 0},
        "live": {"conversations": 20, "handoff": 1, "fallback": 0, "failure": 0},
    }
    assert house.recorded()[-1] == "promotion.returned"


def test_no_worse_and_too_few_go_on(database: Database, house: House) -> None:
    number = tried(house)
    talk(database, house, "a", 20, 4)
    talk(database, house, "b", 7, 7)
    house.rounds.watch_canary(house.rounds.board())
    assert house.state(number) == "canary"


@pytest.mark.parametrize(("chosen", "state"), [(True, "live"), (False, "canary")], ids=["chosen", "not chosen"])
def test_a_good_trial_finishes_itself_only_where_that_was_chosen(
    database: Database, house: House, chosen: bool, state: str
) -> None:
    number = tried(house, finishes_itself=chosen)
    talk(database, house, "a", 20, 2)
    talk(database, house, "b", 12, 1)
    house.rounds.watch_canary(house.rounds.board())
    assert house.state(number) == "canary"
    house.clock.move(hours=FEW.finish_after_hours)
    house.rounds.watch_canary(house.rounds.board())
    assert house.state(number) == state
