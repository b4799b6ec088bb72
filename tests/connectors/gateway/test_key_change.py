"""LEDGER_KEY is exchanged as docs/operators/keys.md says, while citizens write: nothing is lost, nothing is left unreadable."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise

from cryptography.fernet import Fernet
from fastapi import FastAPI
from sqlalchemy import select

from bot.conversations.key_rotation import LedgerKeys, key_status, rotate
from bot.conversations.private_values import PrivateValues
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.models import PrivateValue
from connectors.gateway.app import create_app
from tests.connectors.fake_engine import FakeEngine
from tests.connectors.harness import Browser, browsing, served, settings_for, working

OLD, NEW = (Fernet.generate_key().decode() for _ in range(2))
STEPS = (OLD, f"{OLD},{NEW}", f"{NEW},{OLD}")


def number(count: int) -> str:
    return f"09{12345600 + count}"


@contextmanager
def writing_citizen(browser: Browser, begin: int, enough: threading.Event) -> Iterator[list[str]]:
    """A citizen who sends numbers until it is enough; gives what was accepted."""
    said: list[str] = []

    def write() -> None:
        while not enough.is_set():
            browser.say(f"số của tôi là {number(begin + len(said))}")
            said.append(number(begin + len(said)))
            enough.wait(0.05)

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield said
    finally:
        enough.set()
        thread.join()


def test_the_key_is_exchanged_while_citizens_write(database: Database, database_url: str, engine: FakeEngine) -> None:
    base = settings_for(database_url, engine.port)
    said: list[str] = []
    with working(database, engine):
        for before, after in pairwise(STEPS):
            # One process after the other is restarted: for a while both lists are in use.
            with served(app_with(base, before)) as first, served(app_with(base, after)) as second:
                for place, gateway in enumerate((first, second, first)):
                    with browsing(gateway) as browser:
                        said.append(number(len(said)))
                        browser.say(f"số của tôi là {said[-1]}")
                        assert len(browser.wait_replies(1)) == 1, place
        with served(app_with(base, STEPS[-1])) as gateway, browsing(gateway) as browser:
            with writing_citizen(browser, 1000, threading.Event()) as meanwhile:
                renewed = rotate(database.sessions, LedgerKeys(STEPS[-1]))
            said += meanwhile
    assert sum(one.renewed for one in renewed) > 0
    assert sum(one.unreadable for one in renewed) == 0
    assert revealed(database, NEW) == sorted(said)
    for state in key_status(database.sessions, LedgerKeys(NEW)):
        assert set(state.by_key) <= {0}, state


def app_with(base: Settings, keys: str) -> FastAPI:
    return create_app(Settings(**{**plain(base), "ledger_key": keys}))


def plain(settings: Settings) -> dict[str, object]:
    return {
        name: value.get_secret_value() if hasattr(value, "get_secret_value") else value
        for name, value in settings
        if value is not None
    }


def revealed(database: Database, keys: str) -> list[str]:
    """All numbers, opened with these keys alone."""
    private = PrivateValues(database.sessions, keys)
    with database.sessions() as session:
        kept = session.execute(select(PrivateValue.token, PrivateValue.conversation_id)).all()
    return sorted(str(private.reveal(token, conversation)) for token, conversation in kept)
