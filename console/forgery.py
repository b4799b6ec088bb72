"""Against forged requests (CSRF): whoever changes something knows a value drawn from a cookie that only our pages can read."""

import hashlib
import hmac

from fastapi import Request

from console.cookies import Cookies
from console.problems import Problem

FIELD = "csrf_token"
HEADER = "X-CSRF-Token"
_READING = ("GET", "HEAD", "OPTIONS")


def forgery_token(request: Request, cookies: Cookies) -> str:
    """The value for the forms of this answer. Makes a visitor's cookie where there is no cookie yet."""
    return _drawn_from(cookies.session_token(request) or cookies.visit_token(request) or cookies.new_visit(request))


async def refuse_forgery(request: Request) -> None:
    """Dependency of every route. Raises ``Problem`` 403 for a changing request without the right value, or from another site."""
    if request.method in _READING:
        return
    cookies: Cookies = request.app.state.services.cookies
    secret = cookies.session_token(request) or cookies.visit_token(request)
    sent = request.headers.get(HEADER) or await _field(request)
    from_elsewhere = request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none")
    if from_elsewhere or secret is None or not hmac.compare_digest(_drawn_from(secret).encode(), sent.encode()):
        raise Problem(403, "form_expired")


async def _field(request: Request) -> str:
    kind = request.headers.get("content-type", "").split(";")[0]
    if kind not in ("application/x-www-form-urlencoded", "multipart/form-data"):
        return ""
    value = (await request.form()).get(FIELD)
    return value if isinstance(value, str) else ""


def _drawn_from(secret: str) -> str:
    return hmac.new(secret.encode(), b"motcua console form", hashlib.sha256).hexdigest()
