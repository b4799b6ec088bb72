"""The sender: brings what was said to the platforms, one message at a time per citizen, many citizens side by side.

Run it with ``python -m connectors.gateway.sender``; any number of them may run. It ends cleanly on SIGTERM: the calls under way
are finished and written down, nothing new is claimed.
"""

import asyncio
import logging
import math
import random
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy.exc import SQLAlchemyError

from bot import tracing
from bot.conversations.clock import Clock, utc_now
from bot.conversations.outbox import Outbox
from bot.conversations.outcomes import beat
from bot.conversations.part_ends import Ended
from bot.conversations.platform_parts import EndWritten, MessageToRender, PartEnd, PartToSend, PlatformCall
from bot.conversations.rate_slots import RatePace
from bot.conversations.typing_signals import TypingSignals
from bot.metrics.declared import DELIVERIES, RATE_WAIT_SECONDS, SEND_ERRORS, SEND_LEASES_LOST, SEND_SECONDS, SENT_SECONDS
from bot.metrics.pulse import Pulse
from bot.storage.database import SessionFactory
from bot.storage.wakeup import PolledWakeup, Wakeup
from bot.switches.watch import SwitchWatch
from connectors.channel import Channel, ChannelError, FileContent, Outgoing, Permanent, Temporary
from connectors.gateway.end_writer import EndWriter
from connectors.gateway.send_result import end_of_failed, end_of_sent

logger = logging.getLogger(__name__)

HEARTBEAT_KIND = "sender"
ChannelKey = tuple[str, str]
LoadFile = Callable[[str, int], FileContent | None]
"""An officer's file by its conversation and number; None where it is gone."""


@dataclass(frozen=True)
class SenderPace:
    """How fast a sender goes. The lease must be longer than the longest call to a platform and the wait for its slot.

    ``claims_apart``: the least time between two claims that found something, so that answers written at nearly the same time are
    claimed together. ``quiet_after``, ``quiet_asks_every``: where nothing was found for so long and notices are heard, the ledger
    is asked by itself only so often. ``news_every``: campaigns are asked for so often where there are none."""

    calls_at_once: int = 16
    lease: timedelta = timedelta(seconds=60)
    heartbeat_every: timedelta = timedelta(seconds=5)
    database_retry_seconds: tuple[float, ...] = (0.2, 1.0, 3.0)
    typing_every: timedelta = timedelta(seconds=0.5)
    claims_apart: float = 0.06
    quiet_after: float = 5.0
    quiet_asks_every: float = 1.0
    news_every: float = 1.0


@dataclass(frozen=True)
class MessageRenderer:
    """Renders a message with its own channel."""

    channels: Mapping[ChannelKey, Channel]

    def __call__(self, wanted: MessageToRender) -> list[PlatformCall]:
        """The calls that show the message."""
        channel = self.channels[(wanted.channel, wanted.account)]
        outgoing = Outgoing(wanted.message, wanted.author, wanted.tokens, wanted.mode, wanted.officer_name, wanted.template)
        return channel.render(outgoing)


def paces_of(channels: Mapping[ChannelKey, Channel]) -> dict[str, RatePace]:
    """Each channel's rate limit."""
    return {
        channel.name: RatePace(
            channel.capabilities.calls_per_second,
            channel.capabilities.burst,
            timedelta(seconds=channel.capabilities.chat_interval),
        )
        for channel in channels.values()
    }


