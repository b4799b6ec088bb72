"""Which slot answers: stable per conversation, close to the share, never moved back by a larger one."""

from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from bot.storage.database import Database, writing
from bot.storage.deployment_models import EngineRoute
from bot.training.routes import ROUTE, Route, RouteWatch
from tests.moving_clock import MovingClock

PEOPLE = [f"conversation-{number}" for number in range(4000)]


def on_trial(share: int, promotion_id: int = 7) -> set[str]:
    route = Route(live="a", canary="b", share=share, promotion_id=promotion_id)
    return {one for one in PEOPLE if route.slot_of(one) == "b"}


def test_the_share_is_kept_and_a_conversation_stays_where_it_is() -> None:
    assert 0.04 < len(on_trial(5)) / len(PEOPLE) < 0.06
    assert on_trial(5) == on_trial(5)


def test_a_larger_share_moves_nobody_back() -> None:
    assert on_trial(5) < on_trial(20) < on_trial(50) < on_trial(100) == set(PEOPLE)


def test_another_promotion_is_tried_on_other_people() -> None:
    assert on_trial(20, 7) != on_trial(20, 8)


def test_without_a_trial_everybody_goes_to_the_live_slot() -> None:
    assert {Route(live="b").slot_of(one) for one in PEOPLE[:50]} == {"b"}


def test_the_route_is_read_at_most_so_often_and_kept_while_the_ledger_is_away(database: Database) -> None:
    seconds, away = [0.0], [False]

    def sessions() -> Session:
        if away[0]:
            raise OperationalError("", {}, Exception())
        return database.sessions()

    watch = RouteWatch(sessions, every_seconds=0.5, monotonic=lambda: seconds[0])  # type: ignore[arg-type]
    assert watch().live == "a"
    with writing(database.sessions) as session:
        session.add(EngineRoute(name=ROUTE, live_slot="b", share=0, fence=1, changed_at=MovingClock()()))
    assert watch().live == "a"
    seconds[0] = 0.6
    assert watch().live == "b"
    away[0], seconds[0] = True, 2.0
    assert watch().live == "b"
