"""What wakes workers and senders: rings now, rings for later, and notices that say how long a message is held back."""

import threading
from datetime import timedelta

import pytest

from bot.storage.database import Database, writing
from bot.storage.wakeup import NotifiedWakeup, PolledWakeup, announce_inbound
from tests.waiting import wait_for

STOP = threading.Event()


def test_a_ring_for_later_wakes_nobody_before() -> None:
    wakeup = PolledWakeup(0.01)
    wakeup.ring(3600)
    assert not wakeup.wait(STOP)
    wakeup.ring(0.02)
    wakeup.ring(0.01)
    wait_for(lambda: wakeup.wait(STOP), what="the ring for later")


def test_a_ring_is_not_lost_on_who_does_not_wait_yet() -> None:
    wakeup = PolledWakeup(0.01)
    wakeup.ring()
    assert wakeup.wait(STOP)
    assert not wakeup.wait(STOP)


def test_who_is_stopped_does_not_wait() -> None:
    stopped = threading.Event()
    stopped.set()
    assert PolledWakeup(3600).wait(stopped)


def test_a_notice_of_a_message_that_is_held_back_rings_when_it_is_due(database: Database, database_url: str) -> None:
    if not database_url.startswith("postgresql"):
        pytest.skip("SQLite sends no notices")
    wakeup = NotifiedWakeup(database_url, seconds=0.05)
    try:
        wait_for(lambda: wakeup.wait(STOP), what="listening")
        _announce(database, timedelta(hours=1) / 10)
        _announce(database, timedelta(0))
        wait_for(lambda: wakeup.wait(STOP), what="the notice of what is due now, which came after")
        assert not wakeup.wait(STOP)
        _announce(database, timedelta(milliseconds=60))
        wait_for(lambda: wakeup.wait(STOP), what="the ring when it is due")
    finally:
        wakeup.close()


def _announce(database: Database, held_back: timedelta) -> None:
    with writing(database.sessions) as session:
        announce_inbound(session, held_back)
