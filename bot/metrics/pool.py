"""The pool of connections to the ledger, with the time until a connection was there. Imports nothing of the ledger: the ledger
imports it."""

import time
import weakref
from typing import Any

from sqlalchemy.pool import PoolProxiedConnection, QueuePool

from bot.metrics.declared import POOL_WAIT_SECONDS

_POOLS: "weakref.WeakSet[MeasuredPool]" = weakref.WeakSet()


class MeasuredPool(QueuePool):
    """SQLAlchemy's pool. Each wait for a connection (a new one's handshake included) is measured."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.most = self.size() + max(0, int(kwargs.get("max_overflow", 10)))
        """How many connections it opens at most."""
        _POOLS.add(self)

    def connect(self) -> PoolProxiedConnection:
        """A connection; the caller waits for it here. Raises SQLAlchemy's ``TimeoutError`` where none becomes free."""
        began = time.perf_counter()
        try:
            return super().connect()
        finally:
            POOL_WAIT_SECONDS.observe(time.perf_counter() - began)


def pools() -> list[MeasuredPool]:
    """The pools of this process that are in use somewhere."""
    return list(_POOLS)