class Sender:
    """Claims parts, calls the platforms, writes how it ended."""

    def __init__(
        self,
        sessions: SessionFactory,
        channels: Mapping[ChannelKey, Channel],
        *,
        name: str,
        clock: Clock = utc_now,
        pace: SenderPace | None = None,
        wakeup: Wakeup | None = None,
        dice: random.Random | None = None,
        load_file: LoadFile | None = None,
        pulse: Pulse | None = None,
    ) -> None:
        self.name = name
        self._pace = pace or SenderPace()
        self._sessions = sessions
        self._channels = channels
        switches = SwitchWatch(sessions, clock)
        self._outbox = Outbox(
            sessions,
            MessageRenderer(channels),
            paces_of(channels),
            name,
            self._pace.lease,
            silent=lambda channel: switches().off("channel", channel) is not None,
        )
        self._typing = TypingSignals(sessions, [c.name for c in channels.values() if c.capabilities.typing])
        self._clock = clock
        self._wakeup = wakeup or PolledWakeup()
        self._dice = dice or random.Random()
        self._load_file = load_file
        self._pulse = pulse or Pulse()
        self._stopping = threading.Event()
        self._ends = EndWriter(self._write_ends, self._pace.database_retry_seconds)
        self._found_at, self._news_at = time.monotonic(), -math.inf
        self._last_beat: datetime | None = None
        self._last_typing: datetime | None = None

    def stop(self) -> None:
        """Asks ``run`` to end after the calls under way. Safe from a signal handler or another thread."""
        self._stopping.set()
        self._wakeup.ring()

    async def run(self) -> None:
        """Works until ``stop``. A database that is away is waited for."""
        logger.info("sender.started", extra={"sender": self.name, "channels": [name for name, _ in self._channels]})
        under_way: set[asyncio.Task[None]] = set()
        while not self._stopping.is_set():
            self._pulse.beat()
            if len(under_way) >= self._pace.calls_at_once:
                await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
                continue
            parts = await self._claim(self._pace.calls_at_once - len(under_way))
            for part in parts:
                task = asyncio.create_task(self._send_or_say_why_not(part))
                under_way.add(task)
                task.add_done_callback(under_way.discard)
            await self._rest(found=bool(parts))
        self._ends.patient = False
        if under_way:
            await asyncio.wait(under_way)
        logger.info("sender.stopped", extra={"sender": self.name})

    async def run_once(self) -> bool:
        """Sends one part; False where nothing was due. For tests and repairs."""
        part = await asyncio.to_thread(self._outbox.next_part, self._clock())
        if part is not None:
            await self.send_part(part)
        return part is not None

    async def _claim(self, most: int) -> list[PartToSend]:
        began = time.monotonic()
        news = began - self._news_at >= self._pace.news_every
        try:
            await self._do_rounds()
            parts = await asyncio.to_thread(partial(self._outbox.next_parts, self._clock(), most, news=news))
        except SQLAlchemyError as error:
            logger.error("sender.database_away", extra={"sender": self.name, "error": type(error).__name__})
            await asyncio.sleep(1.0)
            return []
        if news and not parts:
            self._news_at = began
        return parts

    async def _rest(self, *, found: bool) -> None:
        """Until there may be something to claim again."""
        if found:
            self._found_at = time.monotonic()
            await asyncio.sleep(self._pace.claims_apart)
            return
        quiet = time.monotonic() - self._found_at >= self._pace.quiet_after
        longest = self._pace.quiet_asks_every if quiet else None
        if await asyncio.to_thread(partial(self._wakeup.wait, self._stopping, longest=longest)):
            # Whoever is told of a message and finds it held by somebody asks again soon.
            self._found_at = time.monotonic()

    async def _do_rounds(self) -> None:
        now = self._clock()
        if self._last_beat is None or now - self._last_beat >= self._pace.heartbeat_every:
            self._last_beat = now
            await asyncio.to_thread(beat, self._sessions, self.name, HEARTBEAT_KIND, now)
        if self._typing.channels and (self._last_typing is None or now - self._last_typing >= self._pace.typing_every):
            self._last_typing = now
            citizens = await asyncio.to_thread(self._typing.waiting, now)
            shown = [(self._channels.get((one.channel, one.account)), one.external_id) for one in citizens]
            # All at once, and before anything is claimed: the dots never come after the answer.
            await asyncio.gather(*(_show_typing(channel, citizen) for channel, citizen in shown if channel is not None))

    async def _send_or_say_why_not(self, part: PartToSend) -> None:
        try:
            await self.send_part(part)
        except Exception:
            # How the call ended is not in the ledger. The others go on.
            logger.exception("sender.part_left", extra=_ids(part) | {"sender": self.name})

    async def send_part(self, part: PartToSend) -> None:
        """Makes the call and writes its end. A fault of ours leaves the part ``sending``: it becomes ambiguous with its lease."""
        with tracing.span("send", kind="consumer", parent=part.traceparent, mode=part.mode, channel=part.channel) as span:
            span.note(conversation_id=part.conversation_id, delivery_id=part.delivery_id, attempt=part.attempt)
            end = await self._send_part(part)
            span.note(state=end.state, error=end.error)

    async def _send_part(self, part: PartToSend) -> PartEnd:
        if part.wait:
            await asyncio.sleep(part.wait)
        channel, began = self._channels[(part.channel, part.account)], time.perf_counter()
        RATE_WAIT_SECONDS.labels(part.channel).observe(part.wait)
        try:
            call = await self._with_content(part)
            with tracing.span("platform", kind="client", channel=part.channel, method=call.method):
                end = end_of_sent(await channel.send(call, part.external_id, delivery_id=part.delivery_id, mode=part.mode))
        except ChannelError as error:
            SEND_ERRORS.labels(part.channel, type(error).__name__).inc()
            end = end_of_failed(part, error, self._clock(), self._dice)
        SEND_SECONDS.labels(part.channel).observe(time.perf_counter() - began)
        await self._write(part, end)
        self._count(part, end)
        level = logging.INFO if end.state in ("sent", "pending") else logging.WARNING
        logger.log(level, "delivery.ended", extra=_ids(part) | {"state": end.state, "error": end.error})
        if end.account_needs is not None:
            logger.error("alarm.account_needs_attention", extra={"channel": part.channel, "reason": end.account_needs})
        return end

    def _count(self, part: PartToSend, end: PartEnd) -> None:
        DELIVERIES.labels(part.channel, end.state).inc()
        if end.state == "sent" and part.written_at is not None:
            waited = (self._clock() - part.written_at).total_seconds()
            SENT_SECONDS.labels(part.channel).observe(max(0.0, waited))

    async def _with_content(self, part: PartToSend) -> PlatformCall:
        """The call, with the officer's file that it hands over. Raises ``Permanent`` where that is gone."""
        number = part.call.body.get("officer_file")
        if number is None:
            return part.call
        try:
            content = await asyncio.to_thread(self._load_file, part.conversation_id, number) if self._load_file else None
        except SQLAlchemyError as error:
            raise Temporary("file_not_read") from error
        if content is None:
            raise Permanent("file_gone")
        return replace(part.call, content=content)

    async def _write(self, part: PartToSend, end: PartEnd) -> None:
        written = await self._ends.write(part, end)
        if not written.held:
            SEND_LEASES_LOST.labels(part.channel).inc()
        if written.more:
            self._wakeup.ring()

    def _write_ends(self, ended: Sequence[Ended]) -> Sequence[EndWritten]:
        return self._outbox.end_parts(ended, self._clock())


async def _show_typing(channel: Channel, external_id: str) -> None:
    try:
        await channel.show_typing(external_id)
    except ChannelError as error:
        logger.info("typing.failed", extra={"channel": channel.name, "reason": error.reason})


def _ids(part: PartToSend) -> dict[str, object]:
    return {
        "conversation_id": part.conversation_id,
        "delivery_id": part.delivery_id,
        "channel": part.channel,
        "attempt": part.attempt,
        "fence": part.fence,
    }
