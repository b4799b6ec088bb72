"""A call of the Graph API, read from an HTTP request."""

import re
from dataclasses import dataclass
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.requests import Request
from starlette.types import Message

from simulators.messaging.orders import SentFile
from simulators.messenger.graph_errors import TOO_LARGE, GraphError, bad_parameter
from simulators.messenger.graph_parameters import Parameters, from_json, from_pairs

MAX_BODY_BYTES = 32 * 1024 * 1024
_PATH = re.compile(r"/(?:v\d+\.\d+/)?(?P<node>[A-Za-z0-9_]+)(?:/(?P<edge>[a-z_]+))?/?")


@dataclass(frozen=True)
class GraphCall:
    """``node`` is an id or ``me``; ``edge`` is empty where the node itself is meant. Any version in the path is taken."""

    verb: str
    node: str
    edge: str
    parameters: Parameters
    upload: SentFile | None
    token: str | None
    proof: str | None

    @property
    def own(self) -> Parameters:
        """The parameters without those that every call may carry."""
        common = ("access_token", "appsecret_proof", "appsecret_time", "pretty", "locale")
        return {name: value for name, value in self.parameters.items() if name not in common}

    @property
    def person(self) -> str | None:
        """The PSID that the call is about, as far as it is readable; for faults per user."""
        recipient = self.parameters.get("recipient")
        if isinstance(recipient, dict):
            recipient = recipient.get("id")
        return recipient if isinstance(recipient, str) else None

    @property
    def fault_method(self) -> str:
        """The name under which faults are armed: the edge; ``sender_action`` for typing and seen, ``node`` without an edge."""
        if self.edge == "messages" and "sender_action" in self.parameters:
            return "sender_action"
        return self.edge or "node"


async def read_call(request: Request) -> GraphCall:
    """The call. Raises ``GraphError`` for an unknown path, a body of an unknown kind, broken or too big."""
    path = _PATH.fullmatch(request.url.path)
    if path is None:
        raise GraphError(2500, f"Unknown path components: {request.url.path}")
    parameters = from_pairs(request.query_params.multi_items())
    from_body, upload = await _read_body(request)
    parameters |= from_body
    token = parameters.get("access_token") or _bearer(request)
    proof = parameters.get("appsecret_proof")
    if not isinstance(token, str | None) or not isinstance(proof, str | None):
        raise bad_parameter("access_token and appsecret_proof must be strings")
    return GraphCall(request.method, path["node"], path["edge"] or "", parameters, upload, token, proof)


def _bearer(request: Request) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() in ("bearer", "oauth") and token.strip() else None


async def _read_body(request: Request) -> tuple[Parameters, SentFile | None]:
    body = await _limited(request)
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if not body:
        return {}, None
    match kind:
        case "application/json":
            return from_json(body), None
        case "application/x-www-form-urlencoded":
            try:
                return from_pairs(parse_qsl(body.decode("utf-8"), keep_blank_values=True, max_num_fields=100)), None
            except ValueError as error:
                raise bad_parameter("The form body cannot be read") from error
        case "multipart/form-data":
            return await _read_multipart(request, body)
    raise bad_parameter(f"Unsupported content type {kind or '(none)'}")


async def _read_multipart(request: Request, body: bytes) -> tuple[Parameters, SentFile | None]:
    async def replay() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    try:
        async with Request(request.scope, replay).form(max_files=1, max_fields=100) as form:
            upload, pairs = None, []
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    if name != "filedata":
                        raise bad_parameter(f"Unexpected file {name}: the file is sent as filedata")
                    kind = value.content_type or "application/octet-stream"
                    upload = SentFile(value.filename or "file", kind, await value.read())
                else:
                    pairs.append((name, value))
    except (MultiPartException, HTTPException) as error:  # the second where the request knows its application
        raise bad_parameter("The multipart body cannot be read") from error
    return from_pairs(pairs), upload


async def _limited(request: Request) -> bytes:
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise bad_parameter("Attachment size exceeds allowable limit", TOO_LARGE)
    return bytes(body)
