"""Under which span of the engine an action's call hangs.

rasa-sdk has tracing of its own; it is left off, since it writes the messages of exceptions into its spans.
"""

from contextvars import ContextVar

from sanic import Sanic
from sanic.request import Request

_carried: ContextVar[str | None] = ContextVar("carried", default=None)


def carried_place() -> str | None:
    """The ``traceparent`` of the call in hand; None where it carried none."""
    return _carried.get()


def keep_places_of_calls(app: Sanic) -> None:  # type: ignore[type-arg] # the app of rasa-sdk
    """Reads each call's ``traceparent``. A connection serves one call after the other, so that none is seen by the next."""

    async def keep(request: Request) -> None:
        _carried.set(request.headers.get("traceparent"))

    app.register_middleware(keep, "request")
