"""The gateway as an ASGI app."""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from fastapi import APIRouter, FastAPI
from fastapi.responses import JSONResponse

from bot.conversations.clock import Clock, utc_now
from bot.conversations.intake import Intake
from bot.conversations.private_values import PrivateValues
from bot.dossiers.receipts import Receipts
from bot.metrics.pulse import Pulse, beat_in_loop
from bot.outreach.rules import notice_rules
from bot.portal.assembly import portal_webhooks
from bot.secret_lists import listed_secrets
from bot.settings import Settings
from bot.storage.connections import ledger_of
from bot.storage.database import Database
from bot.switches.watch import SwitchWatch
from bot.training.routes import RouteWatch
from connectors.gateway import rate_limit
from connectors.gateway.campaign_links import campaign_link_routes
from connectors.gateway.channels import platform_intake, platform_routes
from connectors.gateway.direct_posts import DirectPost, DirectPosts, direct_posts
from connectors.gateway.headers import SafeResponses
from connectors.gateway.health import HealthCheck
from connectors.gateway.my_data import my_data_routes
from connectors.gateway.officer_files import officer_file_routes
from connectors.gateway.portal_webhook import PortalEvents, portal_routes
from connectors.gateway.problems import install_problem_answers
from connectors.gateway.rate_limit import RateLimiter
from connectors.gateway.routed_engine import live_processes, slot_processes
from connectors.gateway.security_contact import security_contact_routes
from connectors.gateway.sources import LimitedSources
from connectors.gateway.turn_rules import greeting
from connectors.gateway.webhooks import WebhookDoor
from connectors.public_pages.pages import mount_public_files
from connectors.public_pages.routers import public_routers
from connectors.webchat.addresses import AddressHashes
from connectors.webchat.campaigns import CampaignBanners
from connectors.webchat.chat import WebChat
from connectors.webchat.notices import notice_routes
from connectors.webchat.pages import embed_origins, mount_static, page_routes
from connectors.webchat.routes import ChatDoor, Limits, chat_routes, state_reader
from connectors.webchat.session_tokens import SessionTokens
from connectors.webchat.watcher import TranscriptWatcher

logger = logging.getLogger(__name__)


def create_app(
    settings: Settings, *, clock: Clock = utc_now, database: Database | None = None, pulse: Pulse | None = None
) -> FastAPI:
    """The gateway. Connects to nothing yet, so that it starts while the database is away and says so on ``/health``.

    ``pulse`` beats with its event loop. Raises ``ValueError`` (its kinds name the setting) where a secret, the database's address
    or an origin is not usable.
    """
    ledger = database or ledger_of(settings)
    private_values = PrivateValues(ledger.sessions, settings.ledger_key.get_secret_value(), clock)
    tokens = SessionTokens(settings.web_session_secret.get_secret_value())
    chat = WebChat(ledger.sessions, Intake(ledger.sessions, private_values, clock), tokens, clock)
    watcher = TranscriptWatcher(state_reader(chat))
    engines, route = slot_processes(settings), RouteWatch(ledger.sessions)
    watching: list[asyncio.Task[None]] = []

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        watching[:] = [asyncio.create_task(watcher.run(), name="transcript-watcher")]
        beating = asyncio.create_task(beat_in_loop(pulse or Pulse()), name="pulse")
        yield
        for task in (watching[0], beating):
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        for slot in engines.values():
            slot.close()
        ledger.engine.dispose()

    app = FastAPI(title="Một Cửa", docs_url=None, redoc_url=None, openapi_url=None, lifespan=lifespan)
    posts: dict[str, DirectPost] = {}
    app.add_middleware(DirectPosts, posts=posts, handlers=app.exception_handlers)
    app.add_middleware(LimitedSources)
    app.add_middleware(SafeResponses, https=(settings.public_url or "").startswith("https://"))
    install_problem_answers(app)
    health = HealthCheck(
        ledger, lambda: live_processes(engines, route()), lambda: bool(watching) and not watching[0].done(), clock
    )

    @app.get("/health")
    def show_health() -> JSONResponse:
        found = health.look()
        return JSONResponse(found.to_json(), 200 if found.ok else 503, {"Cache-Control": "no-store"})

    addresses = AddressHashes(listed_secrets(settings.web_session_secret.get_secret_value())[0])
    app.include_router(chat_routes(ChatDoor(chat, watcher, _limits(), greeting, clock, addresses)))
    switches = SwitchWatch(ledger.sessions, clock)
    app.include_router(notice_routes(switches, CampaignBanners(ledger.sessions, clock)))
    door = WebhookDoor(
        platform_intake(settings, ledger.sessions, private_values, clock).take_in,
        one_writer=ledger.engine.dialect.name == "sqlite",
    )
    for router in platform_routes(settings, door):
        app.include_router(router)
        posts |= direct_posts(router)
    links = RateLimiter(rate_limit.PER_ADDRESS)
    app.include_router(my_data_routes(ledger.sessions, settings.ledger_key.get_secret_value(), clock, links))
    app.include_router(officer_file_routes(ledger.sessions, private_values, clock, links))
    app.include_router(campaign_link_routes(ledger.sessions, clock, links))
    for router in _portal_routes(settings, ledger, private_values, clock):
        app.include_router(router)
    for router in public_routers(settings, ledger.sessions, switches, clock, links):
        app.include_router(router)
    app.include_router(security_contact_routes(settings, clock))
    app.include_router(page_routes(embed_origins(settings.allowed_embed_origins)))
    mount_static(app)
    mount_public_files(app)
    return app


def _portal_routes(settings: Settings, ledger: Database, private_values: PrivateValues, clock: Clock) -> list[APIRouter]:
    """The portal's webhook, where the secret that signs it is set."""
    if settings.portal_webhook_secret is None or not settings.portal_webhook_secret.get_secret_value():
        logger.warning("portal.webhook_off", extra={"reason": "PORTAL_WEBHOOK_SECRET is not set"})
        return []
    events = PortalEvents(ledger.sessions, notice_rules(settings), Receipts(private_values).take_in_draft, clock)
    return [portal_routes(portal_webhooks(settings), events.take_in)]


def _limits() -> Limits:
    return Limits(
        per_conversation=RateLimiter(rate_limit.PER_CONVERSATION),
        per_address=RateLimiter(rate_limit.PER_ADDRESS),
        new_sessions=RateLimiter(rate_limit.NEW_SESSIONS_PER_ADDRESS),
        reads=RateLimiter(rate_limit.READS_PER_CONVERSATION),
    )
