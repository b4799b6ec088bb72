"""Tells open event streams that their conversation changed: one poller per process, however many streams there are."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.transcript import ConversationState
from bot.metrics.declared import STREAMS_OPEN

logger = logging.getLogger(__name__)

POLL_SECONDS = 0.25
_AWAY_SECONDS = 1.0

ReadStates = Callable[[list[str]], Awaitable[Mapping[str, ConversationState]]]


class Subscription:
    """One stream's view of its conversation: ``state`` is the newest known, ``changed`` waits for a newer one."""

    def __init__(self, conversation_id: str) -> None:
        self.conversation_id = conversation_id
        self.state: ConversationState | None = None
        self._news = asyncio.Event()

    def tell(self, state: ConversationState) -> None:
        """Called by the poller with the present state."""
        if state != self.state:
            self.state = state
            self._news.set()

    async def changed(self, seconds: float) -> None:
        """Returns at the next change, or after this many seconds."""
        with suppress(TimeoutError):
            await asyncio.wait_for(self._news.wait(), seconds)
        self._news.clear()


class TranscriptWatcher:
    """Asks for the states of all watched conversations at a steady pace, and for none where nobody watches."""

    def __init__(
        self, read_states: ReadStates, *, poll_seconds: float = POLL_SECONDS, per_conversation: int = 6, at_most: int = 2_000
    ) -> None:
        self._read_states = read_states
        self._poll_seconds = poll_seconds
        self._per_conversation = per_conversation
        self._at_most = at_most
        self._subscriptions: dict[str, set[Subscription]] = {}
        self._someone_watches = asyncio.Event()

    def has_room(self, conversation_id: str) -> bool:
        """Whether one more stream of this conversation may be opened."""
        here = len(self._subscriptions.get(conversation_id, ()))
        return here < self._per_conversation and sum(map(len, self._subscriptions.values())) < self._at_most

    @contextmanager
    def watching(self, conversation_id: str) -> Iterator[Subscription]:
        """A subscription for as long as the block runs."""
        subscription = Subscription(conversation_id)
        self._subscriptions.setdefault(conversation_id, set()).add(subscription)
        self._someone_watches.set()
        STREAMS_OPEN.labels("webchat").inc()
        try:
            yield subscription
        finally:
            STREAMS_OPEN.labels("webchat").dec()
            self._end(subscription)

    def _end(self, subscription: Subscription) -> None:
        here = self._subscriptions[subscription.conversation_id]
        here.discard(subscription)
        if not here:
            del self._subscriptions[subscription.conversation_id]
        if not self._subscriptions:
            self._someone_watches.clear()

    async def run(self) -> None:
        """Polls until cancelled."""
        while True:
            await self._someone_watches.wait()
            pause = self._poll_seconds
            try:
                await self._poll()
            except SQLAlchemyError as error:
                logger.warning("watcher.database_away", extra={"error": type(error).__name__})
                pause = _AWAY_SECONDS
            await asyncio.sleep(pause)

    async def _poll(self) -> None:
        states = await self._read_states(list(self._subscriptions))
        for conversation_id, state in states.items():
            for subscription in self._subscriptions.get(conversation_id, ()):
                subscription.tell(state)
