"""While a part of the assistant starts, messages wait; nobody hears an apology for a restart."""

from datetime import timedelta

from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.models import Inbound
from connectors.gateway.readiness import AssistantReadiness
from connectors.gateway.worker_pace import WorkerPace
from tests.connectors.fake_engine import FakeEngine
from tests.connectors.harness import FAST, browsing, working
from tests.waiting import wait_for

SOON = timedelta(milliseconds=50)
PACE = WorkerPace(lease=FAST.lease, retry_after=FAST.retry_after, look_again_after=SOON)


def attempts(database: Database) -> list[int]:
    with database.sessions() as session:
        return list(session.scalars(select(Inbound.attempts)))


def test_a_question_during_a_restart_is_answered_once_the_assistant_is_there(
    gateway: str, engine: FakeEngine, database: Database
) -> None:
    engine.healthy = False
    with working(database, engine, pace=PACE, watches_health=True), browsing(gateway) as browser:
        browser.say("lệ phí khai sinh")
        wait_for(lambda: engine.health_asked > 3, what="the worker looking at the engine's health")
        assert browser.replies() == []
        engine.healthy = True
        assert len(browser.wait_replies(1)) == 1
    assert attempts(database) == [1], "waiting is no attempt"


def test_who_has_waited_for_too_long_hears_the_truth(gateway: str, engine: FakeEngine, database: Database) -> None:
    engine.healthy = False
    engine.script = lambda _turn: (503, {})
    pace = WorkerPace(
        lease=FAST.lease, retry_after=FAST.retry_after, look_again_after=SOON, waits_for_assistant=timedelta(milliseconds=300)
    )
    with working(database, engine, pace=pace, watches_health=True), browsing(gateway) as browser:
        browser.say("lệ phí khai sinh")
        assert "lỗi" in browser.wait_replies(1)[0]


def test_the_parts_are_asked_at_most_twice_a_second() -> None:
    moments = iter([0.0, 0.1, 0.4, 0.6])
    asked: list[int] = []

    def healthy() -> bool:
        asked.append(1)
        return True

    ready = AssistantReadiness([healthy], lambda: next(moments))
    assert [ready() for _ in range(4)] == [True] * 4
    assert len(asked) == 2
