"""The event stream of one open conversation: it says that something changed; the page then fetches what."""

import hashlib
from collections.abc import AsyncIterator, Callable

import anyio
from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import EventSourceResponse, ServerSentEvent
from starlette.concurrency import run_in_threadpool

from bot.metrics.declared import STREAMS_OPEN

LOOK_SECONDS = 1.0
STREAM_SECONDS = 60.0
"""A stream ends after this and the browser opens it anew, so that whoever may not look any more stops looking."""
_PING_SECONDS = 15
_CLOSING_SECONDS = 3
_RETRY_MS = 1_500


def change_stream(look: Callable[[], str]) -> EventSourceResponse:
    """The answer. ``look`` returns a text that changes with the page."""
    stopping = anyio.Event()
    return EventSourceResponse(
        changes(look, stopping.is_set, rounds=int(STREAM_SECONDS / LOOK_SECONDS)),
        ping=_PING_SECONDS,
        send_timeout=30,
        shutdown_event=stopping,
        shutdown_grace_period=_CLOSING_SECONDS,
    )


async def changes(
    look: Callable[[], str], stopped: Callable[[], bool], *, rounds: int, pause: float = LOOK_SECONDS
) -> AsyncIterator[ServerSentEvent]:
    """``changed`` at the beginning and after every change, for this many looks. A database that is away ends the stream."""
    seen = None
    with STREAMS_OPEN.labels("console").track_inprogress():
        for _ in range(rounds):
            if stopped():
                return
            try:
                now = await run_in_threadpool(look)
            except SQLAlchemyError:
                return
            if now != seen:
                seen = now
                name = hashlib.sha256(now.encode()).hexdigest()[:12]
                yield ServerSentEvent(name, event="changed", retry=_RETRY_MS)
            await anyio.sleep(pause)
