"""The only way in: the private channel ``motcua`` between the gateway and Rasa.

Contract: docs/developers/architecture.md, section 1. A turn never ends in silence: it has messages or says why not.
"""

import asyncio
import hmac
import json
import logging
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from rasa.core.agent import Agent
from rasa.core.channels.channel import InputChannel, UserMessage
from rasa.core.lock_store import LockError
from sanic import Blueprint, Sanic
from sanic.exceptions import SanicException
from sanic.request import Request
from sanic.response import HTTPResponse

from bot.language.one_reading import one_reading
from engine.action_calls import TO_ACTIONS
from engine.environment import number_setting, secrets_setting
from engine.json_text import dumps
from engine.metrics import NLU_SECONDS, QUEUE_SECONDS, TURN_SECONDS, TURNS, seconds_of
from engine.project import model_fingerprint
from engine.slots import SERVED
from engine.tracing import span
from engine.tracker_store import LoudTrackerStore, TrackerStoreAwayError
from engine.turn_output import TurnOutput
from engine.turn_request import MAX_BODY_BYTES, Act, MalformedTurnError, TurnRequest, parse_turn

logger = logging.getLogger(__name__)

CHANNEL = "motcua"
_HTTP_FAILURES = {400: "malformed", 404: "not_found", 405: "method_not_allowed", 408: "timeout", 413: "too_large"}


def act_parse_data(act: Act) -> dict[str, Any]:
    """What the NLU would have said for a button: the intent with full confidence and the entities as given."""
    intent = {"name": act.intent, "confidence": 1.0}
    return {
        "text": act_text(act),
        "intent": intent,
        "intent_ranking": [intent],
        "entities": [{"entity": name, "value": value} for name, value in act.entities.items()],
        "clauses": [],
    }


def act_text(act: Act) -> str:
    """A button as Rasa writes it. A citizen's text never begins with a slash, so the two cannot be mistaken."""
    return f"/{act.intent}" + (json.dumps(dict(act.entities), ensure_ascii=False) if act.entities else "")


MOST_RANKED = 6
"""So many of the likeliest intents are told: trainers choose among them."""


def nlu_summary(parse_data: dict[str, Any]) -> dict[str, Any]:
    """The part of the parse data that the gateway keeps."""
    intent = parse_data.get("intent") or {}
    understood = {
        "intent": str(intent.get("name") or "nlu_fallback"),
        "confidence": float(intent.get("confidence") or 0.0),
        "clauses": [
            {"text": clause["text"], "intent": clause["intent"], "confidence": float(clause["confidence"])}
            for clause in parse_data.get("clauses") or ()
        ],
    }
    if not understood["clauses"]:
        return understood
    ranked = (parse_data.get("intent_ranking") or ())[:MOST_RANKED]
    return understood | {"ranking": [[str(one["name"]), float(one["confidence"])] for one in ranked]}


def json_response(body: dict[str, Any], status: int = 200) -> HTTPResponse:
    """A JSON answer in UTF-8."""
    return HTTPResponse(dumps(body), status=status, content_type="application/json")


def failure(status: int, failed: str, detail: str) -> HTTPResponse:
    """An answer other than 200."""
    return json_response({"failed": failed, "detail": detail}, status=status)


def _refused(status: int, failed: str, detail: str) -> HTTPResponse:
    """The answer to a turn that was not carried out; counted."""
    TURNS.labels(failed).inc()
    return failure(status, failed, detail)


