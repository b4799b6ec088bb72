"""The console as an ASGI app."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from alembic.util.exc import CommandError
from fastapi import Depends, FastAPI
from fastapi.responses import JSONResponse
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.accounts.reveal import MayOpen
from bot.authoring.archives import MOST_BYTES as MOST_ZIPPED
from bot.conversations.clock import Clock, utc_now
from bot.officers.files import MAX_BYTES
from bot.officers.visibility import owning_officer
from bot.settings import Settings
from bot.storage.database import Database, open_database
from bot.storage.migrate import is_at_head
from console.access import Access, allow, check_declarations
from console.forgery import refuse_forgery
from console.headers import LimitedBodies, SafeResponses
from console.pages import page_routers
from console.pages.authoring_files import MOST_CHARACTERS
from console.problems import install_problem_answers
from console.services import make_services
from console.static_files import static_files, static_routes

_POOL_SIZE = 10
_MAX_BODY_BYTES = 256 * 1024
_LARGER_BODIES = {
    re.compile(r"/conversations/[^/]+/files"): MAX_BYTES + _MAX_BODY_BYTES,
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
) -> FastAPI:
    """The console. Connects to nothing yet, so that it starts while the database is away and says so on ``/health``.

    ``may_open``: the rule which account may read the private numbers of which conversation; by default the officer who owns it
    now. Raises ``ValueError`` (its kinds name the setting) where a
    secret or an address is not usable, and ``UndeclaredRouteError`` for a route without a declaration.
    """
    ledger = database or open_database(settings.database_url, pool_size=_POOL_SIZE)
    static = static_files()

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await run_in_threadpool(services.office.read_data)
        yield
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
    app.add_api_route("/health", lambda: _health(ledger), methods=["GET"], dependencies=[allow(Access.PUBLIC)])
    app.include_router(static_routes(static))
    for router in page_routers():
        app.include_router(router)
    check_declarations(app)
    return app


def _health(ledger: Database) -> JSONResponse:
    try:
        migrated = is_at_head(ledger.engine)
        database = True
    except (SQLAlchemyError, CommandError):
        migrated = database = False
    body = {"status": "ok" if migrated else "down", "database": database, "migrations_at_head": migrated}
    return JSONResponse(body, 200 if migrated else 503)
