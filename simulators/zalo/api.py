"""The platform's own addresses: OAuth, OpenAPI, ZBS and the files' links, on one port."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from typing import Any, Final, get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.applications import Starlette
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from simulators.messaging.faults import answer_with_faults
from simulators.zalo import errors, reads, sending, template_sending
from simulators.zalo.account import Account
from simulators.zalo.errors import ZaloError
from simulators.zalo.files import MEGABYTE, UploadKind
from simulators.zalo.tokens import OAuthError

MAX_JSON_BYTES: Final = 256 * 1024
MAX_UPLOAD_BYTES: Final = 6 * MEGABYTE
SIMULATED: Final = {"X-Simulated": "zalo"}

Do = Callable[[Account, Any], Awaitable[Any]]


def api_app(account: Account) -> Starlette:
    """The application of the API port."""
    routes = [
        Route("/health", _health),
        Route("/v4/oa/permission", _Permission(account).answer),
        Route("/v4/oa/access_token", _AccessToken(account).answer, methods=["POST"]),
        Route("/cdn/{token}/{name}", _Cdn(account).answer),
        *_posts(account),
        *_gets(account),
        *(Route(f"/v2.0/oa/upload/{kind}", _Upload(account, kind).answer, methods=["POST"]) for kind in get_args(UploadKind)),
    ]
    return Starlette(routes=routes, exception_handlers={HTTPException: _not_served})


def _posts(account: Account) -> list[Route]:
    async def dead(_account: Account, _body: Any) -> Any:
        raise ZaloError(errors.DEAD_INTERFACE)

    async def quota_message(account: Account, body: Any) -> Any:
        return reads.message_quota(account, body)

    async def create(account: Account, body: Any) -> Any:
        return template_sending.put_template(account, body, edit=False)

    async def edit(account: Account, body: Any) -> Any:
        return template_sending.put_template(account, body, edit=True)

    table: dict[str, Do] = {
        "/v3.0/oa/message/cs": sending.send_consulting,
        "/v3.0/oa/message/transaction": dead,
        "/v3.0/oa/message/promotion": dead,
        "/v3.0/oa/message/template": template_sending.send_by_user_id,
        "/v3.0/oa/quota/message": quota_message,
        "/v2.0/oa/message": sending.send_by_old_interface,
        "/message/template": template_sending.send_by_phone,
        "/message/template/hashphone": template_sending.send_by_hashed_phone,
        "/template/create": create,
        "/template/edit": edit,
    }
    return [Route(path, _Call(account, path, _json_body, do).answer, methods=["POST"]) for path, do in table.items()]


def _gets(account: Account) -> list[Route]:
    def from_data(read: Callable[[Account, Mapping[str, Any]], Any]) -> Do:
        async def do(account: Account, query: Mapping[str, str]) -> Any:
            return read(account, reads.data_of(query))

        return do

    async def own_account(account: Account, _query: Mapping[str, str]) -> Any:
        return reads.own_account(account)

    async def message_status(account: Account, query: Mapping[str, str]) -> Any:
        return template_sending.status(account, query.get("message_id"))

    async def message_quota(account: Account, _query: Mapping[str, str]) -> Any:
        return template_sending.quota(account)

    async def all_templates(account: Account, _query: Mapping[str, str]) -> Any:
        return [template.listing() for template in account.templates]

    async def template_info(account: Account, query: Mapping[str, str]) -> Any:
        return account.templates.get(query.get("template_id")).info()

    async def quality(_account: Account, _query: Mapping[str, str]) -> Any:
        return {"oaCurrentQuality": "HIGH", "oa7dayQuality": "HIGH"}

    table: dict[str, Do] = {
        "/v3.0/oa/user/detail": from_data(reads.user_detail),
        "/v2.0/oa/getprofile": from_data(reads.user_detail),
        "/v3.0/oa/user/getlist": from_data(reads.user_list),
        "/v2.0/oa/getoa": own_account,
        "/v2.0/oa/conversation": from_data(reads.conversation),
        "/v2.0/oa/listrecentchat": from_data(reads.recent_chats),
        "/message/status": message_status,
        "/message/quota": message_quota,
        "/quality": quality,
        "/template/all": all_templates,
        "/template/info/v2": template_info,
    }
    return [Route(path, _Call(account, path, _query, do).answer, methods=["GET"]) for path, do in table.items()]


async def _health(_request: Request) -> Response:
    return JSONResponse({"status": "ok", "simulated": True}, headers=SIMULATED)


async def _not_served(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse({"error": status, "message": "Empty API"}, status, headers=SIMULATED)


class _Call:
    """One interface: faults on command, then token, rate, body, and what it does; every refusal is HTTP 200."""

    def __init__(self, account: Account, path: str, read: Callable[[Request], Awaitable[Any]], do: Do) -> None:
        self._account, self._path, self._read, self._do = account, path, read, do
        self._token_error = errors.INVALID_TOKEN if "/oa/" in path else errors.ZBS_INVALID_TOKEN

    async def answer(self, request: Request) -> Response:
        """The route."""
        try:
            body = await self._read(request)
            fault: ZaloError | None = None
        except ZaloError as error:
            body, fault = None, error

        async def properly() -> Response:
            try:
                self._check_token(request)
                self._account.rate.take()
                if fault is not None:
                    raise fault
                answer = {"data": await self._do(self._account, body), "error": 0, "message": "Success"}
            except ZaloError as error:
                answer = error.body()
            return JSONResponse(answer, headers=SIMULATED | self._account.rate.headers())

        return await answer_with_faults(self._account.faults, self._path.lstrip("/"), _subject(body), properly)

    def _check_token(self, request: Request) -> None:
        token = request.headers.get("access_token", "")
        if not self._account.tokens.is_valid(token):
            raise ZaloError(self._token_error)
        proof = request.headers.get("appsecret_proof") or request.query_params.get("appsecret_proof")
        if proof is not None and not self._account.tokens.proof_fits(token, proof):
            raise ZaloError(errors.BAD_PROOF)


class _Upload(_Call):
    """One upload interface: multipart with a field ``file``."""

    def __init__(self, account: Account, kind: UploadKind) -> None:
        super().__init__(account, f"/v2.0/oa/upload/{kind}", _uploaded_file, self._store)
        self._kind: UploadKind = kind

    async def _store(self, account: Account, file: tuple[str, bytes]) -> dict[str, str]:
        token = account.files.upload(self._kind, *file)
        return {} if token is None else {"token" if self._kind == "file" else "attachment_id": token}


async def _json_body(request: Request) -> Any:
    """The decoded JSON body. Raises ``ZaloError`` -201 for anything else, -210 where it is too big."""
    content = await _body(request, MAX_JSON_BYTES)
    if request.headers.get("content-type", "").split(";")[0].strip().lower() != "application/json":
        raise ZaloError(errors.INVALID_PARAMETER, "content type")
    try:
        body = json.loads(content)
        # A lone surrogate is valid JSON, but no text.
        json.dumps(body, ensure_ascii=False).encode()
    except (ValueError, RecursionError) as error:
        raise ZaloError(errors.INVALID_PARAMETER, "JSON") from error
    return body


async def _query(request: Request) -> Mapping[str, str]:
    return request.query_params


async def _uploaded_file(request: Request) -> tuple[str, bytes]:
    """Name and content of the field ``file``. Raises ``ZaloError`` -201 where there is none, -210 where the body is too big."""
    content = await _body(request, MAX_UPLOAD_BYTES)

    async def whole() -> AsyncGenerator[bytes]:
        yield content

    if not request.headers.get("content-type", "").startswith("multipart/form-data;"):
        raise ZaloError(errors.INVALID_PARAMETER, "content type")
    try:
        form = await MultiPartParser(request.headers, whole(), max_files=1, max_fields=10).parse()
    except (MultiPartException, KeyError) as error:
        raise ZaloError(errors.INVALID_PARAMETER, "multipart") from error
    try:
        file = form.get("file")
        if not isinstance(file, UploadFile):
            raise ZaloError(errors.INVALID_PARAMETER, "file")
        return file.filename or "", await file.read()
    finally:
        await form.close()


async def _body(request: Request, limit: int) -> bytes:
    """The body; too big a one is read to its end but not kept, so that the caller can read the answer."""
    chunks, size = [], 0
    async for chunk in request.stream():
        size += len(chunk)
        if size <= limit:
            chunks.append(chunk)
    if size > limit:
        raise ZaloError(errors.TOO_BIG, "body")
    return b"".join(chunks)


def _subject(body: Any) -> str | None:
    """Whom a call is about, for faults that are armed for one person."""
    if not isinstance(body, Mapping):
        return None
    recipient = body.get("recipient")
    inner = recipient.get("user_id") if isinstance(recipient, Mapping) else None
    found = inner or body.get("user_id") or body.get("phone")
    return found if isinstance(found, str) else None


class _Permission:
    """The consent page. Nobody is asked: the administrator agrees at once."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def answer(self, request: Request) -> Response:
        """Sends the browser back with ``code``, ``oa_id`` and ``state``; a misfit is told on the spot."""
        query = request.query_params
        redirect_uri = query.get("redirect_uri", "")
        try:
            code = self._account.tokens.consent(query.get("app_id", ""), redirect_uri, query.get("code_challenge"))
        except OAuthError as error:
            return JSONResponse(error.body(with_number=True), headers=SIMULATED)
        back = {"oa_id": self._account.credentials.oa_id, "code": code}
        if "state" in query:
            back["state"] = query["state"]
        separator = "&" if urlsplit(redirect_uri).query else "?"
        return RedirectResponse(f"{redirect_uri}{separator}{urlencode(back)}", 302, headers=SIMULATED)


