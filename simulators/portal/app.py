"""The simulator's web application: our contract, the LGSP's services, the portal's pages and the control plane."""

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import datetime

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException

from simulators.messaging.clock import SimClock
from simulators.portal.accounts import Accounts
from simulators.portal.contract import Health
from simulators.portal.control_api import control_routes
from simulators.portal.dossier_api import dossier_routes
from simulators.portal.draft_api import draft_routes
from simulators.portal.exchange import VIETNAM_TIME
from simulators.portal.guard import Guard
from simulators.portal.lgsp_api import lgsp_routes
from simulators.portal.oauth_api import oauth_routes
from simulators.portal.problems import not_served, problem
from simulators.portal.register_api import register_routes
from simulators.portal.signed_in_pages import page_routes
from simulators.portal.store import DossierStore
from simulators.portal.surveys import survey_routes
from simulators.portal.tokens import random_token
from simulators.portal.world import PortalWorld


def vietnam_now() -> datetime:
    """The time in Bắc Ninh."""
    return datetime.now(VIETNAM_TIME)


def create_app(
    store: DossierStore,
    accounts: Accounts,
    clock: SimClock | None = None,
    *,
    webhook_url: str | None = None,
    dossiers_a_day: int = 0,
    monotonic: Callable[[], float] = time.monotonic,
    new_token: Callable[[], str] = random_token,
) -> FastAPI:
    """The simulator over ``store``. ``clock`` is simulated time, ``monotonic`` counts the limits, ``new_token`` makes access
    tokens; events go to ``webhook_url`` where there is one. ``dossiers_a_day``: how many the made-up year of the list holds."""
    world = PortalWorld(
        store,
        accounts,
        clock or SimClock(),
        webhook_url=webhook_url,
        dossiers_a_day=dossiers_a_day,
        monotonic=monotonic,
        new_token=new_token,
    )

    @asynccontextmanager
    async def living(_app: FastAPI) -> AsyncIterator[None]:
        yield
        await world.stop()

    app = FastAPI(title="One-stop portal", version="2.0.0", docs_url=None, redoc_url=None, lifespan=living)
    app.add_middleware(Guard, access=world.access, sessions=world.sessions, faults=world.faults)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http_error)

    @app.get("/health", response_model=Health)
    async def health() -> Health:
        return Health(status="ok", dossiers=store.count())

    for routes in (oauth_routes, dossier_routes, register_routes, draft_routes, page_routes, control_routes, survey_routes):
        app.include_router(routes(world))
    app.include_router(lgsp_routes(world), include_in_schema=False)
    return app


async def _malformed(_request: Request, _error: Exception) -> Response:
    return problem("malformed-request")


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    # A body that cannot be parsed at all (wrong encoding, endless nesting) is raised as a 400 by FastAPI.
    return problem("malformed-request") if status == 400 else not_served(status)
