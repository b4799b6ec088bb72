"""``/c/<code>``: a campaign's short link. Counts that somebody pressed it (nothing of who) and leads to a page of ours."""

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from starlette.concurrency import run_in_threadpool

from bot.conversations.clock import Clock
from bot.outreach.campaigns.links import PATH, Landing, count_click, is_preview, landing_of, target_path
from bot.storage.database import SessionFactory, writing
from connectors.gateway.rate_limit import RateLimiter
from connectors.gateway.sources import slow_down
from connectors.public_pages.pages import PublicPages

MAX_CODE = 64
_HEADERS = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex, nofollow"}


def campaign_link_routes(sessions: SessionFactory, clock: Clock, limiter: RateLimiter) -> APIRouter:
    """The route. ``limiter``: tries per address, so that codes are not guessed in bulk."""
    router = APIRouter()
    pages = PublicPages()

    def follow(code: str, *, counts: bool) -> Landing | None:
        with sessions() as session:
            landing = landing_of(session, code)
        if landing is not None and counts:
            with writing(sessions) as session:
                count_click(session, landing, clock())
        return landing

    @router.api_route(PATH + "/{code}", methods=["GET", "HEAD"], include_in_schema=False)
    async def follow_link(code: str, request: Request) -> Response:
        slow_down(limiter, request)
        # Chat programs look at links by themselves, and so do scanners: neither is a person who pressed it.
        person = request.method == "GET" and not is_preview(request.headers.get("user-agent", ""))
        person = person and "prefetch" not in request.headers.get("sec-purpose", "").lower()
        landing = await run_in_threadpool(follow, code[: MAX_CODE + 1], counts=person)
        if landing is None:
            return pages.show("campaign_gone.html", status=404, headers=_HEADERS)
        return RedirectResponse(target_path(landing), 302, headers=_HEADERS)

    return router
