"""Errors as RFC 9457 problem details. No answer repeats what was sent."""

from collections.abc import Mapping
from typing import Any

from fastapi.responses import JSONResponse

_PROBLEMS: Mapping[str, tuple[int, str]] = {
    "token-refused": (401, "Send a valid access token."),
    "proof-too-weak": (403, "This needs another kind of factor."),
    "code-refused": (403, "The one-time code does not open this challenge."),
    "dossier-not-found": (404, "No dossier fits this code and this factor."),
    "procedure-not-found": (404, "There is no such procedure."),
    "draft-not-found": (404, "There is no such draft."),
    "check-not-found": (404, "There is no such identity check."),
    "procedure-not-online": (409, "The procedure cannot be submitted online."),
    "draft-closed": (409, "The draft has been submitted or has expired."),
    "draft-incomplete": (409, "Papers are missing."),
    "nothing-to-pay": (409, "Nothing is due."),
    "not-withdrawable": (409, "The dossier has ended."),
    "no-open-supplement": (409, "No supplement is asked for."),
    "cursor-expired": (410, "Changes are not kept that far back."),
    "body-too-large": (413, "The body is too large."),
    "malformed-request": (422, "The request is not as the contract describes it."),
    "idempotency-key-reused": (422, "This key was used for another request."),
    "values-refused": (422, "Some values are not accepted."),
    "file-refused": (422, "The file is not of an accepted type, or not what it says."),
    "paper-unknown": (422, "The draft has no such paper to be uploaded."),
    "too-many-attempts": (429, "Wait before the next try."),
    "unavailable": (503, "The portal is away."),
}


def problem(name: str, headers: Mapping[str, str] | None = None, **more: Any) -> JSONResponse:
    """The contract's one answer of this name; ``more`` are its further members."""
    status, detail = _PROBLEMS[name]
    title = name.replace("-", " ").capitalize()
    return _answer({"type": f"urn:problem:{name}", "title": title, "status": status, "detail": detail, **more}, headers)


def not_served(status: int) -> JSONResponse:
    """The answer outside the contract: an address that is not served must not look like the 404 of a look-up."""
    detail = "This address or method is not served."
    return _answer({"type": "about:blank", "title": f"HTTP {status}", "status": status, "detail": detail}, None)


def _answer(body: dict[str, Any], headers: Mapping[str, str] | None) -> JSONResponse:
    return JSONResponse(body, body["status"], headers=dict(headers or {}), media_type="application/problem+json")
