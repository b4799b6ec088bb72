"""The dots that say "somebody is writing": shown to all who wait at once, however slow the platform is."""

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from bot.conversations.typing_signals import TypingSignals, WaitingCitizen
from bot.storage.database import open_database
from connectors.channel import Channel
from connectors.facebook.capabilities import CAPABILITIES
from connectors.gateway.sending import Sender
from tests.databases import migrated_sqlite


class SlowPlatform:
    """Answers nobody until it was asked for all three."""

    name, account, capabilities = "facebook", "page", CAPABILITIES

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.all_asked = asyncio.Event()

    async def show_typing(self, external_id: str) -> None:
        self.asked.append(external_id)
        if len(self.asked) == 3:
            self.all_asked.set()
        await self.all_asked.wait()


@pytest.mark.anyio
async def test_nobody_waits_for_the_dots_of_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    waiting = [WaitingCitizen("facebook", "page", citizen) for citizen in ("một", "hai", "ba")]
    monkeypatch.setattr(TypingSignals, "waiting", lambda _self, _now: [waiting.pop() for _ in range(len(waiting))])
    database, platform = open_database(migrated_sqlite(tmp_path / "ledger.sqlite3")), SlowPlatform()
    sender = Sender(database.sessions, {("facebook", "page"): cast("Channel", cast("Any", platform))}, name="s")
    running = asyncio.create_task(sender.run())
    async with asyncio.timeout(20):
        await platform.all_asked.wait()
    sender.stop()
    await running
    database.engine.dispose()
    assert sorted(platform.asked) == ["ba", "hai", "một"]
