"""The web chat's calls over HTTP (contract §4)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import anyio
from fastapi import APIRouter, Header, Query, Request
from fastapi.responses import JSONResponse
from sse_starlette import EventSourceResponse
from starlette.concurrency import run_in_threadpool

from bot.conversations.citizen_text import MAX_TEXT, EmptyTextError, TextTooLongError
from bot.conversations.clock import Clock
from bot.conversations.intake import Acceptance, UnknownButtonError, UnknownConversationError
from bot.messages import BotMessage
from bot.network_sources import UNKNOWN
from connectors.gateway.bodies import limited_body
from connectors.gateway.problems import Problem
from connectors.gateway.rate_limit import RateLimiter
from connectors.gateway.sources import request_source
from connectors.webchat.addresses import AddressHashes
from connectors.webchat.campaigns import campaign_code
from connectors.webchat.chat import WebChat
from connectors.webchat.events import CLOSING_SECONDS, PING_SECONDS, resume_after, stream_events
from connectors.webchat.parse import MAX_BODY_BYTES, ChatPost, MalformedPostError, parse_post
from connectors.webchat.render import state_json
from connectors.webchat.session_tokens import ExpiredSessionError, InvalidSessionError
from connectors.webchat.watcher import TranscriptWatcher

_NO_STORE = {"Cache-Control": "no-store"}
After = Annotated[int, Query(ge=0, le=2_000_000_000)]
Authorization = Annotated[str | None, Header()]


@dataclass(frozen=True)
class Limits:
    """The rate limits of the web chat."""

    per_conversation: RateLimiter
    per_address: RateLimiter
    new_sessions: RateLimiter
    reads: RateLimiter


@dataclass(frozen=True)
class ChatDoor:
    """What the routes need."""

    chat: WebChat
    watcher: TranscriptWatcher
    limits: Limits
    greeting: Callable[[], BotMessage]
    clock: Clock
    addresses: AddressHashes

    def holder(self, token: str | None) -> tuple[str, datetime]:
        """The conversation of the token and the token's end; a problem where there is none."""
        try:
            return self.chat.holder(token or "")
        except ExpiredSessionError as error:
            raise Problem(401, "session_expired") from error
        except InvalidSessionError as error:
            raise Problem(401, "session_invalid") from error


def chat_routes(door: ChatDoor) -> APIRouter:
    """The routes of contract §4."""
    router = APIRouter(prefix="/webchat")

    @router.post("/session")
    async def open_session(request: Request) -> JSONResponse:
        _slow_down(door.limits.new_sessions, request_source(request))
        return JSONResponse(await run_in_threadpool(door.chat.open, door.greeting()), headers=_NO_STORE)

    @router.post("/messages")
    async def post_message(request: Request, authorization: Authorization = None) -> JSONResponse:
        _slow_down(door.limits.per_address, request_source(request))
        conversation_id, _ = door.holder(_bearer(authorization))
        _slow_down(door.limits.per_conversation, conversation_id)
        body = await limited_body(request, MAX_BODY_BYTES)
        acceptance = await run_in_threadpool(
            _take, door.chat, conversation_id, _parsed(body), body, door.addresses.of(_address(request))
        )
        return JSONResponse({"accepted": True, "duplicate": acceptance.duplicate, "seq": acceptance.seq}, 202, _NO_STORE)

    @router.post("/visit")
    async def note_campaign(request: Request, authorization: Authorization = None) -> JSONResponse:
        _slow_down(door.limits.per_address, request_source(request))
        conversation_id, _ = door.holder(_bearer(authorization))
        code = campaign_code(await limited_body(request, MAX_BODY_BYTES))
        noted = code is not None and await run_in_threadpool(door.chat.came_by, conversation_id, code)
        return JSONResponse({"noted": noted}, headers=_NO_STORE)

    @router.get("/messages")
    async def read_messages(after: After = 0, authorization: Authorization = None) -> JSONResponse:
        conversation_id, _ = door.holder(_bearer(authorization))
        _slow_down(door.limits.reads, conversation_id)
        lines, state = await run_in_threadpool(door.chat.read, conversation_id, after)
        if state is None:
            raise Problem(401, "session_invalid")
        return JSONResponse({"messages": lines, "state": state_json(state)}, headers=_NO_STORE)

    @router.get("/events")
    async def read_events(
        after: After = 0,
        token: str | None = None,
        authorization: Authorization = None,
        last_event_id: Annotated[str | None, Header()] = None,
    ) -> EventSourceResponse:
        conversation_id, until = door.holder(token or _bearer(authorization))
        _slow_down(door.limits.reads, conversation_id)
        if not door.watcher.has_room(conversation_id):
            raise Problem(429, "too_many_streams", headers={"Retry-After": "30"})
        start = resume_after(last_event_id, after)
        stopping = anyio.Event()

        def goes_on() -> bool:
            return not stopping.is_set() and door.clock() < until

        return EventSourceResponse(
            stream_events(door.chat, door.watcher, conversation_id, start, goes_on),
            ping=PING_SECONDS,
            send_timeout=30,
            shutdown_event=stopping,
            shutdown_grace_period=CLOSING_SECONDS,
        )

    return router


def _bearer(authorization: str | None) -> str | None:
    scheme, _, token = (authorization or "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else None


def _address(request: Request) -> str:
    return request.client.host if request.client else UNKNOWN


def _slow_down(limiter: RateLimiter, key: str) -> None:
    seconds = limiter.seconds_to_wait(key)
    if seconds:
        raise Problem(429, "too_many", headers={"Retry-After": str(seconds)}, seconds=seconds)


def _parsed(body: bytes) -> ChatPost:
    try:
        return parse_post(body)
    except MalformedPostError as error:
        raise Problem(400, "broken_request") from error


def _take(chat: WebChat, conversation_id: str, post: ChatPost, body: bytes, address: str) -> Acceptance:
    try:
        return chat.take(conversation_id, post, body, address)
    except UnknownButtonError as error:
        raise Problem(400, "button_unknown") from error
    except EmptyTextError as error:
        raise Problem(400, "empty_message") from error
    except TextTooLongError as error:
        raise Problem(413, "too_long", limit=MAX_TEXT) from error
    except UnknownConversationError as error:
        raise Problem(401, "session_invalid") from error


def state_reader(chat: WebChat) -> Callable[[list[str]], Any]:
    """How the watcher reads states: in a thread, since the database is blocking."""

    async def read(conversation_ids: list[str]) -> Any:
        return await run_in_threadpool(chat.states, conversation_ids)

    return read
