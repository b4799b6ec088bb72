"""Ends of calls that come at the same time are written in one transaction, as webhooks are taken in."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sqlalchemy.exc import SQLAlchemyError

from bot.conversations.part_ends import Ended
from bot.conversations.platform_parts import EndWritten, PartEnd, PartToSend
from bot.storage.database import DATABASE_AWAY

logger = logging.getLogger(__name__)

WriteEnds = Callable[[Sequence[Ended]], Sequence[EndWritten]]
_GATHERED_SECONDS = 0.02
"""How long the first of a group waits for others. Until it is written, a crash leaves the part ``ambiguous``."""


@dataclass
class EndWriter:
    """Writes ends with ``write_ends``, in a thread. One per event loop. What cannot be written is tried again after each of
    ``retry_seconds``; after the last of them it is raised to whoever waits for it, but where the database is away it is kept and
    tried for as long as ``patient``: only this process knows how the call ended."""

    write_ends: WriteEnds
    retry_seconds: Sequence[float] = (0.2, 1.0, 3.0)
    gathered_seconds: float = _GATHERED_SECONDS
    patient: bool = True
    _waiting: "list[tuple[Ended, asyncio.Future[EndWritten]]]" = field(default_factory=list)
    _running: "asyncio.Task[None] | None" = None

    async def write(self, part: PartToSend, end: PartEnd) -> EndWritten:
        """Returns once the end is committed."""
        done: asyncio.Future[EndWritten] = asyncio.get_running_loop().create_future()
        self._waiting.append(((part, end), done))
        if self._running is None or self._running.done():
            self._running = asyncio.create_task(self._write_all())
        return await done

    async def _write_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(self.gathered_seconds)
            group, self._waiting = self._waiting, []
            try:
                written = await self._with_patience([ended for ended, _ in group])
            except Exception:  # noqa: BLE001 (one that cannot be written must not take the others with it)
                await self._each_alone(group)
            else:
                for (_, done), one in zip(group, written, strict=True):
                    _settle(done, one)

    async def _with_patience(self, group: Sequence[Ended]) -> Sequence[EndWritten]:
        for pause in self.retry_seconds:
            try:
                return await asyncio.to_thread(self.write_ends, group)
            except SQLAlchemyError as error:
                logger.warning("sender.write_again", extra={"ends": len(group), "error": type(error).__name__})
                await asyncio.sleep(pause)
        return await asyncio.to_thread(self.write_ends, group)

    async def _each_alone(self, group: "Sequence[tuple[Ended, asyncio.Future[EndWritten]]]") -> None:
        """Where the database is away for one, the others are kept without asking it: each would wait for it in vain."""
        for place, (ended, done) in enumerate(group):
            try:
                _settle(done, (await asyncio.to_thread(self.write_ends, [ended]))[0])
            except DATABASE_AWAY as error:
                if self.patient:
                    self._waiting += [*group[place + 1 :], group[place]]
                    return
                _refuse(done, error)
            except Exception as error:  # noqa: BLE001 (whatever it is, it is raised to the part it belongs to)
                _refuse(done, error)


def _settle(done: "asyncio.Future[EndWritten]", written: EndWritten) -> None:
    if not done.done():
        done.set_result(written)


def _refuse(done: "asyncio.Future[EndWritten]", error: Exception) -> None:
    if not done.done():
        done.set_exception(error)
