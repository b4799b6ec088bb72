"""Rasa's conversation locks: in Redis when ``REDIS_URL`` is set (several engines), in this process's memory otherwise."""

import json
import logging
import time
from collections import deque
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any

import redis
from rasa.core.lock import Ticket, TicketLock
from rasa.core.lock_store import LOCK_LIFETIME, InMemoryLockStore, LockError, LockStore

from engine.environment import setting
from engine.metrics import LOCK_SECONDS

logger = logging.getLogger(__name__)

_WAIT_SECONDS = 1.0  # Redis is spoken to inside the event loop, as in stock Rasa
_KEY_PREFIX = "motcua:lock:"
_KEY_SECONDS = 3600  # a key that nobody deleted (its process was killed) goes away

# Rasa's ticket lock, in Rasa's own format, as two scripts: stock Rasa takes seven round trips a turn, and between its reading and
# its writing another process can take the same ticket (docs/decisions/0049). Times are the clients', as in Rasa.
_TICKETS_THAT_LAST = """
local kept, last = {}, -1
local stored = redis.call('GET', KEYS[1])
for _, text in ipairs(stored and cjson.decode(stored).tickets or {}) do
  local ticket = cjson.decode(text)
  if ticket.expires >= tonumber(ARGV[1]) and ticket.number ~= tonumber(ARGV[2]) then
    kept[#kept + 1], last = text, ticket.number
  end
end
local function keep()
  redis.call('SET', KEYS[1], cjson.encode({conversation_id = ARGV[4], tickets = kept}), 'EX', ARGV[3])
end
"""
_NO_TICKET = -2
_TAKE = (
    _TICKETS_THAT_LAST
    + """
local number = string.format('%d', last + 1)
kept[#kept + 1] = '{"number": ' .. number .. ', "expires": ' .. ARGV[5] .. '}'
keep()
return {tonumber(number), #kept}
"""
)
_FREE = (
    _TICKETS_THAT_LAST
    + """
if #kept > 0 then keep() else redis.call('DEL', KEYS[1]) end
return #kept
"""
)


class RedisUrlLockStore(LockStore):
    """Locks in the Redis at a URL: one round trip to take a lock that is free, one to free it. A Redis that is away raises
    ``LockError`` before a turn begins; after the turn was saved it is only logged, and the lock ends by itself
    (``TICKET_LOCK_LIFETIME``)."""

    def __init__(self, url: str) -> None:
        self._redis = redis.Redis.from_url(url, socket_timeout=_WAIT_SECONDS, socket_connect_timeout=_WAIT_SECONDS)
        self._take, self._free = self._redis.register_script(_TAKE), self._redis.register_script(_FREE)
        super().__init__()

    @asynccontextmanager
    async def lock(
        self, conversation_id: str, lock_lifetime: float = LOCK_LIFETIME, wait_time_in_seconds: float = 0.1
    ) -> AsyncGenerator[TicketLock, None]:
        """Holds the conversation, in the order of asking; raises ``LockError`` when that is impossible."""
        now = time.time()
        ticket = Ticket(_NO_TICKET, now + lock_lifetime)
        ticket.number, place = self._said(self._take, conversation_id, now, _NO_TICKET, ticket.expires)
        try:
            if place == 1:
                yield TicketLock(conversation_id, deque([ticket]))
            else:
                yield await self._acquire_lock(conversation_id, ticket.number, wait_time_in_seconds)
        finally:
            self.cleanup(conversation_id, ticket.number)

    def _said(self, script: Any, conversation_id: str, now: float, without: int, *more: float) -> Any:
        """What a script answers about the conversation's tickets that last, but for the one ``without``."""
        try:
            return script([_KEY_PREFIX + conversation_id], [repr(now), without, _KEY_SECONDS, conversation_id, *map(repr, more)])
        except redis.RedisError as error:
            raise LockError(f"Redis is away ({type(error).__name__})") from error

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
            self._said(self._free, conversation_id, time.time(), ticket_number)
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
