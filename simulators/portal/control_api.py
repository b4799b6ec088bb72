"""The control plane: faults, SMS, states of dossiers, webhooks, clock. For this machine only (the guard sees to that)."""

from typing import Any, Literal

from fastapi import APIRouter, HTTPException
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, ConfigDict, Field

from simulators.portal.drafts import draft_view
from simulators.portal.faults import FaultOrder
from simulators.portal.page import examples_page
from simulators.portal.people import PEOPLE
from simulators.portal.procedures import way
from simulators.portal.webhook import WebhookOrder
from simulators.portal.world import PortalWorld


class _Order(BaseModel):
    model_config = ConfigDict(extra="forbid")


class StatusOrder(_Order):
    """Moves a dossier. Dates as the exchange writes them (``yyyyMMdd``, ``yyyyMMddHHmmss``); ``papers`` asks for a supplement."""

    status: int = Field(ge=1, le=99)
    due: str | None = Field(None, pattern=r"^([0-9]{8}|[0-9]{14})$")
    step: str | None = Field(None, max_length=300)
    papers: list[str] | None = Field(None, max_length=50)
    deadline: str | None = Field(None, pattern=r"^([0-9]{8}|[0-9]{14})$")
    request_text: str = Field("Bổ sung giấy tờ", max_length=1000)


class ClockOrder(_Order):
    """Moves the clock on."""

    advance: float = Field(ge=0, le=10 * 365 * 86400)


class ChannelOrder(_Order):
    """Time and fee of one channel; ``fee`` None: none is stated."""

    channel: Literal["counter", "online", "post"]
    length: int | None = Field(None, ge=0, le=1000)
    fee: int | None = Field(None, ge=0)


def control_routes(world: PortalWorld) -> APIRouter:
    """``/_control/…`` and the page of demo dossiers."""
    router = APIRouter(include_in_schema=False)
    _serve_examples(router, world)
    _serve_faults(router, world)
    _serve_dossiers(router, world)
    _serve_webhooks(router, world)
    _serve_drafts(router, world)
    return router


def _serve_examples(router: APIRouter, world: PortalWorld) -> None:
    def shown_sms() -> list[dict[str, str]]:
        return [
            {"phone": one.phone, "dossier_code": one.dossier_code, "code": one.code, "at": one.at.isoformat()}
            for one in reversed(world.codes.sms)
        ]

    @router.get("/")
    async def page() -> HTMLResponse:
        return HTMLResponse(examples_page(world.store.examples(), shown_sms()))

    @router.get("/_control/examples")
    async def examples() -> list[dict[str, str]]:
        return world.store.examples()

    @router.get("/_control/sms")
    async def sms() -> list[dict[str, str]]:
        return list(reversed(shown_sms()))

    @router.get("/_control/people")
    async def people() -> list[dict[str, Any]]:
        return [{"id": one.id, "name": one.name, "phone": one.phone, "represents": one.represents} for one in PEOPLE.values()]


def _serve_faults(router: APIRouter, world: PortalWorld) -> None:
    @router.get("/_control/faults")
    async def show_faults() -> FaultOrder:
        return world.faults.order

    @router.post("/_control/faults")
    async def order_faults(order: FaultOrder) -> FaultOrder:
        world.faults.order = order
        return order

    @router.post("/_control/reset")
    async def reset() -> FaultOrder:
        """Behave again, and forget all counted attempts."""
        world.behave()
        return world.faults.order

    @router.post("/_control/start-over")
    async def start_over() -> dict[str, bool]:
        """As after a start."""
        await world.start_over()
        return {"started_over": True}

    @router.post("/_control/tokens/expire")
    async def expire() -> dict[str, bool]:
        world.access.clear()
        world.sessions.clear()
        return {"expired": True}

    @router.post("/_control/clock")
    async def move_clock(order: ClockOrder) -> dict[str, str]:
        world.clock.advance(order.advance)
        return {"now": world.now().isoformat()}


def _serve_dossiers(router: APIRouter, world: PortalWorld) -> None:
    @router.get("/_control/dossiers/{code}")
    async def dossier(code: str) -> dict[str, Any]:
        return _known(world, code)

    @router.post("/_control/dossiers/{code}/status")
    async def move(code: str, order: StatusOrder) -> dict[str, Any]:
        record = _known(world, code)
        record["TrangThaiHoSo"] = order.status
        record["BenPhaiThucHien"] = {5: "citizen", 6: "citizen", 9: "citizen", 10: "nobody"}.get(order.status, "agency")
        if order.status >= 2 and not record["NgayTiepNhan"]:
            record["NgayTiepNhan"] = world.stamp()
        record["NgayKetThucXuLy"] = world.stamp() if order.status in (3, 7, 8, 9, 10) else None
        if order.due is not None:
            record["NgayHenTra"] = order.due
        if order.step is not None:
            record["TienDo"] = {"NoiDungXuLy": order.step, "PhongBanXuLy": record["DonViXuLy"], "NguoiXuLy": "Cán bộ Mẫu"}
        if order.papers is not None:
            rounds = record["DanhSachHoSoBoSung"]
            rounds.append(
                {
                    "HoSoBoSungId": f"BS{len(rounds) + 1}",
                    "NgayBoSung": world.stamp(),
                    "ThoiHanBoSung": order.deadline,
                    "NoiDungBoSung": order.request_text,
                    "DanhSachGiayToBoSung": order.papers,
                    "NgayTiepNhanBoSung": None,
                }
            )
        await world.rewrite(record)
        return record


def _known(world: PortalWorld, code: str) -> dict[str, Any]:
    record = world.store.record(code)
    if record is None:
        raise HTTPException(404)
    return record


def _serve_webhooks(router: APIRouter, world: PortalWorld) -> None:
    @router.get("/_control/webhook")
    async def show_webhook() -> WebhookOrder:
        return world.webhook.order

    @router.post("/_control/webhook")
    async def order_webhook(order: WebhookOrder) -> WebhookOrder:
        """How the next events travel; without ``url`` they go where they went."""
        world.webhook.order = order if order.url else order.model_copy(update={"url": world.webhook.order.url})
        return world.webhook.order

    @router.get("/_control/deliveries")
    async def deliveries() -> list[dict[str, Any]]:
        return [one.as_json() for one in world.webhook.deliveries.log[-200:]]


def _serve_drafts(router: APIRouter, world: PortalWorld) -> None:
    @router.get("/_control/drafts")
    async def drafts() -> list[dict[str, Any]]:
        return [
            {**draft_view(one), "procedure_code": one.procedure_code, "case": one.case, "values": one.values, "files": one.files}
            for one in world.drafts
        ]

    @router.post("/_control/procedures/{code}")
    async def set_fees(code: str, channels: list[ChannelOrder]) -> dict[str, Any]:
        numbers = {"counter": "1", "online": "2", "post": "3"}
        ways = [
            way(
                numbers[one.channel],
                "" if one.length is None else str(one.length),
                None if one.fee is None else str(one.fee),
            )
            for one in channels
        ]
        world.procedures.order(code, ways)
        return {"code": code, "channels": len(ways)}
