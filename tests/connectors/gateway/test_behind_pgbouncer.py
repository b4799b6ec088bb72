"""A talk with PgBouncer between gateway, worker and PostgreSQL."""

from contextlib import ExitStack
from functools import partial

import pytest
from sqlalchemy import select

from bot.storage.database import Database
from bot.storage.models import Inbound
from bot.storage.wakeup import wakeup_for
from tests.connectors.fake_engine import FakeEngine
from tests.connectors.harness import browsing, working
from tests.databases import THROUGH_PGBOUNCER, direct_url
from tests.waiting import wait_for

pytestmark = THROUGH_PGBOUNCER


@pytest.mark.parametrize("hears", ["notices on the direct address", "nothing and asks"])
def test_citizens_are_answered_in_order_and_once(
    gateway: str, engine: FakeEngine, database: Database, database_url: str, hears: str
) -> None:
    direct = direct_url(database_url) if hears.startswith("notices") else None
    with ExitStack() as opened:
        opened.enter_context(working(database, engine, workers=2, wakeup=partial(wakeup_for, database_url, direct_url=direct)))
        browsers = [opened.enter_context(browsing(gateway)) for _ in range(2)]
        for number in range(5):
            for browser in browsers:
                browser.say(f"câu {number}")
        for browser in browsers:
            replies = wait_for(lambda asked=browser: r if len(r := asked.replies()) >= 5 else None, every=0.3)  # type: ignore[misc]
            assert replies == [f"Trả lời: câu {number}" for number in range(5)]
    assert len(engine.asked()) == 10
    with database.sessions() as session:
        assert session.scalars(select(Inbound.outcome)).all() == ["answered"] * 10
