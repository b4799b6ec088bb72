"""Where the trace of a citizen's message begins: at the platform's request that brings it.

A request may bring several messages; each has its trace. A ``traceparent`` that a platform sends is not read: traces are ours.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace

from bot import tracing
from bot.conversations.events import CitizenMessage, PlatformEvent


@contextmanager
def traced(event: PlatformEvent) -> Iterator[PlatformEvent]:
    """The event as it is to be stored, with its place in the trace where it is a citizen's message. The block lasts until it is
    committed; the span began when the request arrived, so that checking and reading it count."""
    if not tracing.recording() or not isinstance(event, CitizenMessage):
        yield event
        return
    origin = event.origin
    with ExitStack() as spans:
        webhook = spans.enter_context(
            tracing.span(
                "webhook", kind="server", root=True, began_ns=tracing.arrived_ns(), channel=origin.channel, event=origin.name
            )
        )
        spans.enter_context(tracing.span("commit"))
        yield replace(event, origin=replace(origin, traceparent=webhook.traceparent))
