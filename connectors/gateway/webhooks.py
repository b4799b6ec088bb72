"""What the webhooks of all platforms share: the way of events into the ledger, and the answers to a request.

A platform's webhook reads the raw body, checks its signature, parses, hands all events to ``WebhookDoor.take`` and answers 200.
It answers 401 or 403 to a wrong signature, 400 to what is no event at all (both stored nowhere), 413 to a huge body. A ledger
that is away is a 503, so that the platform sends again.
"""

import asyncio
import logging
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from bot.conversations.events import DeliveryReceipt, PlatformEcho, PlatformEvent
from bot.metrics.declared import WEBHOOK_SECONDS, WEBHOOKS
from bot.metrics.known_words import KnownWords
from connectors.gateway.group_commit import GATHERED_SECONDS, GroupCommit, TakeIn
from connectors.gateway.traced_events import traced

logger = logging.getLogger(__name__)

_reasons = KnownWords()

MAX_WEBHOOK_BYTES = 1024 * 1024


class MalformedEventError(ValueError):
    """The request is signed but is none of the platform's events; the message says why, without anything personal."""


@dataclass(frozen=True)
class WebhookDoor:
    """Where parsed events go. ``take_in`` stores and applies them in one transaction (``Intake.take_in``). ``one_writer``: the
    ledger has one writer at a time, so that receipts and messages take turns here rather than there."""

    take_in: TakeIn
    one_writer: bool = False
    _soon: GroupCommit = field(init=False)
    _gathered: GroupCommit = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_soon", GroupCommit(self.take_in))
        writing = self._soon.writing if self.one_writer else asyncio.Lock()
        gathered = GroupCommit(self.take_in, gathered_seconds=GATHERED_SECONDS, writing=writing)
        object.__setattr__(self, "_gathered", gathered)

    async def take(self, events: Sequence[PlatformEvent]) -> None:
        """Returns once all events are committed. Raises SQLAlchemy's errors where the ledger is away (the app answers 503)."""
        if events:
            channel, began = events[0].origin.channel, time.perf_counter()
            try:
                with ExitStack() as spans:
                    together = self._gathered if all(nobody_waits_for(event) for event in events) else self._soon
                    await together.take([spans.enter_context(traced(event)) for event in events])
                    names = [event.origin.name for event in events]
                    logger.info("webhook.taken", extra={"channel": channel, "events": names})
            except Exception:
                WEBHOOKS.labels(channel, "not_stored").inc()
                raise
            WEBHOOK_SECONDS.labels(channel).observe(time.perf_counter() - began)
            WEBHOOKS.labels(channel, "accepted").inc()


def nobody_waits_for(event: PlatformEvent) -> bool:
    """Whether the event only tells how one of our own messages fared. An echo that may be an officer's takes the conversation
    over, and that at once."""
    return isinstance(event, DeliveryReceipt) or (isinstance(event, PlatformEcho) and event.surely_ours)


def rejected(channel: str, reason: str) -> None:
    """Counts a request that was turned away: ``bad_signature``, ``malformed``, ``wrong_account`` …"""
    WEBHOOKS.labels(channel, _reasons(reason.partition(":")[0])).inc()
    logger.warning("webhook.rejected", extra={"channel": channel, "reason": reason})
