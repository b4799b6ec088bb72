"""The page, the widget and their files, with the headers that keep them ours."""

import re
from pathlib import Path

from fastapi import APIRouter, FastAPI
from fastapi.responses import FileResponse
from starlette.staticfiles import StaticFiles

STATIC = Path(__file__).parent / "static"
_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")


class EmbedOriginError(ValueError):
    """ALLOWED_EMBED_ORIGINS names something that is no origin."""


def embed_origins(setting: str) -> tuple[str, ...]:
    """The sites that may embed the widget. Raises ``EmbedOriginError``, so that a slip cannot open the page to everyone."""
    origins = tuple(origin.strip().lower().rstrip("/") for origin in setting.split(",") if origin.strip())
    for origin in origins:
        if not _ORIGIN.fullmatch(origin):
            raise EmbedOriginError(f"ALLOWED_EMBED_ORIGINS: {origin!r} is not of the form https://host or https://host:port")
    return origins


def content_policy(frame_ancestors: tuple[str, ...]) -> str:
    """The page's Content-Security-Policy: everything from here alone, shown in frames of ours and of the named sites."""
    ancestors = " ".join(("'self'", *frame_ancestors))
    return (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
        "frame-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; "
        f"frame-ancestors {ancestors}"
    )


def page_routes(allowed_origins: tuple[str, ...], folder: Path = STATIC) -> APIRouter:
    """``/``, ``/widget`` (the frame) and ``/widget.js``."""
    router = APIRouter(include_in_schema=False)

    def page() -> FileResponse:
        headers = {"Content-Security-Policy": content_policy(allowed_origins)}
        return FileResponse(folder / "index.html", headers=headers)

    def frame() -> FileResponse:
        headers = {"Content-Security-Policy": content_policy(allowed_origins)}
        return FileResponse(folder / "frame.html", headers=headers)

    def launcher() -> FileResponse:
        # Other sites load this one script.
        return FileResponse(folder / "widget.js", headers={"Cross-Origin-Resource-Policy": "cross-origin"})

    for path, endpoint in (("/", page), ("/widget", frame), ("/widget.js", launcher)):
        router.add_api_route(path, endpoint, methods=["GET", "HEAD"], response_model=None)
    return router


def mount_static(app: FastAPI, folder: Path = STATIC) -> None:
    """``/static/*``."""
    app.mount("/static", StaticFiles(directory=folder), name="static")
