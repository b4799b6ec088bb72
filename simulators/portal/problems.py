"""Errors as RFC 9457 problem details. No answer repeats what was sent."""

from collections.abc import Mapping

from fastapi.responses import JSONResponse

from simulators.portal.contract import Problem

_TITLES: Mapping[int, tuple[str, str, str]] = {
    401: ("token-refused", "Token refused", "Send the portal's bearer token."),
    404: ("dossier-not-found", "Dossier not found", "No dossier fits this code and this factor."),
    413: ("body-too-large", "Body too large", "The body is over 16 KiB."),
    422: ("malformed-request", "Malformed request", "The body is not a LookupRequest in JSON."),
    429: ("too-many-attempts", "Too many attempts", "Wait before the next look-up."),
    503: ("unavailable", "Unavailable", "The portal is away."),
}


def problem(status: int, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """The contract's one answer for this status; an ``about:blank`` problem where the contract has none."""
    if status not in _TITLES:
        return not_served(status)
    name, title, detail = _TITLES[status]
    return _answer(Problem(type=f"urn:problem:{name}", title=title, status=status, detail=detail), headers)


def not_served(status: int) -> JSONResponse:
    """The answer outside the contract: an address that is not served must not look like the 404 of a look-up."""
    detail = "This address or method is not served."
    return _answer(Problem(type="about:blank", title=f"HTTP {status}", status=status, detail=detail), None)


def _answer(body: Problem, headers: Mapping[str, str] | None) -> JSONResponse:
    return JSONResponse(body.model_dump(), body.status, headers=dict(headers or {}), media_type="application/problem+json")
