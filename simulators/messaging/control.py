"""The control plane of a simulator: ``/_sim/…`` on a port of its own."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.middleware.trustedhost import TrustedHostMiddleware

from simulators.messaging.faults import FaultOrder
from simulators.messaging.orders import (
    ActOrder,
    ClockOrder,
    NewUser,
    OfficerOrder,
    RawPost,
    ReleaseOrder,
    SecretOrder,
    SentFile,
)
from simulators.messaging.phone.routes import phone_routes
from simulators.messaging.platform import ActRefused, SimulatedPlatform, UnknownAct, UnknownUser

_DELIVERIES_SHOWN = 200


def control_app(sim: SimulatedPlatform) -> FastAPI:
    """The application of the control port: control plane, phone page and health; it answers to loopback names only."""
    app = FastAPI(title=f"{sim.title} (simulated): control", docs_url=None, redoc_url=None)
    # A page on the web that makes its own name point to loopback must not reach the control plane.
    app.add_middleware(TrustedHostMiddleware, allowed_hosts=["127.0.0.1", "localhost"])
    app.include_router(control_routes(sim))
    app.include_router(phone_routes())
    for error, status in ((UnknownUser, 404), (UnknownAct, 404), (ActRefused, 409)):
        app.add_exception_handler(error, _told(status))
    app.add_exception_handler(RequestValidationError, _malformed)
    app.add_exception_handler(ValidationError, _malformed)
    app.add_exception_handler(HTTPException, _not_served)

    @app.get("/health")
    async def health() -> dict[str, Any]:
        return simulated({"status": "ok"})

    return app


def simulated(answer: Mapping[str, Any]) -> dict[str, Any]:
    """The answer with the mark that every object of a simulator carries."""
    return {"simulated": True, **answer}


def control_routes(sim: SimulatedPlatform) -> APIRouter:
    """All routes under ``/_sim``. Every answer is a JSON object that carries ``"simulated": true``.

    All run on the event loop: a platform's state is not made for threads.
    """
    router = APIRouter(prefix="/_sim")
    _serve_state(router, sim)
    _serve_clock_and_faults(router, sim)
    _serve_deliveries(router, sim)
    _serve_users(router, sim)
    return router


def _serve_state(router: APIRouter, sim: SimulatedPlatform) -> None:
    @router.get("/platform")
    async def platform() -> dict[str, Any]:
        about = {"name": sim.name, "title": sim.title, "colour": sim.colour, "acts": sorted(sim.acts)}
        return simulated(about | {"now": sim.clock.now().isoformat(), "facts": sim.facts()})

    @router.post("/reset")
    async def reset() -> dict[str, Any]:
        await sim.reset()
        return simulated({"reset": True})

    @router.post("/rotate_secret")
    async def rotate_secret(order: SecretOrder | None = None) -> dict[str, Any]:
        return simulated(await sim.rotate_secret(order or SecretOrder()))


def _serve_clock_and_faults(router: APIRouter, sim: SimulatedPlatform) -> None:
    def time_shown() -> dict[str, Any]:
        return simulated({"now": sim.clock.now().isoformat()})

    @router.get("/clock")
    async def show_clock() -> dict[str, Any]:
        return time_shown()

    @router.post("/clock")
    async def move_clock(order: ClockOrder) -> dict[str, Any]:
        if order.now is not None:
            sim.clock.set(order.now)
        elif order.advance is not None:
            sim.clock.advance(order.advance)
        return time_shown()

    def faults_shown() -> dict[str, Any]:
        return simulated({"faults": sim.faults.listing()})

    @router.get("/faults")
    async def show_faults() -> dict[str, Any]:
        return faults_shown()

    @router.post("/faults")
    async def arm_fault(order: FaultOrder) -> dict[str, Any]:
        sim.faults.arm(order)
        return faults_shown()

    @router.delete("/faults")
    async def disarm_faults() -> dict[str, Any]:
        sim.faults.clear()
        return faults_shown()


def _serve_deliveries(router: APIRouter, sim: SimulatedPlatform) -> None:
    @router.get("/deliveries")
    async def deliveries(user: str | None = None) -> dict[str, Any]:
        """The latest first attempts and retries, oldest first."""
        chosen = [d for d in sim.deliveries.log if user in (None, d.user)][-_DELIVERIES_SHOWN:]
        return simulated({"holding": sim.deliveries.holding, "deliveries": [delivery.as_json() for delivery in chosen]})

    @router.post("/hold")
    async def hold() -> dict[str, Any]:
        await sim.deliveries.hold()
        return simulated({"holding": True})

    @router.post("/release")
    async def release(order: ReleaseOrder | None = None) -> dict[str, Any]:
        posted = await sim.deliveries.release(order.reversed if order else False)
        return simulated({"holding": False, "posted": [delivery.id for delivery in posted]})

    @router.post("/raw")
    async def raw(order: RawPost) -> dict[str, Any]:
        return simulated(await sim.post_raw(order))


def _serve_users(router: APIRouter, sim: SimulatedPlatform) -> None:
    @router.get("/users")
    async def users() -> dict[str, Any]:
        return simulated({"users": [user.model_dump(mode="json") for user in sim.users()]})

    @router.post("/users", status_code=201)
    async def make_user(order: NewUser) -> dict[str, Any]:
        return simulated(sim.make_user(order).model_dump(mode="json"))

    @router.get("/users/{user}/transcript")
    async def transcript(user: str, after_revision: int = -1) -> dict[str, Any]:
        """``messages`` is null while the screen has not changed since ``after_revision``."""
        if user not in {known.id for known in sim.users()}:
            raise UnknownUser(f"no simulated user {user!r}")
        revision = sim.transcripts.revision(user)
        messages = None if revision == after_revision else [message.as_json() for message in sim.transcripts.of(user)]
        return simulated({"user": user, "revision": revision, "messages": messages})

    @router.post("/users/{user}/{act}")
    async def act(user: str, act: str, request: Request) -> dict[str, Any]:
        if act not in sim.acts:
            raise UnknownAct(f"{sim.title} has no act {act!r}; it has: {', '.join(sorted(sim.acts))}")
        order, file = await _read_act(request)
        return simulated(await sim.act(user, act, order, file))

    @router.post("/officer")
    async def officer(order: OfficerOrder) -> dict[str, Any]:
        return simulated(await sim.officer_says(order))


async def _read_act(request: Request) -> tuple[ActOrder, SentFile | None]:
    """The order and its file: JSON (or nothing), or multipart with ``file``, the order's fields, and ``delivery`` as JSON."""
    if not request.headers.get("content-type", "").startswith("multipart/form-data"):
        return ActOrder.model_validate_json(await request.body() or b"{}"), None
    async with request.form() as form:
        upload = form.get("file")
        if not isinstance(upload, UploadFile):
            raise ActRefused("the form has no file")
        file = SentFile(upload.filename or "file", upload.content_type or "application/octet-stream", await upload.read())
        fields: dict[str, Any] = {key: value for key, value in form.items() if key != "file"}
    for name in ("delivery", "extra"):
        if name in fields:
            try:
                fields[name] = json.loads(fields[name])
            except json.JSONDecodeError as error:
                raise ActRefused(f"{name} is not JSON") from error
    return ActOrder.model_validate(fields), file


def _told(status: int) -> Any:
    async def tell(_request: Request, error: Exception) -> Response:
        return JSONResponse(simulated({"error": str(error)}), status)

    return tell


async def _malformed(_request: Request, error: Exception) -> Response:
    faults = error.errors() if isinstance(error, RequestValidationError | ValidationError) else []
    told = [{"where": list(fault["loc"]), "fault": fault["msg"]} for fault in faults]
    return JSONResponse(simulated({"error": "malformed order", "details": told}), 422)


async def _not_served(_request: Request, error: Exception) -> Response:
    status = error.status_code if isinstance(error, HTTPException) else 500
    return JSONResponse(simulated({"error": f"HTTP {status}: {getattr(error, 'detail', '')}"}), status)
