"""Serves the phone page and its two files; the page itself speaks to the control plane."""

from pathlib import Path

from fastapi import APIRouter
from starlette.responses import FileResponse

_HERE = Path(__file__).parent
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self' 'unsafe-inline'; script-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "no-store",
}


def phone_routes() -> APIRouter:
    """``/``, ``/phone.css`` and ``/phone.js``."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    def page() -> FileResponse:
        return FileResponse(_HERE / "phone.html", headers=_HEADERS)

    @router.get("/phone.css")
    def style() -> FileResponse:
        return FileResponse(_HERE / "phone.css", headers=_HEADERS)

    @router.get("/phone.js")
    def script() -> FileResponse:
        return FileResponse(_HERE / "phone.js", headers=_HEADERS)

    return router
