"""``/files/<token>``: a file that an officer sent, by the link that the citizen got.

Chat programs open a link by themselves to show a preview: so a GET shows a page, and only its button fetches the file.
"""

import base64
import hashlib
from html import escape
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.conversations.clock import Clock
from bot.conversations.private_values import PrivateValues
from bot.officers.files import PATH, FileGoneError, download_offered, take_file
from bot.storage.database import SessionFactory, writing
from bot.texts import say
from connectors.gateway.rate_limit import RateLimiter
from connectors.gateway.sources import slow_down

MAX_TOKEN = 64
_STYLE = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:32rem;margin:2rem auto;padding:0 1rem;color:#1b1b1b;background:#fff;"
    "overflow-wrap:anywhere}h1{font-size:1.5rem}button{font:inherit;min-height:44px;padding:.5rem 1rem;background:#0b5a44;"
    "color:#fff;border:0;border-radius:.5rem}button:focus-visible{outline:3px solid #0b57d0;outline-offset:2px}"
)
_STYLE_HASH = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Robots-Tag": "noindex, nofollow",
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
}


def officer_file_routes(sessions: SessionFactory, private: PrivateValues, clock: Clock, limiter: RateLimiter) -> APIRouter:
    """The routes. ``limiter``: tries per address."""
    router = APIRouter()

    def look(token: str) -> HTMLResponse:
        try:
            with sessions() as session:
                offered = download_offered(session, token, clock())
        except FileGoneError:
            return HTMLResponse(_page(f"<p>{escape(say('file_page_gone'))}</p>"), 404, headers=_HEADERS)
        size = say("file_size", kilobytes=max(1, offered.size // 1024))
        words = f"<p><strong>{escape(say('file_page_offer', name=offered.name, size=size))}</strong></p>"
        words += f"<p>{escape(say('file_page_once'))}</p>"
        button = f'<form method="post"><button>{escape(say("file_page_button"))}</button></form>'
        return HTMLResponse(_page(words + button), headers=_HEADERS)

    def take(token: str) -> Response:
        try:
            with writing(sessions) as session:
                file = take_file(session, private, token, clock())
        except FileGoneError:
            return HTMLResponse(_page(f"<p>{escape(say('file_page_gone'))}</p>"), 404, headers=_HEADERS)
        attached = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
        return Response(file.content, 200, _HEADERS | attached, file.media_type)

    @router.get(PATH + "/{token}")
    async def show_officer_file(token: str, request: Request) -> Response:
        slow_down(limiter, request)
        return await run_in_threadpool(look, token[: MAX_TOKEN + 1])

    @router.post(PATH + "/{token}")
    async def take_officer_file(token: str, request: Request) -> Response:
        slow_down(limiter, request)
        return await run_in_threadpool(take, token[: MAX_TOKEN + 1])

    return router


def _page(body: str) -> str:
    title = escape(say("file_page_title"))
    head = (
        f'<meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{title}</title>'
        f"<style>{_STYLE}</style>"
    )
    return f'<!doctype html><html lang="vi"><head>{head}</head><body><main><h1>{title}</h1>{body}</main></body></html>'
