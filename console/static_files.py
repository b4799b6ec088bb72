"""The console's own scripts, styles and pictures: read once, addressed by their content, so that browsers may keep them."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Response

from console.access import Access, allow
from console.problems import Problem

STATIC = Path(__file__).parent / "static"
_KINDS = {".js": "text/javascript; charset=utf-8", ".css": "text/css; charset=utf-8", ".svg": "image/svg+xml"}
_KEPT = "public, max-age=31536000, immutable"


@dataclass(frozen=True)
class StaticFile:
    """One file and the address under which its present content stands."""

    address: str
    kind: str
    content: bytes


def static_files(folder: Path = STATIC) -> dict[str, StaticFile]:
    """Every file of the folder that a browser may load, by name."""
    found = {}
    for path in sorted(folder.iterdir()):
        if path.suffix in _KINDS:
            content = path.read_bytes()
            version = hashlib.sha256(content).hexdigest()[:12]
            found[path.name] = StaticFile(f"/static/{path.name}?v={version}", _KINDS[path.suffix], content)
    return found


def static_routes(files: Mapping[str, StaticFile]) -> APIRouter:
    """``/static/<name>``."""
    router = APIRouter()

    def send(name: str) -> Response:
        file = files.get(name)
        if file is None:
            raise Problem(404, "page_not_found")
        return Response(file.content, media_type=file.kind, headers={"Cache-Control": _KEPT})

    router.add_api_route("/static/{name}", send, methods=["GET"], dependencies=[allow(Access.PUBLIC)])
    return router