class _AccessToken:
    """The token endpoint: form fields in, HTTP 200 out, whatever comes of it."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def answer(self, request: Request) -> Response:
        """The route."""
        try:
            content = await _body(request, MAX_JSON_BYTES)
        except ZaloError as error:
            return JSONResponse(error.body(), headers=SIMULATED)

        async def properly() -> Response:
            form_sent = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
            form = dict(parse_qsl(content.decode("utf-8", "replace"))) if form_sent else {}
            try:
                answer: dict[str, Any] = dict(self._account.tokens.exchange(request.headers.get("secret_key", ""), form))
            except OAuthError as error:
                answer = error.body(with_number=self._account.knobs.oauth_error_number)
            return JSONResponse(answer, headers=SIMULATED)

        return await answer_with_faults(self._account.faults, "v4/oa/access_token", None, properly)


class _Cdn:
    """Files behind expiring links. Anybody who has the link may fetch."""

    def __init__(self, account: Account) -> None:
        self._account = account

    async def answer(self, request: Request) -> Response:
        """The file; 403 for a link that ended, 404 for one that never was."""
        file = self._account.files.open_link(request.path_params["token"])

        async def properly() -> Response:
            if isinstance(file, str):
                return JSONResponse({"error": file}, 403 if file == "expired" else 404, headers=SIMULATED)
            return Response(file.content, media_type=file.content_type, headers=SIMULATED | {"X-Content-Type-Options": "nosniff"})

        return await answer_with_faults(self._account.faults, "cdn", None, properly)