class ConversationQueue:
    """One turn at a time per conversation within this process, in the order of arrival."""

    def __init__(self) -> None:
        self._locks: dict[str, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def turn(self, conversation: str) -> AsyncIterator[None]:
        """Waits for the turns before this one."""
        lock, users = self._locks.get(conversation, (asyncio.Lock(), 0))
        self._locks[conversation] = (lock, users + 1)
        try:
            async with lock:
                yield
        finally:
            lock, users = self._locks.pop(conversation)
            if users > 1:
                self._locks[conversation] = (lock, users - 1)


class _ChannelRoutes(Blueprint):
    """Our routes, and JSON for every HTTP error of the server, also outside our routes."""

    def register(self, app: Sanic, options: dict[str, Any]) -> None:
        """Adds the routes to the server."""
        super().register(app, options)  # type: ignore[no-untyped-call]
        app.config.REQUEST_MAX_SIZE = MAX_BODY_BYTES
        app.add_route(health, "/health", methods=["GET"], name="health")
        app.error_handler.add(SanicException, _http_error)
        app.register_listener(_close_connections, "after_server_stop")


async def _close_connections(*_: Any) -> None:
    await TO_ACTIONS.close()


def _http_error(_request: Request, error: SanicException) -> HTTPResponse:
    status = getattr(error, "status_code", None) or 500
    return failure(status, _HTTP_FAILURES.get(status, "http_error"), f"HTTP {status}")


class PrivateChannel(InputChannel):
    """Rasa's side of the contract; each of ``secrets`` is accepted."""

    def __init__(self, secrets: Sequence[str], turn_timeout_seconds: float = 9.0) -> None:
        self._expected = [f"Bearer {secret}".encode() for secret in secrets]
        self._timeout = turn_timeout_seconds
        self._queue = ConversationQueue()

    @classmethod
    def from_credentials(cls, credentials: dict[str, Any] | None) -> "PrivateChannel":
        """The channel as the environment sets it up; ``credentials.yml`` only names it. Raises ``MisconfiguredError``."""
        del credentials
        return cls(secrets_setting("ENGINE_SECRET"), number_setting("ENGINE_TURN_TIMEOUT", 9.0))

    @classmethod
    def name(cls) -> str:
        """Last part of ``/webhooks/motcua``."""
        return CHANNEL

    def blueprint(self, on_new_message: Callable[[UserMessage], Awaitable[Any]]) -> Blueprint:
        """The routes ``turn`` and ``health``."""
        del on_new_message  # drops the message without a word when there is no agent
        routes = _ChannelRoutes("motcua_private_channel")

        async def turn(request: Request) -> HTTPResponse:  # sanic takes no bound methods
            return await self.turn(request)

        routes.add_route(turn, "/turn", methods=["POST"])
        routes.add_route(health, "/health", methods=["GET"])
        # What a slot that waits answers with 200 too: the supervisor asks here whether the process does its job.
        routes.add_route(health, "/slot", methods=["GET"], name="slot")
        return routes

    async def turn(self, request: Request) -> HTTPResponse:
        """Answers one turn."""
        given = request.headers.get("authorization", "").encode()
        if not any(hmac.compare_digest(given, one) for one in self._expected):
            return _refused(401, "unauthorized", "the bearer secret is missing or wrong")
        try:
            turn = parse_turn(request.body)
        except MalformedTurnError as error:
            return _refused(400, "malformed", str(error))
        agent = getattr(request.app.ctx, "agent", None)
        if agent is None or not agent.is_ready():
            return _refused(503, "no_model", "no model is loaded")
        if turn.act is not None and turn.act.intent not in agent.domain.intents:
            return _refused(400, "malformed", "act.intent is not in the domain")
        with seconds_of(TURN_SECONDS), span("rasa.turn", kind="server", parent=request.headers.get("traceparent")) as note:
            answer = await self._answer(turn, agent)
            note(status=answer.status, model=served_name(agent), slot=SERVED.slot)
            return answer

    async def _answer(self, turn: TurnRequest, agent: Agent) -> HTTPResponse:
        output, nlu = TurnOutput(), nlu_summary({})
        failed = None
        try:
            async with asyncio.timeout(self._timeout):
                with span("rasa.nlu", typed=turn.text is not None) as note:
                    message, parse_data = await understood(turn, output, agent)
                    nlu = nlu_summary(parse_data)
                    note(intent=nlu["intent"], confidence=nlu["confidence"])
                waits_since = time.perf_counter()
                async with self._queue.turn(turn.conversation):
                    QUEUE_SECONDS.observe(time.perf_counter() - waits_since)
                    with span("rasa.dialogue"):
                        await agent.handle_message(message)
        except TrackerStoreAwayError as error:
            return _refused(503, "tracker_store", f"the database of the conversations is away ({error})")
        except LockError:
            logger.exception("turn.not_locked turn=%s", turn.turn_id)
            return _refused(503, "lock_store", "the conversation cannot be locked")
        except TimeoutError:
            logger.error("turn.out_of_time turn=%s", turn.turn_id)
            failed = "action_failed" if output.failed_actions else "engine_error"
        except Exception:  # the one place: whatever broke inside Rasa, the gateway hears of it
            logger.exception("turn.broken turn=%s", turn.turn_id)
            failed = "engine_error"
        if failed is None:
            failed = output.failure()
        else:
            output.discard()
        TURNS.labels(failed or "answered").inc()
        return json_response(
            {
                "turn_id": turn.turn_id,
                "failed": failed,
                "messages": output.messages,
                "handoff": output.handoff,
                "nlu": nlu,
                "model": served_name(agent),
            }
        )


async def understood(turn: TurnRequest, output: TurnOutput, agent: Agent) -> tuple[UserMessage, dict[str, Any]]:
    """The turn as Rasa's message with its parse data: the NLU's for text, ours for a button."""
    message = UserMessage(
        text=act_text(turn.act) if turn.act else turn.text,
        output_channel=output,
        sender_id=turn.conversation,
        input_channel=CHANNEL,
        message_id=turn.turn_id,
        metadata=dict(turn.metadata),
    )
    if turn.act:
        parse_data = act_parse_data(turn.act)
    else:
        with seconds_of(NLU_SECONDS), one_reading():
            parse_data = await agent.processor.parse_message(message)
    message.parse_data = parse_data
    return message, parse_data


def served_name(agent: Agent) -> str:
    """The name of the model that answers."""
    return SERVED.name or str(agent.model_name)


async def health(request: Request) -> HTTPResponse:
    """200 once a turn can be answered: a model is loaded and the conversations' database can be read; 503 otherwise."""
    agent = getattr(request.app.ctx, "agent", None)
    if agent is None or not agent.is_ready():
        return failure(503, "no_model", "no model is loaded")
    if isinstance(agent.tracker_store, LoudTrackerStore):
        try:
            await agent.tracker_store.check()
        except TrackerStoreAwayError as error:
            return failure(503, "tracker_store", f"the database of the conversations is away ({error})")
    return json_response(
        {
            "status": "ok",
            "model": served_name(agent),
            "fingerprint": model_fingerprint(agent.processor.model_path),
            "slot": SERVED.slot,
            "sha256": SERVED.sha256,
        }
    )
