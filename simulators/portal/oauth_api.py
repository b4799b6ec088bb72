"""The token endpoint: client credentials, by HTTP Basic or in the form (RFC 6749, sections 2.3.1 and 4.4)."""

import base64
import binascii
import secrets
from urllib.parse import parse_qs, unquote_plus

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse

from simulators.portal.world import PortalWorld


def oauth_routes(world: PortalWorld) -> APIRouter:
    """``POST /oauth/token``."""
    router = APIRouter()

    @router.post("/oauth/token")
    async def token(request: Request) -> Response:
        form = parse_qs((await request.body()).decode("utf-8", "replace"))
        one = {name: values[0] for name, values in form.items()}
        if one.get("grant_type") != "client_credentials":
            return _error("unsupported_grant_type" if "grant_type" in one else "invalid_request", 400)
        sent = _basic(request.headers.get("Authorization", "")) or (one.get("client_id", ""), one.get("client_secret", ""))
        right = (world.accounts.client_id, world.accounts.client_secret)
        if not secrets.compare_digest("\0".join(sent).encode("utf-8", "replace"), "\0".join(right).encode()):
            return _error("invalid_client", 401)
        access, _ = world.access.issue(sent[0])
        life = int(world.access.life.total_seconds())
        body = {"access_token": access, "token_type": "Bearer", "expires_in": life}
        return JSONResponse(body, headers={"Cache-Control": "no-store"})

    return router


def _basic(header: str) -> tuple[str, str] | None:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        user, _, password = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, ValueError):
        return ("", "")
    return unquote_plus(user), unquote_plus(password)


def _error(code: str, status: int) -> JSONResponse:
    headers = {"WWW-Authenticate": "Basic"} if status == 401 else {}
    return JSONResponse({"error": code}, status, headers=headers)
