"""``/viec-trong-doi``, ``/huong-dan`` and ``/kenh-chinh-thuc``: situations of life, illustrated guides, official channels."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.exc import SQLAlchemyError

from bot.catalogue.load import Catalogue
from bot.clock import VIETNAM_TIME
from bot.conversations.clock import Clock
from bot.guides.book import GuideBook, load_guides
from bot.guides.channels import dated_hotline, load_official_pages, official_channels
from bot.guides.counts import PAGE_CHANNEL, count_opening
from bot.guides.icons import event_icon
from bot.guides.kinds import PressKind
from bot.settings import Settings
from bot.storage.database import SessionFactory, writing
from connectors.gateway.rate_limit import RateLimiter
from connectors.gateway.sources import request_source
from connectors.public_pages.pages import PublicPages, language_of

logger = logging.getLogger(__name__)

EVENTS, GUIDES, CHANNELS = "/viec-trong-doi", "/huong-dan", "/kenh-chinh-thuc"
_DRAWING = {"Cache-Control": "public, max-age=3600"}


@dataclass(frozen=True)
class GuidePages:
    """What the pages show. ``catalogue``: the one in force at this moment."""

    pages: PublicPages
    book: GuideBook
    catalogue: Callable[[], Catalogue]
    settings: Settings
    sessions: SessionFactory
    clock: Clock
    limiter: RateLimiter

    def count(self, kind: PressKind, item: str, request: Request) -> None:
        """Counts an opening, at most as often as the limiter lets one address. A ledger that is away costs a count, no page."""
        if self.limiter.seconds_to_wait(request_source(request)):
            return
        try:
            with writing(self.sessions) as session:
                count_opening(session, kind, item, PAGE_CHANNEL, self.clock().astimezone(VIETNAM_TIME).date())
        except SQLAlchemyError as error:
            logger.warning("guides.not_counted", extra={"reason": type(error).__name__})

    def show(self, request: Request, template: str, *, status: int = 200, **values: Any) -> Response:
        """The page in the language that the address asks for."""
        language = language_of(request.query_params.get("lang"))
        return self.pages.show(template, status=status, language=language, path=request.url.path, **values)

    def missing(self, request: Request) -> Response:
        """404 with the ways on."""
        return self.show(request, "guide_missing.html", status=404)


def guide_pages(
    settings: Settings, catalogue: Callable[[], Catalogue], sessions: SessionFactory, clock: Clock, limiter: RateLimiter
) -> APIRouter:
    """The routes. Raises ``GuideFileError``, ``OfficialPagesError`` and ``ChannelLinksError`` where what they show is broken."""
    book = load_guides(settings.data_dir / "guides")
    shown = GuidePages(PublicPages(), book, catalogue, settings, sessions, clock, limiter)
    router = APIRouter()
    _event_routes(router, shown)
    _guide_routes(router, shown)
    channels, official = official_channels(settings), load_official_pages(settings.data_dir / "official_pages.yml")

    def show_channels(request: Request) -> Response:
        hotline, trial = dated_hotline(settings), settings.platform_simulators
        return shown.show(request, "channels.html", channels=channels, official=official, hotline=hotline, trial=trial)

    router.add_api_route(CHANNELS, show_channels, methods=["GET"], response_model=None)
    return router


def _event_routes(router: APIRouter, shown: GuidePages) -> None:
    def show_events(request: Request) -> Response:
        shown.count("menu", "life_events", request)
        return shown.show(request, "life_events.html", events=[one for one in shown.catalogue().life_events if one.notes])

    def show_event(request: Request, event: str) -> Response:
        catalogue = shown.catalogue()
        found = next((one for one in catalogue.life_events if one.id == event and one.notes), None)
        if found is None:
            return shown.missing(request)
        shown.count("event", found.id, request)
        steps = [(catalogue.procedures[code], found.notes[code]) for code in found.procedures if code in catalogue.procedures]
        return shown.show(request, "life_event.html", event=found, steps=steps)

    def show_icon(request: Request, name: str) -> Response:
        events = {f"{one.id}.svg": one for one in shown.catalogue().life_events}
        if name not in events:
            return shown.missing(request)
        return Response(event_icon(events[name].id, events[name].name), 200, _DRAWING, "image/svg+xml")

    router.add_api_route(EVENTS, show_events, methods=["GET"], response_model=None)
    router.add_api_route(EVENTS + "/anh/{name}", show_icon, methods=["GET"], response_model=None)
    router.add_api_route(EVENTS + "/{event}", show_event, methods=["GET"], response_model=None)


def _guide_routes(router: APIRouter, shown: GuidePages) -> None:
    pictures = shown.book.pictures()

    def show_guides(request: Request) -> Response:
        return shown.show(request, "guides.html", guides=list(shown.book.guides.values()))

    def show_guide(request: Request, guide: str) -> Response:
        found = shown.book.guides.get(guide)
        if found is None:
            return shown.missing(request)
        shown.count("guide", found.id, request)
        related = [shown.book.guides[one] for one in found.related]
        return shown.show(request, "guide.html", guide=found, related=related)

    def show_picture(request: Request, name: str) -> Response:
        if name not in pictures:
            return shown.missing(request)
        return Response(pictures[name], 200, _DRAWING, "image/svg+xml")

    router.add_api_route(GUIDES, show_guides, methods=["GET"], response_model=None)
    router.add_api_route(GUIDES + "/anh/{name}", show_picture, methods=["GET"], response_model=None)
    router.add_api_route(GUIDES + "/{guide}", show_guide, methods=["GET"], response_model=None)
