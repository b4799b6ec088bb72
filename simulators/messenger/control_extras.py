"""What the control plane of Messenger has beyond the common acts: webhook, knobs, token, routing, templates, batches."""

from typing import Any, Literal

from fastapi import APIRouter, FastAPI, Request, Response
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from simulators.messaging.control import control_app, simulated
from simulators.messaging.deliveries import DeliveryOptions
from simulators.messaging.orders import ActOrder
from simulators.messaging.platform import ActRefused, UnknownAct
from simulators.messenger import webhook_events as events
from simulators.messenger.conversation_routing import PAGE_INBOX
from simulators.messenger.graph_edges import tell_of_template
from simulators.messenger.graph_errors import GraphError
from simulators.messenger.knobs import Knobs
from simulators.messenger.platform import MessengerPlatform


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class WebhookOrder(_Order):
    """Registers ``url`` after the handshake and subscribes ``fields``."""

    url: str
    verify_token: str | None = None
    fields: list[str] = Field(default_factory=lambda: list(events.FIELDS))


class RoutingOrder(_Order):
    """``default_app``: an application id, ``ours``, ``inbox``, or None for a page without routing. ``apps``: other connected
    applications; ``may_take``: those of them that may take control."""

    default_app: str | None = None
    apps: list[str] = Field(default_factory=list)
    may_take: list[str] = Field(default_factory=list)


class ThreadOrder(_Order):
    """What another application (``app``: an id, or ``inbox``) does with a citizen's thread; ``target`` of a pass: ``ours``."""

    app: str = "inbox"
    target: str | None = None
    metadata: str | None = None


class TemplateOrder(_Order):
    """The result of a review."""

    status: Literal["APPROVED", "REJECTED", "PENDING"]
    reason: str = "NONE"


class BatchedAct(_Order):
    """One act of one citizen; files cannot be batched."""

    user: str
    act: str = "say"
    order: ActOrder = Field(default_factory=ActOrder)


class BatchOrder(_Order):
    """Several entries, each with several events, in one post."""

    entries: list[list[BatchedAct]] = Field(min_length=1)
    delivery: DeliveryOptions = Field(default_factory=DeliveryOptions)


def messenger_control_app(sim: MessengerPlatform) -> FastAPI:
    """The application of the control port."""
    app = control_app(sim)
    router = APIRouter(prefix="/_sim")
    _serve_page(router, sim)
    _serve_threads(router, sim)
    _serve_batches(router, sim)
    app.include_router(router)
    app.add_exception_handler(GraphError, _conflict)
    return app


async def _conflict(_request: Request, error: Exception) -> Response:
    return JSONResponse(simulated({"error": str(error)}), 409)


def _serve_page(router: APIRouter, sim: MessengerPlatform) -> None:
    @router.post("/webhook")
    async def register(order: WebhookOrder) -> dict[str, Any]:
        """The dashboard's "Verify and save", and the ticks beside the fields."""
        await sim.page.webhook.register(order.url, order.verify_token or sim.page.credentials.verify_token)
        sim.page.webhook.subscribe(order.fields)
        return simulated(sim.page.webhook.facts())

    @router.get("/webhook")
    def webhook() -> dict[str, Any]:
        return simulated(sim.page.webhook.facts())

    @router.get("/knobs")
    def knobs() -> dict[str, Any]:
        return simulated(sim.page.knobs.model_dump())

    @router.post("/knobs")
    async def turn(changes: dict[str, Any]) -> dict[str, Any]:
        sim.page.knobs = Knobs.model_validate(sim.page.knobs.model_dump() | changes)
        return simulated(sim.page.knobs.model_dump())

    @router.post("/tokens/expire")
    async def expire_token() -> dict[str, Any]:
        """The page token is dead until another is set with /_sim/rotate_secret."""
        sim.page.credentials.token_expired = True
        return simulated({"token_expired": True})

    @router.post("/templates/{name}/review")
    async def review(name: str, order: TemplateOrder) -> dict[str, Any]:
        template = sim.page.templates.named(name)
        if template is None:
            raise ActRefused(f"there is no template {name}")
        template.status, template.reason = order.status, order.reason
        await tell_of_template(sim, name)
        return simulated(template.as_json())


def _serve_threads(router: APIRouter, sim: MessengerPlatform) -> None:
    page = sim.page

    def app_id(name: str | None) -> str | None:
        return {"ours": page.credentials.app_id, "inbox": PAGE_INBOX}.get(name or "", name)

    @router.post("/routing")
    async def route(order: RoutingOrder) -> dict[str, Any]:
        page.routing.apps |= set(order.apps)
        page.routing.may_take |= {app_id(app) or "" for app in order.may_take}
        default = app_id(order.default_app)
        if default is not None and default not in page.routing.apps:
            raise ActRefused(f"{default} is not an application of this page")
        page.routing.default_app = default
        return simulated({"default_app": default, "apps": sorted(page.routing.apps)})

    @router.get("/threads/{user}")
    def thread(user: str) -> dict[str, Any]:
        person, now = page.people.get(user), page.seconds()
        told = {"owner": page.routing.owner(person.id, now), "expires_at": page.routing.expires_at(person.id, now)}
        return simulated(told | {"our_app_in_standby": page.in_standby(person)})

    @router.post("/threads/{user}/{what}")
    async def other_app(user: str, what: str, order: ThreadOrder) -> dict[str, Any]:
        person, now, app = page.people.get(user), page.seconds(), app_id(order.app) or ""
        before = len(sim.deliveries.log)
        match what:
            case "take":
                handovers = page.routing.take_control(app, person.id, order.metadata, now)
            case "pass":
                handovers = page.routing.pass_control(app, person.id, app_id(order.target), order.metadata, now)
            case "request":
                handovers = page.routing.request_control(app, person.id, order.metadata, now)
            case "release":
                page.routing.release_control(app, person.id, now)
                handovers = []
            case _:
                raise UnknownAct("a thread can be taken, passed, requested or released: take, pass, request, release")
        await page.tell_handovers(person, handovers)
        return simulated({"deliveries": [delivery.id for delivery in sim.deliveries.log[before:]]})


def _serve_batches(router: APIRouter, sim: MessengerPlatform) -> None:
    @router.post("/batch")
    async def batch(order: BatchOrder) -> dict[str, Any]:
        """Acts of several citizens, told in one post: an entry for each list, with all its events."""
        gathered, answers = [], []
        for acts in order.entries:
            sim.page.webhook.gather()
            try:
                for one in acts:
                    if one.act not in sim.acts:
                        raise UnknownAct(f"Messenger has no act {one.act!r}")
                    answers.append(await sim.act(one.user, one.act, one.order, None))
            finally:
                gathered.append(sim.page.webhook.gathered())
        delivery = await sim.page.webhook.post_batch(gathered, order.delivery)
        return simulated({"deliveries": [delivery.id], "message_ids": [answer.get("message_id") for answer in answers]})
