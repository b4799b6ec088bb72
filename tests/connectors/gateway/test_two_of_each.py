"""Two gateways, two workers, two engine processes on one ledger, each with connections of its own."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import httpx
import pytest
from sqlalchemy import func, select

from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.storage.models import Inbound, Outbound
from connectors.gateway.app import create_app
from connectors.gateway.routed_engine import routed_engine
from connectors.gateway.scheduled import take_turn
from connectors.gateway.worker import Worker
from tests.connectors.fake_engine import FakeEngine, running_engine
from tests.connectors.harness import FAST, Browser, browsing, running, served
from tests.connectors.webchat.test_webchat_events import listening
from tests.waiting import wait_for

QUESTIONS = [f"câu {number}" for number in range(8)]


class Pair:
    """The addresses of two gateways and the two engines."""

    def __init__(self, gateways: list[str], engines: list[FakeEngine]) -> None:
        self.gateways, self.engines = gateways, engines

    def at(self, number: int, browser: Browser) -> httpx.Client:
        """The same citizen at the other gateway, as behind a proxy that shares calls out."""
        return httpx.Client(base_url=self.gateways[number], headers=browser.headers, timeout=20)


@pytest.fixture
def pair(settings: Settings, engine: FakeEngine) -> Iterator[Pair]:
    with ExitStack() as opened:
        other = opened.enter_context(running_engine())
        addresses = ",".join(f"http://127.0.0.1:{one.port}" for one in (engine, other))
        # Named because several engines need them; the engines of the tests keep nothing.
        kept = {"tracker_url": "postgresql://nowhere/tracker", "redis_url": "redis://nowhere"}
        own = settings.model_copy(update={"engine_urls": addresses, "engine_b_urls": addresses, **kept})
        gateways = [opened.enter_context(served(create_app(own))) for _ in range(2)]
        for _ in range(2):
            database = open_database(own.database_url)
            opened.callback(database.engine.dispose)
            routed = routed_engine(own, database.sessions)
            opened.callback(routed.close)
            opened.enter_context(running(Worker(database.sessions, routed, pace=FAST)))
        yield Pair(gateways, [engine, other])


def test_one_conversation_through_both_gateways_stays_in_order_and_is_seen_on_both(pair: Pair, database: Database) -> None:
    with browsing(pair.gateways[0]) as browser, pair.at(1, browser) as elsewhere, listening(browser) as heard:
        for number, question in enumerate(QUESTIONS):
            client = elsewhere if number % 2 else browser.http
            body = {"client_id": str(uuid4()), "text": question}
            assert client.post("/webchat/messages", json=body, headers=browser.headers).status_code == 202
        replies: list[str] = []
        while len(replies) < len(QUESTIONS):
            name, data = next(heard)
            if name == "message" and data["from"] == "bot" and data["text"].startswith("Trả lời"):
                replies.append(data["text"])
        there = elsewhere.get("/webchat/messages", params={"after": 0}).json()["messages"]
        assert there == browser.messages()
    assert replies == [f"Trả lời: {question}" for question in QUESTIONS]
    asked = [len(one.turns) for one in pair.engines]
    assert sorted(asked) == [0, len(QUESTIONS)], "a conversation stays with one engine process"
    with database.sessions() as session:
        assert session.scalars(select(Inbound.outcome)).all() == ["answered"] * len(QUESTIONS)


def test_one_message_posted_to_both_gateways_at_once_is_one_turn(pair: Pair, database: Database) -> None:
    with browsing(pair.gateways[0]) as browser, pair.at(1, browser) as elsewhere, ThreadPoolExecutor(8) as threads:
        for _ in range(5):
            body = {"client_id": str(uuid4()), "text": "một lần thôi"}
            calls = [
                threads.submit(client.post, "/webchat/messages", json=body, headers=browser.headers)
                for client in (browser.http, elsewhere) * 2
            ]
            assert {call.result().status_code for call in calls} <= {200, 202}
        wait_for(lambda: len(browser.replies()) >= 5, every=0.2, what="five answers")
    with database.sessions() as session:
        assert session.scalar(select(func.count()).select_from(Inbound)) == 5
        assert session.scalar(select(func.count()).select_from(Outbound).where(Outbound.inbound_id.is_not(None))) == 5
    assert sum(len(one.turns) for one in pair.engines) == 5


def test_an_engine_process_that_goes_away_loses_no_message_of_its_conversations(pair: Pair) -> None:
    with ExitStack() as opened:
        browsers = [opened.enter_context(browsing(pair.gateways[number % 2])) for number in range(6)]
        for browser in browsers:
            browser.say("trước")
            browser.wait_replies(1)
        gone = max(pair.engines, key=lambda one: len(one.turns))
        gone.stop()
        for browser in browsers:
            browser.say("sau")
        for browser in browsers:
            wait_for(lambda asked=browser: len(asked.replies()) >= 2, every=0.2)  # type: ignore[misc]
            assert browser.replies() == ["Trả lời: trước", "Trả lời: sau"]


def test_of_many_at_one_moment_one_does_a_scheduled_task(settings: Settings) -> None:
    now, others = datetime(2026, 11, 27, 3, tzinfo=UTC), [open_database(settings.database_url) for _ in range(2)]
    with ThreadPoolExecutor(12) as threads:
        for hour in range(3):
            moment = now + timedelta(hours=hour)
            took = list(
                threads.map(lambda n, at=moment: take_turn(others[n % 2].sessions, "count", timedelta(hours=1), at), range(12))
            )
            assert sum(took) == 1
    for other in others:
        other.engine.dispose()
