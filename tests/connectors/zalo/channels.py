"""The channel under test, against the small Zalo."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
from cryptography.fernet import Fernet

from bot.storage.database import Database
from connectors.channel import PlatformCall, Sent
from connectors.zalo.client import ZaloChannel
from connectors.zalo.oauth import OAuthClient, TokenPair, ZaloApp
from connectors.zalo.render import MESSAGE
from connectors.zalo.token_store import StoredTokens, TokenStore
from connectors.zalo.tokens import ZaloTokens
from tests.connectors.zalo.fake_zalo import APP_SECRET, BASE, BreakingTransport, FakeZalo, http_to
from tests.connectors.zalo.recorded import CITIZEN, IDS
from tests.moving_clock import MovingClock

KEY = Fernet.generate_key().decode()
APP = ZaloApp(IDS.app_id, APP_SECRET)


@dataclass
class Bench:
    """One process's worth of the channel. ``slept`` holds the seconds that it would have waited."""

    zalo: FakeZalo
    clock: MovingClock
    store: TokenStore
    tokens: ZaloTokens
    channel: ZaloChannel
    network: BreakingTransport
    slept: list[float]

    def stored(self) -> StoredTokens:
        found = self.store.read()
        assert found is not None
        return found

    def consent(self) -> None:
        """An administrator consented just now."""
        pair = self.zalo.pair()
        lives = timedelta(seconds=int(pair["expires_in"]))
        self.store.put_first(TokenPair(pair["access_token"], pair["refresh_token"], lives), self.clock())

    async def say(self, text: str = "Kính chào Ông/Bà", fallback: list[str] | None = None, **message: Any) -> Sent:
        call = PlatformCall(MESSAGE, {"message": {"text": text, **message}, "fallback": fallback or []}, text)
        return await self.channel.send(call, CITIZEN, delivery_id=1, mode="free")

    def texts(self) -> list[str]:
        """What citizens got."""
        return [body["message"].get("text", "") for body in self.zalo.sent]


def bench(database: Database, zalo: FakeZalo, clock: MovingClock | None = None, files: httpx.AsyncClient | None = None) -> Bench:
    """The channel with its ledger, before any consent."""
    clock = clock or MovingClock()
    http, network = http_to(zalo)
    store = TokenStore(database.sessions, KEY, IDS.oa_id)
    slept: list[float] = []

    async def sleep(seconds: float) -> None:
        slept.append(seconds)
        assert len(slept) < 500, "waits for ever"

    tokens = ZaloTokens(store, OAuthClient(http, BASE, APP), clock=clock, sleep=sleep)
    channel = ZaloChannel(IDS, tokens, http, files or httpx.AsyncClient(), api_url=BASE, clock=clock)
    return Bench(zalo, clock, store, tokens, channel, network, slept)
