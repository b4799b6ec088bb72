"""Accounts are kept alive, and what a webhook did not bring is brought in, once."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, cast

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import select

from bot.conversations.events import PlatformEvent
from bot.conversations.platform_changes import PlatformChanges
from bot.conversations.platform_intake import PlatformIntake
from bot.conversations.private_values import PrivateValues
from bot.storage.database import Database
from bot.storage.models import Inbound
from connectors.channel import Channel, Permanent
from connectors.gateway.account_care import AccountCare
from tests.bot.conversations.platform_messages import message
from tests.moving_clock import MovingClock


class Account:
    """A channel of which only the tending matters."""

    name = "zalo"

    def __init__(self, *told: PlatformEvent, error: Permanent | None = None) -> None:
        self.told = told
        self.error = error
        self.asked_since: list[datetime] = []

    async def tend(self, since: datetime) -> Sequence[PlatformEvent]:
        self.asked_since.append(since)
        if self.error is not None:
            raise self.error
        return self.told


@pytest.fixture
def clock() -> MovingClock:
    return MovingClock()


@pytest.fixture
def intake(database: Database, clock: MovingClock) -> PlatformIntake:
    private = PrivateValues(database.sessions, Fernet.generate_key().decode(), clock)
    return PlatformIntake(database.sessions, private, PlatformChanges(timedelta(minutes=30)), clock=clock)


def look_after(database: Database, intake: PlatformIntake, clock: MovingClock, *accounts: Account) -> dict[str, Any]:
    care = AccountCare([cast(Channel, account) for account in accounts], database.sessions, intake.take_in, clock)
    return dict(asyncio.run(care.look_after_all()))


def test_messages_that_the_webhook_missed_come_in_beside_those_it_brought(
    database: Database, intake: PlatformIntake, clock: MovingClock
) -> None:
    intake.take_in([message("m1")])
    account = Account(message("m1"), message("m2", "tin bị lỡ"))
    assert look_after(database, intake, clock, account) == {"zalo": 1}
    assert look_after(database, intake, clock, account) == {"zalo": 0}
    with database.sessions() as session:
        assert session.scalars(select(Inbound.text).order_by(Inbound.seq)).all() == ["xin chào", "tin bị lỡ"]


def test_after_an_outage_it_is_asked_from_the_last_message_on_and_at_most_a_day(
    database: Database, intake: PlatformIntake, clock: MovingClock
) -> None:
    intake.take_in([message("m1")])
    last = clock()
    clock.move(hours=5)
    account = Account()
    look_after(database, intake, clock, account)
    clock.move(days=3)
    look_after(database, intake, clock, account)
    assert account.asked_since == [last, clock() - timedelta(hours=24)]


def test_an_account_that_fails_does_not_stop_the_next_one(
    database: Database, intake: PlatformIntake, clock: MovingClock, caplog: pytest.LogCaptureFixture
) -> None:
    broken, whole = Account(error=Permanent("consent_needed")), Account(message("m1"))
    whole.name = "facebook"
    assert look_after(database, intake, clock, broken, whole) == {"zalo": 0, "facebook": 1}
    assert "alarm.account_care_failed" in caplog.messages
