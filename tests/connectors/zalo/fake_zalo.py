"""A small Zalo for these tests: single-use tokens, messages, uploads, chats. Served in-process or over real HTTP."""

import json
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

import httpx
from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.connectors.zalo.recorded import IDS

APP_SECRET = "APP_SECRET_FOR_TESTS"
VERIFIER = "v" * 43
BASE = "http://zalo.test"

Refusal = Callable[[dict[str, Any]], int]


@dataclass
class FakeZalo:
    """What it was asked, and what it shall answer."""

    valid: set[str] = field(default_factory=set)
    refresh_tokens: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    refreshes: int = 0
    sent: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    uploads: list[tuple[str, bytes]] = field(default_factory=list)
    refuse: Refusal = lambda _message: 0
    quota: dict[str, Any] = field(default_factory=lambda: {"quota_type": "reply", "remain": 8, "total": 8})
    oauth_answers: list[Response] = field(default_factory=list)
    send_answers: list[Response] = field(default_factory=list)
    upload_answers: list[dict[str, Any]] = field(default_factory=list)
    conversations: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    numbered_errors: bool = True

    def app(self) -> Starlette:
        return Starlette(
            routes=[
                Route("/v4/oa/permission", self._consent),
                Route("/v4/oa/access_token", self._token, methods=["POST"]),
                Route("/v3.0/oa/message/cs", self._send, methods=["POST"]),
                Route("/v3.0/oa/message/template", self._send_template, methods=["POST"]),
                Route("/v3.0/oa/quota/message", self._quota, methods=["POST"]),
                Route("/v2.0/oa/upload/{kind}", self._upload, methods=["POST"]),
                Route("/v2.0/oa/{what}", self._read),
            ]
        )

    def pair(self, lives: str | int = "90000") -> dict[str, Any]:
        access, refresh = secrets.token_hex(8), secrets.token_hex(8)
        self.valid.add(access)
        self.refresh_tokens.add(refresh)
        return {"access_token": access, "refresh_token": refresh, "expires_in": lives}

    async def _consent(self, request: Request) -> Response:
        code = secrets.token_hex(8)
        self.codes.add(code)
        query = f"code={code}&oa_id={IDS.oa_id}&state={request.query_params['state']}"
        return Response(status_code=302, headers={"Location": f"{request.query_params['redirect_uri']}?{query}"})

    async def _token(self, request: Request) -> Response:
        self.calls.append("token")
        form = dict(await request.form())
        if self.oauth_answers:
            return self.oauth_answers.pop(0)
        if request.headers.get("secret_key") != APP_SECRET or form.get("app_id") != IDS.app_id:
            return self._oauth_error(-14004, "Invalid secret key")
        known = self.codes if form["grant_type"] == "authorization_code" else self.refresh_tokens
        token = form["code" if form["grant_type"] == "authorization_code" else "refresh_token"]
        if token not in known:
            return self._oauth_error(-14014, "Invalid refresh token")
        known.discard(str(token))
        self.refreshes += form["grant_type"] == "refresh_token"
        return JSONResponse(self.pair())

    def _oauth_error(self, code: int, name: str) -> Response:
        body: dict[str, Any] = {"error_name": name, "error_reason": name, "error_description": name}
        return JSONResponse(body | {"error": code} if self.numbered_errors else body)

    async def _send(self, request: Request) -> Response:
        self.calls.append("send")
        if request.headers.get("access_token") not in self.valid:
            return _answer(error=-216, message="access token is invalid")
        if self.send_answers:
            return self.send_answers.pop(0)
        body = await request.json()
        code = self.refuse(body["message"])
        if code:
            return _answer(error=code, message="refused")
        self.sent.append(body)
        return _answer({"message_id": f"sent-{len(self.sent)}", "user_id": body["recipient"]["user_id"], "quota": self.quota})

    async def _send_template(self, request: Request) -> Response:
        body = await request.json()
        if len(body["template_data"].get("noi_dung", "")) > 100:
            return _answer(error=-1121, message="template data is too long")
        self.sent.append(body)
        return _answer({"message_id": "template-1", "quota": {"dailyQuota": "500", "remainingQuota": "0"}})

    async def _quota(self, _request: Request) -> Response:
        return _answer([{"remain": 1990, "total": 2000}])

    async def _upload(self, request: Request) -> Response:
        self.calls.append("upload")
        async with request.form() as form:
            file = form["file"]
            assert isinstance(file, UploadFile)
            self.uploads.append((str(file.filename), await file.read()))
        if self.upload_answers:
            return _answer(self.upload_answers.pop(0))
        name = "token" if request.path_params["kind"] == "file" else "attachment_id"
        return _answer({name: f"upload-{len(self.uploads)}"})

    async def _read(self, request: Request) -> Response:
        what = request.path_params["what"]
        self.calls.append(what)
        if request.headers.get("access_token") not in self.valid:
            return _answer(error=-216)
        if what == "getoa":
            return _answer({"oa_id": IDS.oa_id, "name": "Trung tâm Phục vụ hành chính công", "is_verified": True})
        data = json.loads(request.query_params["data"])
        if data["count"] > 10:
            return _answer(error=-210)
        newest = [rows[0] for rows in self.conversations.values()]
        rows = newest if what == "listrecentchat" else self.conversations[data["user_id"]]
        rows = sorted(rows, key=lambda row: -int(row["time"]))
        return _answer(rows[data["offset"] : data["offset"] + data["count"]])


def _answer(data: Any = None, error: int = 0, message: str = "Success") -> Response:
    body = {"error": error, "message": message}
    return JSONResponse(body if data is None else body | {"data": data})


def html(status: int = 502) -> Response:
    return PlainTextResponse("<html><h1>Bad Gateway</h1></html>", status, media_type="text/html")


@dataclass
class BreakingTransport(httpx.AsyncBaseTransport):
    """Breaks single exchanges ``before`` or ``after`` the server carried them out."""

    inner: httpx.AsyncBaseTransport
    breaks: list[tuple[str, Literal["before", "after"], Exception]] = field(default_factory=list)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        fitting = next((one for one in self.breaks if request.url.path.startswith(one[0])), None)
        if fitting is None:
            return await self.inner.handle_async_request(request)
        self.breaks.remove(fitting)
        if fitting[1] == "after":
            await self.inner.handle_async_request(request)
        raise fitting[2]


def http_to(zalo: FakeZalo) -> tuple[httpx.AsyncClient, BreakingTransport]:
    """A client that reaches this Zalo, and the switch that breaks its exchanges."""
    transport = BreakingTransport(httpx.ASGITransport(app=zalo.app()))
    return httpx.AsyncClient(transport=transport, base_url=BASE), transport
