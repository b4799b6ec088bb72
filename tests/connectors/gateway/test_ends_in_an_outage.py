"""The ledger goes away while platforms are called: what was sent is known as sent once it is back, and called no second time."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any, cast

import pytest
from sqlalchemy import make_url, select

from bot.conversations.platform_parts import PlatformCall
from bot.conversations.speech import Line, write_lines
from bot.messages import BotMessage
from bot.settings import Settings
from bot.storage.channel_models import Delivery
from bot.storage.connections import ledger_of
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Outbound
from connectors.channel import Channel, Outgoing, Sent
from connectors.facebook.capabilities import CAPABILITIES
from connectors.gateway.sending import Sender, SenderPace
from tests.cut_off import Relay, relay
from tests.databases import KINDS

pytestmark = pytest.mark.parametrize("database_url", [kind for kind in KINDS if kind.id == "postgresql"], indirect=True)
"""A file does not go away like a server."""

CITIZENS = [f"citizen-{number}" for number in range(3)]
GIVES_UP_AT_ONCE = SenderPace(database_retry_seconds=(0.01, 0.01))


class Platform:
    """Takes every call, and answers once it is told to."""

    name, account, capabilities = "facebook", "page", CAPABILITIES

    def __init__(self) -> None:
        self.called: list[str] = []
        self.all_called, self.answers = asyncio.Event(), asyncio.Event()

    def render(self, outgoing: Outgoing) -> list[PlatformCall]:
        return [PlatformCall("send", {"text": outgoing.message.text}, outgoing.message.text)]

    async def show_typing(self, external_id: str) -> None:
        """Nothing is shown."""

    async def send(self, _call: PlatformCall, external_id: str, **_how: object) -> Sent:
        self.called.append(external_id)
        if len(self.called) == len(CITIZENS):
            self.all_called.set()
        await self.answers.wait()
        return Sent(message_id=f"of {external_id}")


def say_to_all(database: Database) -> None:
    now = datetime.now(UTC)
    with writing(database.sessions) as session:
        for citizen in CITIZENS:
            one = Conversation(id=citizen, channel="facebook", account="page", external_id=citizen, opened_at=now, acted_at=now)
            session.add(one)
            session.flush()
            write_lines(session, one, [Line(BotMessage("Chào bà con"), "bot")], key=citizen, now=now)


def states(database: Database, kind: type[Delivery] | type[Outbound]) -> list[str]:
    with database.sessions() as session:
        return [row.state for row in session.scalars(select(kind))]


@pytest.fixture
def between(database_url: str) -> Iterator[Relay]:
    server = make_url(database_url)
    with relay(server.host or "127.0.0.1", server.port or 5432) as opened:
        yield opened


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not true():
            await asyncio.sleep(0.05)


@asynccontextmanager
async def cut_off_in_the_call(
    settings: Settings, database: Database, database_url: str, between: Relay
) -> AsyncIterator[tuple[Sender, "asyncio.Task[None]", Platform]]:
    """A sender that lost its way to the ledger after it had called the platform for everybody; the platform answers."""
    say_to_all(database)
    through = make_url(database_url).set(host="127.0.0.1", port=between.port).render_as_string(hide_password=False)
    ledger, platform = ledger_of(settings.model_copy(update={"database_url": through})), Platform()
    channels = {("facebook", "page"): cast("Channel", cast("Any", platform))}
    sender = Sender(ledger.sessions, channels, name="s", pace=GIVES_UP_AT_ONCE)
    running = asyncio.create_task(sender.run())
    async with asyncio.timeout(60):
        await platform.all_called.wait()
    between.cut()
    platform.answers.set()
    try:
        yield sender, running, platform
    finally:
        ledger.engine.dispose()


@pytest.mark.anyio
async def test_what_was_sent_meanwhile_is_known_as_sent_however_long_the_ledger_was_away(
    settings: Settings, database: Database, database_url: str, between: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    async with cut_off_in_the_call(settings, database, database_url, between) as (sender, running, platform):
        await until(lambda: sum(one.message == "sender.write_again" for one in caplog.records) > 3 * len(CITIZENS))
        between.mend()
        await until(lambda: set(states(database, Outbound)) == {"sent"})
        sender.stop()
        await running
    assert states(database, Delivery) == ["sent"] * len(CITIZENS)
    assert sorted(platform.called) == CITIZENS, "nobody got it twice"


@pytest.mark.anyio
async def test_a_sender_that_is_stopped_while_the_ledger_is_away_ends_and_says_what_it_left(
    settings: Settings, database: Database, database_url: str, between: Relay, caplog: pytest.LogCaptureFixture
) -> None:
    async with cut_off_in_the_call(settings, database, database_url, between) as (sender, running, _platform):
        sender.stop()
        async with asyncio.timeout(60):
            await running
    left = [cast("Any", one).conversation_id for one in caplog.records if one.message == "sender.part_left"]
    assert sorted(left) == CITIZENS
    assert states(database, Delivery) == ["sending"] * len(CITIZENS), "the next sender finds them ambiguous"
