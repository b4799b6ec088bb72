"""The console as an ASGI app."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from alembic.util.exc import CommandError
from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.accounts.reveal import MayOpen
from bot.authoring.archives import MOST_BYTES as MOST_ZIPPED
from bot.conversations.clock import Clock, utc_now
from bot.labelling.listed_messages import MOST_BYTES as MOST_LISTED_BYTES
from bot.metrics.pulse import Pulse, beat_in_loop
from bot.officers.files import MAX_BYTES
from bot.officers.visibility import owning_officer
from bot.settings import Settings
from bot.storage.connections import ledger_of
from bot.storage.database import Database
from bot.storage.migrate import is_at_head
from console.access import Access, allow, check_declarations
from console.forgery import refuse_forgery
from console.headers import LimitedBodies, SafeResponses
from console.pages import page_routers
from console.pages.authoring_files import MOST_CHARACTERS
from console.problems import install_problem_answers
from console.services import With, make_services
from console.static_files import static_files, static_routes

_MAX_BODY_BYTES = 256 * 1024
_LARGER_BODIES = {
    re.compile(r"/conversations/[^/]+/files"): MAX_BYTES + _MAX_BODY_BYTES,
    re.compile(r"/labelling/lists"): MOST_LISTED_BYTES + _MAX_BODY_BYTES,
    re.compile(r"/training-data/import"): MOST_ZIPPED + _MAX_BODY_BYTES,
    # A letter with marks is sent as up to nine characters.
    re.compile(r"/training-data/file"): 9 * MOST_CHARACTERS,
    re.compile(r"/training-data/intents/[^/]+/(?:add|change)"): 1_500_000,
}


def create_app(
    settings: Settings,
    *,
    clock: Clock = utc_now,
    database: Database | None = None,
    may_open: MayOpen | None = None,
    pulse: Pulse | None = None,
) -> FastAPI:
    """The console. Connects to nothing yet, so that it starts while the database is away and says so on ``/health``.

    ``may_open``: the rule which account may read the private numbers of which conversation; by default the officer who owns it
    now. ``pulse`` beats with its event loop. Raises ``ValueError`` (its kinds name the setting) where a
    secret or an address is not usable, and ``UndeclaredRouteError`` for a route without a declaration.
    """
    ledger = database or ledger_of(settings)
    static = static_files()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(services.office.read_data)
        beating = asyncio.create_task(beat_in_loop(pulse or Pulse()), name="pulse")
        yield
        beating.cancel()
        with suppress(asyncio.CancelledError):
            await beating
        services.authoring.checker.close()
        ledger.engine.dispose()

    app = FastAPI(
        title="Một Cửa",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        dependencies=[Depends(refuse_forgery)],
    )
    services = app.state.services = make_services(settings, ledger, clock, may_open or owning_officer(clock), static)
    app.add_middleware(LimitedBodies, max_bytes=_MAX_BODY_BYTES, larger=_LARGER_BODIES)
    app.add_middleware(SafeResponses, https=services.address.base.startswith("https://"))
    install_problem_answers(app)
    app.add_api_route("/health", _health, methods=["GET"], dependencies=[allow(Access.PUBLIC)])
    app.include_router(static_routes(static))
    for router in page_routers():
        app.include_router(router)
    check_declarations(app)
    return app


def _health(services: With) -> JSONResponse:
    try:
        migrated = is_at_head(services.database.engine)
        database = True
    except (SQLAlchemyError, CommandError):
        migrated = database = False
    body = {"status": "ok" if migrated else "down", "database": database, "migrations_at_head": migrated}
    return JSONResponse(body, 200 if migrated else 503)
