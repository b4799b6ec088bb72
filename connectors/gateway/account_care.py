"""What our accounts need from time to time, whoever writes: fresh tokens, and the messages that a webhook did not bring."""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.clock import Clock
from bot.conversations.events import PlatformEvent
from bot.conversations.platform_intake import Taken
from bot.storage.database import SessionFactory
from bot.storage.models import Inbound
from connectors.channel import Channel, ChannelError

logger = logging.getLogger(__name__)

EVERY_SECONDS = 600.0
_FIRST_AFTER_SECONDS = 30.0
_OVERLAP = timedelta(minutes=30)
_LONGEST_OUTAGE = timedelta(hours=24)


@dataclass(frozen=True)
class AccountCare:
    """Looks after the accounts. Every sender may run one: what two of them bring in is stored once."""

    channels: Sequence[Channel]
    sessions: SessionFactory
    take_in: Callable[[Sequence[PlatformEvent]], Taken]
    clock: Clock

    async def run(self) -> None:
        """Looks after all of them soon after the start and every ten minutes, until cancelled."""
        await asyncio.sleep(_FIRST_AFTER_SECONDS)
        while True:
            await self.look_after_all()
            await asyncio.sleep(EVERY_SECONDS)

    async def look_after_all(self) -> Mapping[str, int]:
        """How many messages each channel's webhook had missed."""
        return {channel.name: await self._look_after(channel) for channel in self.channels}

    async def _look_after(self, channel: Channel) -> int:
        try:
            since = await asyncio.to_thread(self._quiet_since, channel.name)
            events = await channel.tend(since)
            if not events:
                return 0
            taken = await asyncio.to_thread(self.take_in, events)
        except ChannelError as error:
            logger.error("alarm.account_care_failed", extra={"channel": channel.name, "reason": error.reason})
            return 0
        except SQLAlchemyError as error:
            logger.error("account_care.database_away", extra={"channel": channel.name, "error": type(error).__name__})
            return 0
        if taken.stored:
            logger.error("alarm.webhook_missed_messages", extra={"channel": channel.name, "count": taken.stored})
        return taken.stored

    def _quiet_since(self, channel: str) -> datetime:
        """From when on messages may be missing: a little before the last one that came, at most a day ago."""
        now = self.clock()
        with self.sessions() as session:
            last = session.scalar(select(func.max(Inbound.received_at)).where(Inbound.channel == channel))
        return max(now - _LONGEST_OUTAGE, min(last or now, now - _OVERLAP))
