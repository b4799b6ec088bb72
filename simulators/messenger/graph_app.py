"""The Graph port: one catch-all address for the API, the file host beside it, and health."""

import secrets
from hmac import compare_digest

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from simulators.messaging.faults import answer_with_faults
from simulators.messenger.attachments import LinkRefused
from simulators.messenger.graph_call import GraphCall, read_call
from simulators.messenger.graph_edges import PAGE_EDGES, Edge, register_webhook
from simulators.messenger.graph_errors import GraphError
from simulators.messenger.graph_nodes import node, unknown_object
from simulators.messenger.platform import MessengerPlatform

_MARK = {"X-Simulated": "messenger"}
_SAFE_TYPES = ("image/png", "image/jpeg", "image/gif", "audio/", "video/", "application/pdf")


def graph_app(sim: MessengerPlatform) -> FastAPI:
    """The application of the Graph port. Every answer carries the header ``X-Simulated``."""
    app = FastAPI(title="Graph API (simulated)", docs_url=None, redoc_url=None, openapi_url=None)

    @app.get("/health")
    def health() -> Response:
        return JSONResponse({"status": "ok", "simulated": True}, headers=_MARK)

    @app.get("/cdn/{file_id}/{name:path}")
    def file(file_id: str, oh: str = "", oe: str = "") -> Response:
        try:
            stored = sim.page.files.open(file_id, oh, oe)
        except LinkRefused as refusal:
            return PlainTextResponse(str(refusal), 403, headers=_MARK)
        # The file came from whoever plays the citizen: it must not run as a page of this port.
        kind = stored.content_type if stored.content_type.startswith(_SAFE_TYPES) else "application/octet-stream"
        headers = _MARK | {"X-Content-Type-Options": "nosniff", "Content-Security-Policy": "sandbox"}
        return Response(stored.content or b"", media_type=kind, headers=headers)

    @app.api_route("/{path:path}", methods=["GET", "POST", "DELETE"])
    async def graph(request: Request) -> Response:
        try:
            call = await read_call(request)
        except GraphError as error:
            return _refusal(error)
        return await answer_with_faults(sim.faults, call.fault_method, call.person, lambda: _answer(sim, call))

    app.add_exception_handler(HTTPException, _not_served)
    return app


async def _not_served(request: Request, error: Exception) -> Response:
    detail = error.detail if isinstance(error, HTTPException) else ""
    return _refusal(GraphError(100, f"Unsupported request: {request.method} {detail}", 33, kind="GraphMethodException"))


async def _answer(sim: MessengerPlatform, call: GraphCall) -> Response:
    try:
        return JSONResponse(await _edge(sim, call)(sim, call), headers=_MARK)
    except GraphError as error:
        return _refusal(error)


def _edge(sim: MessengerPlatform, call: GraphCall) -> Edge:
    """The handler, once the token is checked: the page's for everything but the application's own edge."""
    credentials = sim.page.credentials
    if call.node == credentials.app_id and (call.verb, call.edge) == ("POST", "subscriptions"):
        own_token = f"{credentials.app_id}|{credentials.app_secret}"
        if not compare_digest((call.token or "").encode(), own_token.encode()):
            raise GraphError(190, "Invalid OAuth access token - Cannot parse access token")
        return register_webhook
    credentials.check(
        call.token, call.proof, asked_for_me=call.node == "me", proof_required=sim.page.knobs.require_appsecret_proof
    )
    if not call.edge:
        return node
    edge = PAGE_EDGES.get((call.verb, call.edge))
    if edge is None or call.node not in ("me", credentials.page_id):
        raise unknown_object(call)
    return edge


def _refusal(error: GraphError) -> Response:
    headers = dict(_MARK)
    if error.code == 190:
        headers["WWW-Authenticate"] = f'OAuth "Facebook Platform" "invalid_token" "{error.text}"'
    return JSONResponse(error.body("A" + secrets.token_urlsafe(16)), error.status, headers=headers)
