"""Where the trace of a citizen's message begins: at the platform's request that brings it.

A request may bring several messages; each has its trace. A ``traceparent`` that a platform sends is not read: traces are ours.
"""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import datetime, timedelta

from bot import tracing
from bot.conversations.events import CitizenMessage, PlatformEvent
from bot.conversations.turns import Claim


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


def turn_span(claim: Claim, now: datetime) -> AbstractContextManager[tracing.Span]:
    """A turn's span, under what brought the message. How long it lay in the ledger is an attribute of it."""
    waited = (now - claim.received_at) // timedelta(milliseconds=1) if claim.received_at is not None else None
    return tracing.span(
        "turn",
        kind="consumer",
        parent=claim.circumstances.get("traceparent"),
        channel=claim.channel,
        conversation_id=claim.conversation_id,
        inbound_id=claim.inbound_id,
        seq=claim.seq,
        attempt=claim.attempt,
        waited_ms=waited,
    )
