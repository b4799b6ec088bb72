"""Rasa's conversation locks: in Redis when ``REDIS_URL`` is set (several engines), in this process's memory otherwise."""

import json
import logging
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import redis
from rasa.core.lock import TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError, LockStore

from engine.environment import setting
from engine.metrics import LOCK_SECONDS

logger = logging.getLogger(__name__)

_WAIT_SECONDS = 1.0  # Redis is spoken to inside the event loop, as in stock Rasa
_KEY_PREFIX = "motcua:lock:"
_KEY_SECONDS = 3600  # a key that nobody deleted (its process was killed) goes away


class RedisUrlLockStore(LockStore):
    """Locks in the Redis at a URL. A Redis that is away raises ``LockError`` before a turn begins; after the turn was saved
    it is only logged, and the lock ends by itself (``TICKET_LOCK_LIFETIME``)."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=_WAIT_SECONDS, socket_connect_timeout=_WAIT_SECONDS)
        super().__init__()

    def get_lock(self, conversation_id: str) -> TicketLock | None:
        """The stored lock, or None."""
        try:
            stored = self._redis.get(_KEY_PREFIX + conversation_id)
        except redis.RedisError as error:
            raise LockError(f"Redis is away ({type(error).__name__})") from error
        return TicketLock.from_dict(json.loads(stored)) if stored else None

    def save_lock(self, lock: TicketLock) -> None:
        """Stores the lock."""
        try:
            self._redis.set(_KEY_PREFIX + lock.conversation_id, lock.dumps(), ex=_KEY_SECONDS)
        except redis.RedisError as error:
            raise LockError(f"Redis is away ({type(error).__name__})") from error

    def delete_lock(self, conversation_id: str) -> None:
        """Forgets the lock."""
        try:
            self._redis.delete(_KEY_PREFIX + conversation_id)
        except redis.RedisError as error:
            raise LockError(f"Redis is away ({type(error).__name__})") from error

    def cleanup(self, conversation_id: str, ticket_number: int) -> None:
        """Frees the lock after a turn; a failure is logged, because the turn itself is done."""
        try:
            super().cleanup(conversation_id, ticket_number)
        except LockError:
            logger.exception("lock_store.not_freed")


class ConfiguredLockStore(LockStore):
    """The store that the environment names. Waiting turns look again after 0.1 s instead of Rasa's 1 s."""

    def __init__(self, endpoint_config: Any = None) -> None:
        del endpoint_config
        url = setting("REDIS_URL")
        self.inner: LockStore = RedisUrlLockStore(url) if url else InMemoryLockStore()
        super().__init__()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0.1
    ) -> AsyncGenerator[TicketLock, None]:
        """Holds the conversation; raises ``LockError`` when that is impossible."""
        began = time.perf_counter()
        async with self.inner.lock(conversation_id, lock_lifetime, wait_time_in_seconds) as held:
            LOCK_SECONDS.observe(time.perf_counter() - began)
            yield held

    def get_lock(self, conversation_id: str) -> TicketLock | None:
        """See the inner store."""
        return self.inner.get_lock(conversation_id)

    def save_lock(self, lock: TicketLock) -> None:
        """See the inner store."""
        self.inner.save_lock(lock)

    def delete_lock(self, conversation_id: str) -> None:
        """See the inner store."""
        self.inner.delete_lock(conversation_id)
