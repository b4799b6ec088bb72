"""Reading a request's body with limits of size and time."""

import anyio
from fastapi import Request

from connectors.gateway.problems import Problem

_BODY_SECONDS = 10.0


async def limited_body(request: Request, max_bytes: int) -> bytes:
    """The body as it came. Raises ``Problem`` 413 as soon as it is seen to be too large and 408 where it is too slow."""
    declared = request.headers.get("content-length", "0")
    if declared.isdigit() and int(declared[:18]) > max_bytes:
        raise Problem(413, "body_too_large")
    body = bytearray()
    try:
        with anyio.fail_after(_BODY_SECONDS):
            async for chunk in request.stream():
                body += chunk
                if len(body) > max_bytes:
                    raise Problem(413, "body_too_large")
    except TimeoutError as error:
        raise Problem(408, "broken_request") from error
    return bytes(body)
