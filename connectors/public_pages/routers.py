"""All public pages in one list, over one reading of the catalogue. A new page is added here and in ``pages.NAVIGATION``."""

from collections.abc import Sequence

from fastapi import APIRouter

from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.conversations.clock import Clock
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.switches.watch import SwitchWatch
from connectors.gateway import rate_limit
from connectors.gateway.rate_limit import RateLimiter
from connectors.public_pages.cards import PRINTS, CardDoor, card_routes
from connectors.public_pages.guides import guide_pages
from connectors.public_pages.open_data import DOWNLOADS, open_data_routes
from connectors.public_pages.pages import PublicPages
from connectors.public_pages.paused_filing import paused_filing_routes
from connectors.public_pages.service_state import StateReader, state_routes
from connectors.public_pages.surveys import survey_routes
from connectors.public_pages.usage import usage_routes


def public_routers(
    settings: Settings, sessions: SessionFactory, switches: SwitchWatch, clock: Clock, links: RateLimiter
) -> Sequence[APIRouter]:
    """The pages that anybody may read without a sign-in. ``links``: tries per address at secret links, and downloads."""
    base = (settings.public_url or f"http://127.0.0.1:{settings.gateway_port}").rstrip("/")
    cards = CardDoor(sessions, switches, PublicPages(), base, RateLimiter(PRINTS))
    reviewed = ReviewedNow(ReviewedSource.from_settings(settings), sessions)
    openings = RateLimiter(rate_limit.PAGE_OPENINGS)
    return (
        card_routes(cards),
        open_data_routes(cards, settings.open_data_licence, RateLimiter(DOWNLOADS)),
        guide_pages(settings, reviewed.catalogue, sessions, clock, openings),
        survey_routes(sessions, clock, links),
        usage_routes(settings, reviewed, sessions, clock, links),
        paused_filing_routes(reviewed, sessions, clock),
        state_routes(StateReader(sessions, clock), PublicPages()),
    )
