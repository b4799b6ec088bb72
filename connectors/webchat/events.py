"""The event stream of one browser: what was said since a number, then everything new as it comes."""

import json
import logging
from collections.abc import AsyncIterator, Callable

from sqlalchemy.exc import SQLAlchemyError
from sse_starlette import ServerSentEvent
from starlette.concurrency import run_in_threadpool

from connectors.webchat.chat import WebChat
from connectors.webchat.render import state_json
from connectors.webchat.watcher import Subscription, TranscriptWatcher

logger = logging.getLogger(__name__)

PING_SECONDS = 15
CLOSING_SECONDS = 3
# How soon a stream that has nothing to tell sees that the gateway stops.
_LONGEST_WAIT_SECONDS = 1.0


def resume_after(last_event_id: str | None, after: int) -> int:
    """Where a stream goes on: a browser that reconnects knows better than the address it was opened with."""
    if last_event_id is not None and last_event_id.isascii() and last_event_id.isdigit() and len(last_event_id) < 10:
        return int(last_event_id)
    return after


async def stream_events(
    chat: WebChat, watcher: TranscriptWatcher, conversation_id: str, after: int, goes_on: Callable[[], bool]
) -> AsyncIterator[ServerSentEvent]:
    """``message`` and ``state`` events for as long as it ``goes_on``. Holds no database connection while it waits; a
    database that is away ends the stream, and the browser comes back by itself."""
    with watcher.watching(conversation_id) as subscription:
        try:
            async for event in _events(chat, subscription, after, goes_on):
                yield event
        except SQLAlchemyError as error:
            logger.warning("stream.database_away", extra={"conversation_id": conversation_id, "error": type(error).__name__})


async def _events(
    chat: WebChat, subscription: Subscription, after: int, goes_on: Callable[[], bool]
) -> AsyncIterator[ServerSentEvent]:
    seen, shown_state, first = after, "", True
    while first or goes_on():
        known = subscription.state
        if first or (known is not None and known.last_seq > seen):
            lines, fresh = await run_in_threadpool(chat.read, subscription.conversation_id, seen)
            known, first = fresh or known, False
            for line in lines:
                seen = line["seq"]
                yield ServerSentEvent(json.dumps(line, ensure_ascii=False), event="message", id=str(seen))
        state = json.dumps(state_json(known)) if known is not None else ""
        if state != shown_state:
            shown_state = state
            yield ServerSentEvent(state, event="state")
        await subscription.changed(_LONGEST_WAIT_SECONDS)
