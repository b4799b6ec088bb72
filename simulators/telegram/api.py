"""The API port: ``/bot<token>/<method>`` and ``/file/bot<token>/<path>``."""

import secrets
from typing import Any

import httpx
from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from simulators.messaging.faults import FaultBoard, answer_with_faults
from simulators.telegram.administration import administration_methods
from simulators.telegram.bot import Done, Method, TelegramBot
from simulators.telegram.chats import addressed
from simulators.telegram.editing import editing_methods
from simulators.telegram.errors import BotApiError, bad_request
from simulators.telegram.parameters import Call, parse_form, parse_json, read_call
from simulators.telegram.sending import note_refusal, sending_methods

METHODS: dict[str, Method] = {
    method.name.lower(): method for method in (*administration_methods(), *sending_methods(), *editing_methods())
}
SIMULATED = {"X-Simulated": "true"}


def api_app(bot: TelegramBot, faults: FaultBoard) -> FastAPI:
    """The application of the API port. Every answer carries the header ``X-Simulated: true``."""
    app = FastAPI(title="Telegram Bot API (simulated)", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return {"status": "ok", "simulated": True}

    @app.api_route("/bot{token}/{method}", methods=["GET", "POST"])
    async def call_method(token: str, method: str, request: Request) -> Response:
        refusal = _refuse_token(bot, token)
        if refusal is not None:
            return _error(refusal)
        try:
            call = await read_call(request, method)
        except BotApiError as error:
            return _error(error)
        person = addressed(bot, call)

        async def carry_out() -> Response:
            try:
                return _result(await dispatch(bot, call))
            except BotApiError as error:
                return _error(error)

        return await answer_with_faults(faults, method, person.key if person else None, carry_out)

    @app.get("/file/bot{token}/{path:path}")
    async def download(token: str, path: str) -> Response:
        refusal = _refuse_token(bot, token)
        if refusal is not None:
            return _error(refusal)

        async def fetch() -> Response:
            stored = bot.files.at_path(path)
            if stored is None:
                return _error(BotApiError(404, "Not Found"))
            return Response(stored.file.content, media_type="application/octet-stream", headers=SIMULATED)

        return await answer_with_faults(faults, "file", None, fetch)

    app.add_exception_handler(HTTPException, _not_served)
    return app


async def dispatch(bot: TelegramBot, call: Call) -> Done:
    """Carries a call out. Raises ``BotApiError`` where it is refused; a refused message is noted in the transcript."""
    method = METHODS.get(call.method.lower())
    if method is None:
        raise BotApiError(404, "Not Found")
    try:
        if bot.knobs.strict:
            call.refuse_unknown(method.parameters)
        done = await method.handler(bot, call)
    except BotApiError as error:
        bot.calls[f"{method.name} {error.code}"] += 1
        note_refusal(bot, call, error)
        raise
    bot.calls[f"{method.name} 200"] += 1
    return done


async def carry_out_webhook_answer(bot: TelegramBot, answer: httpx.Response) -> None:
    """A method call in the answer of a webhook is carried out; nobody learns its result."""
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            values = parse_json(answer.content)
        elif kind == "application/x-www-form-urlencoded":
            values = dict(parse_form(answer.content))
        else:
            return
        method = values.pop("method", None)
        if isinstance(method, str):
            await dispatch(bot, Call(method, values))
    except BotApiError as error:
        bot.calls[f"webhook answer {error.code}"] += 1


def _refuse_token(bot: TelegramBot, token: str) -> BotApiError | None:
    number, colon, _ = token.partition(":")
    if not (colon and number.isascii() and number.isdecimal()):
        return BotApiError(404, "Not Found")
    if not secrets.compare_digest(token.encode("utf-8", "surrogatepass"), bot.token.encode()):
        return BotApiError(401, "Unauthorized")
    return None


def _result(done: Done) -> Response:
    body = {"ok": True, "result": done.result}
    return JSONResponse(body if done.description is None else body | {"description": done.description}, headers=SIMULATED)


def _error(error: BotApiError) -> Response:
    headers = dict(SIMULATED)
    if error.parameters and "retry_after" in error.parameters:
        headers["Retry-After"] = str(error.parameters["retry_after"])
    return JSONResponse(error.body(), error.code, headers=headers)


async def _not_served(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return _error(BotApiError(404, "Not Found") if status == 404 else bad_request("method must be GET or POST"))
