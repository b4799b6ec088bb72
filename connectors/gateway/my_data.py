"""``/my-data/<token>``: a citizen's own data, by the link that the chat gave them."""

import base64
import hashlib
import json
from urllib.parse import parse_qs

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.conversations.clock import Clock
from bot.rights.export_links import PATH, Form, LinkGoneError, data_behind, forms_left, take_form
from bot.rights.export_page import STYLE, data_page, gone_page, link_page
from bot.storage.database import SessionFactory, writing
from connectors.gateway.bodies import limited_body
from connectors.gateway.problems import Problem
from connectors.gateway.rate_limit import RateLimiter
from connectors.gateway.sources import slow_down

MAX_TOKEN = 64
_MAX_BODY = 200
_STYLE_HASH = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
_POLICY = f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; frame-ancestors 'none'"
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": _POLICY,
}


def my_data_routes(sessions: SessionFactory, keys: str, clock: Clock, limiter: RateLimiter) -> APIRouter:
    """The routes. ``keys``: the ledger's Fernet keys; ``limiter``: tries per address."""
    router = APIRouter()

    def look(token: str) -> HTMLResponse:
        try:
            with sessions() as session:
                return HTMLResponse(link_page(forms_left(session, token, clock())), headers=_HEADERS)
        except LinkGoneError:
            return HTMLResponse(gone_page(), 404, headers=_HEADERS)

    def take(token: str, form: Form) -> Response:
        try:
            with writing(sessions) as session:
                conversation_id = take_form(session, token, form, clock())
        except LinkGoneError:
            return HTMLResponse(gone_page(), 404, headers=_HEADERS)
        with sessions() as session:
            data = data_behind(session, conversation_id, keys, clock())
        if form == "page":
            return HTMLResponse(data_page(data), headers=_HEADERS)
        attached = _HEADERS | {"Content-Disposition": 'attachment; filename="du-lieu-cua-toi.json"'}
        return Response(json.dumps(data, ensure_ascii=False, indent=1), 200, attached, "application/json")

    @router.get(PATH + "/{token}")
    async def show_my_data_link(token: str, request: Request) -> Response:
        slow_down(limiter, request)
        return await run_in_threadpool(look, token[: MAX_TOKEN + 1])

    @router.post(PATH + "/{token}")
    async def take_my_data(token: str, request: Request) -> Response:
        slow_down(limiter, request)
        form = _form(await limited_body(request, _MAX_BODY))
        return await run_in_threadpool(take, token[: MAX_TOKEN + 1], form)

    return router


def _form(body: bytes) -> Form:
    try:
        asked = parse_qs(body.decode("ascii", "replace"), max_num_fields=5).get("form", ["page"])[0]
    except ValueError as error:
        raise Problem(400, "broken_request") from error
    if asked == "json":
        return "json"
    if asked == "page":
        return "page"
    raise Problem(400, "broken_request")
