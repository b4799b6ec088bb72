"""Calls of the action server over kept connections, and a quick look at what comes back.

Stock Rasa makes an HTTP session and a connection for each call. Here one session of the same library keeps a connection for the
next call, as long as it is fresh.
"""

import asyncio
from collections.abc import Mapping
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from rasa.utils.endpoints import ClientResponseError

from engine.json_text import dumps, loads

FRESH_SECONDS = 2.0
"""So long a connection is kept unused: shorter than any server keeps it, so that it does not close while a call is on its way."""

_SIMPLE_EVENTS = frozenset({"reset_slots", "followup", "pause", "resume", "restart", "undo", "rewind", "active_loop"})
_PLAIN_ARGUMENTS = frozenset({"json", "method", "timeout", "compress", "headers"})


def plainly_valid(reply: Any) -> bool:
    """Whether the reply surely fits Rasa's schema of replies: the events that actions send, in their usual form. False says
    nothing; the schema decides then."""
    if not isinstance(reply, dict):
        return False
    events, responses = reply.get("events", []), reply.get("responses", [])
    if not isinstance(events, list) or not isinstance(responses, list):
        return False
    return all(isinstance(one, dict) for one in responses) and all(_is_plain_event(one) for one in events)


def _is_plain_event(event: Any) -> bool:
    if not isinstance(event, dict) or type(event.get("timestamp")) not in (type(None), int, float):
        return False
    if not isinstance(event.get("metadata"), dict | None):
        return False
    kind = event.get("event")
    if kind == "slot":
        return isinstance(event.get("name"), str) and "value" in event
    return isinstance(kind, str) and kind in _SIMPLE_EVENTS


def is_plain(endpoint: Any, call: Mapping[str, Any]) -> bool:
    """Whether this call of an endpoint is one that ``Connections`` makes: JSON by POST over HTTP, without credentials in the
    address, parameters or compression. Rasa's own code makes all others."""
    if call.get("method") != "post" or call.get("compress") or not {"json", "timeout"} <= set(call) <= _PLAIN_ARGUMENTS:
        return False
    if endpoint.params or endpoint.basic_auth or endpoint.token or endpoint.cafile:
        return False
    place = urlsplit(endpoint.url or "")
    return place.scheme == "http" and bool(place.hostname) and "@" not in place.netloc


class Connections:
    """Kept connections, by address. For one event loop at a time."""

    def __init__(self) -> None:
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def ask(self, url: str, content: Any, headers: Mapping[str, str], timeout_seconds: float) -> Any:
        """The JSON that the server answers; None where it answers something else.

        Raises what Rasa's own request raises: ``ClientResponseError`` for a status of 400 or more, ``aiohttp.ClientError`` where
        there is no answer, ``TimeoutError``, ``ValueError`` for broken JSON. A call whose kept connection closed without a byte
        of an answer is made once more: the server had ended it meanwhile.
        """
        session, call = self._session_of_this_loop(), _Call()
        async with asyncio.timeout(timeout_seconds):
            try:
                return await _asked(session, url, content, headers, call)
            except aiohttp.ServerDisconnectedError as error:
                if not call.connection_was_kept or _answer_began(error):
                    raise
            return await _asked(session, url, content, headers, _Call())

    def _session_of_this_loop(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            self._loop, self._session = loop, _new_session()
        return self._session

    async def close(self) -> None:
        """Closes what is open, at the end of the loop; a later call opens anew."""
        session, self._session = self._session, None
        if session is not None and self._loop is asyncio.get_running_loop():
            await session.close()


TO_ACTIONS = Connections()
"""The engine's own."""


class _Call(SimpleNamespace):
    """One call, and whether it was given a connection that an earlier one had used."""

    connection_was_kept = False


def _new_session() -> aiohttp.ClientSession:
    async def note(
        _session: aiohttp.ClientSession, context: SimpleNamespace, _told: aiohttp.TraceConnectionReuseconnParams
    ) -> None:
        context.trace_request_ctx.connection_was_kept = True

    watch = aiohttp.TraceConfig()
    watch.on_connection_reuseconn.append(note)
    connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=FRESH_SECONDS)
    return aiohttp.ClientSession(
        connector=connector, cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(), trace_configs=[watch]
    )


async def _asked(session: aiohttp.ClientSession, url: str, content: Any, headers: Mapping[str, str], call: _Call) -> Any:
    headers = {"Content-Type": "application/json", **headers}
    body = dumps(content)
    async with session.post(url, data=body, headers=headers, allow_redirects=False, trace_request_ctx=call) as response:
        if response.status >= 400:
            raise ClientResponseError(response.status, response.reason, await response.content.read())
        try:
            return await response.json(loads=loads)
        except aiohttp.ContentTypeError:
            return None


def _answer_began(error: aiohttp.ServerDisconnectedError) -> bool:
    """aiohttp tells a part of a head as a message of its own kind, and nothing at all as a text."""
    return not isinstance(error.message, str)
