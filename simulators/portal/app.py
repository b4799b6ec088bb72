"""The simulator's web application."""

import time
from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any

from fastapi import FastAPI, Header, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse
from starlette.exceptions import HTTPException

from simulators.portal.contract import Dossier, Health, LookupRequest, Problem
from simulators.portal.exchange import VIETNAM_TIME, public_view
from simulators.portal.faults import FaultOrder, Faults
from simulators.portal.guard import Guard
from simulators.portal.limits import SlidingWindow
from simulators.portal.page import examples_page
from simulators.portal.problems import not_served, problem
from simulators.portal.store import DossierStore

LOOKUPS_PER_MINUTE = 20
WRONG_FACTORS = 5
WRONG_FACTOR_SECONDS = 15 * 60
_ERRORS = (401, 404, 413, 422, 429, 503)


def vietnam_now() -> datetime:
    """The time in Bắc Ninh."""
    return datetime.now(VIETNAM_TIME)


def create_app(
    store: DossierStore,
    token: str,
    now: Callable[[], datetime] = vietnam_now,
    clock: Callable[[], float] = time.monotonic,
) -> FastAPI:
    """The simulator over ``store``. ``token`` is the bearer token asked of callers; ``clock`` counts the limits."""
    app = FastAPI(title="Dossier look-up of the one-stop portal", version="1.0.0", docs_url=None, redoc_url=None)
    faults = Faults(FaultOrder(mode="ok"))
    lookups = SlidingWindow(LOOKUPS_PER_MINUTE, 60, clock)
    wrong_factors = SlidingWindow(WRONG_FACTORS, WRONG_FACTOR_SECONDS, clock)
    app.add_middleware(Guard, token=token, faults=faults)
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(HTTPException, _http_error)
    _serve_lookup(app, store, lookups, wrong_factors, now)
    _serve_control(app, store, faults, (lookups, wrong_factors))
    _describe_errors(app)
    return app


def _serve_lookup(
    app: FastAPI, store: DossierStore, lookups: SlidingWindow, wrong_factors: SlidingWindow, now: Callable[[], datetime]
) -> None:
    @app.get("/health", response_model=Health)
    def health() -> Health:
        return Health(status="ok", dossiers=store.count())

    errors: dict[int | str, dict[str, Any]] = {status: {"model": Problem} for status in _ERRORS}

    @app.post("/v1/dossiers/lookup", operation_id="lookup_dossier", response_model=Dossier, responses=errors)
    async def lookup_dossier(
        pair: LookupRequest,
        request: Request,
        client_reference: Annotated[str | None, Header(max_length=64)] = None,
    ) -> Response:
        person = client_reference or (request.client.host if request.client else "")
        wait = max(lookups.wait_for(person), wrong_factors.wait_for(pair.dossier_code))
        if wait:
            return problem(429, {"Retry-After": str(wait)})
        lookups.note(person)
        record = store.find(pair.dossier_code, pair.factor.value)
        if record is None:
            wrong_factors.note(pair.dossier_code)
            return problem(404)
        return JSONResponse(public_view(record, now()).model_dump())


def _serve_control(app: FastAPI, store: DossierStore, faults: Faults, limits: tuple[SlidingWindow, ...]) -> None:
    @app.get("/", include_in_schema=False)
    def page() -> HTMLResponse:
        return HTMLResponse(examples_page(store.examples()))

    @app.get("/_control/examples", include_in_schema=False)
    def examples() -> list[dict[str, str]]:
        return store.examples()

    @app.get("/_control/faults", include_in_schema=False)
    def show_faults() -> FaultOrder:
        return faults.order

    @app.post("/_control/faults", include_in_schema=False)
    def order_faults(order: FaultOrder) -> FaultOrder:
        faults.order = order
        return order

    @app.post("/_control/reset", include_in_schema=False)
    def reset() -> FaultOrder:
        """Behave again, and forget all counted attempts."""
        faults.order = FaultOrder(mode="ok")
        for limit in limits:
            limit.clear()
        return faults.order


async def _malformed(_request: Request, _error: Exception) -> Response:
    return problem(422)


async def _http_error(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    # A body that cannot be parsed at all (wrong encoding, endless nesting) is raised as a 400 by FastAPI.
    return problem(422) if status == 400 else not_served(status)


def _describe_errors(app: FastAPI) -> None:
    """Writes into the served OpenAPI file what FastAPI cannot know: problem bodies, Retry-After, the bearer token."""
    plain = app.openapi

    def described() -> dict[str, Any]:
        if app.openapi_schema is None:
            schema = plain()
            schema["components"]["securitySchemes"] = {"bearer": {"type": "http", "scheme": "bearer"}}
            operation = schema["paths"]["/v1/dossiers/lookup"]["post"]
            operation["security"] = [{"bearer": []}]
            for status in _ERRORS:
                response = operation["responses"][str(status)]
                response["content"] = {"application/problem+json": response["content"]["application/json"]}
            operation["responses"]["429"]["headers"] = {"Retry-After": {"schema": {"type": "integer"}}}
            app.openapi_schema = schema
        return app.openapi_schema

    app.openapi = described  # type: ignore[method-assign]  # FastAPI's documented way to extend the schema
