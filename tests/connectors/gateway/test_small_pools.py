"""Two connections for a whole gateway and two for a worker: slower, and everything still happens."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack

import pytest
from sqlalchemy import select

from bot.settings import Settings
from bot.storage import database as ledger
from bot.storage.connections import ledger_of
from bot.storage.database import Database
from bot.storage.models import Inbound
from connectors.gateway.app import create_app
from tests.connectors.fake_engine import FakeEngine
from tests.connectors.harness import Browser, browsing, served, working
from tests.waiting import wait_for

CITIZENS, QUESTIONS = 12, 3


@pytest.fixture
def small(settings: Settings) -> Settings:
    return settings.model_copy(update={"database_pool_size": 2, "database_pool_overflow": 0})


def test_many_citizens_at_once_are_all_answered(small: Settings, engine: FakeEngine, database: Database) -> None:
    own = ledger_of(small)
    with ExitStack() as opened:
        opened.callback(own.engine.dispose)
        base = opened.enter_context(served(create_app(small)))
        opened.enter_context(working(own, engine))
        browsers = [opened.enter_context(browsing(base)) for _ in range(CITIZENS)]

        def talk(browser: Browser) -> list[str]:
            for number in range(QUESTIONS):
                browser.say(f"câu {number}")
            wait_for(lambda: len(browser.replies()) >= QUESTIONS, seconds=60, every=0.5, what="the answers")
            return browser.replies()

        with ThreadPoolExecutor(CITIZENS) as threads:
            assert list(threads.map(talk, browsers)) == [[f"Trả lời: câu {n}" for n in range(QUESTIONS)]] * CITIZENS
    with database.sessions() as session:
        assert session.scalars(select(Inbound.outcome)).all() == ["answered"] * (CITIZENS * QUESTIONS)


def test_who_finds_no_free_connection_hears_503_and_is_served_afterwards(
    small: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ledger, "_WAIT_FOR_CONNECTION_SECONDS", 0.3)
    held = ledger_of(small)
    with served(create_app(small, database=held)) as base, browsing(base) as browser:
        with held.engine.connect(), held.engine.connect():
            assert browser.post(text="xin chào").status_code == 503
        browser.say("xin chào")
