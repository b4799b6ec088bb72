"""Invitations to surveys: kept instead of sent, shown on a page for people who try the survey."""

from html import escape
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse
from pydantic import Field

from simulators.portal.contract import Wire
from simulators.portal.dossier_api import Key
from simulators.portal.problems import problem
from simulators.portal.world import PortalWorld

RecordId = Annotated[str, Field(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]

_PAGE = """<!doctype html> <html lang="vi"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,
initial-scale=1"> <title>Cổng mô phỏng: lời mời khảo sát</title> <style>body {{ font: 1rem/1.5 system-ui, sans-serif; margin:
2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1b1b }}</style></head> <body><main><h1>Lời mời khảo sát đã gửi</h1>
<p>Cổng thật gửi các đường dẫn này cho người dân. Ở đây chỉ có người thử nghiệm mở chúng.</p> <ul> {rows}
</ul></main></body></html>
"""


class Invitation(Wire):
    """One dossier and the link for its citizen."""

    record_id: RecordId
    link: str = Field(max_length=500, pattern=r"^https?://[!-~]+$")


class InvitationsRequest(Wire):
    """Up to two hundred of one wave."""

    wave: str = Field(pattern=r"^[A-Za-z0-9_-]{1,40}$")
    spared_months: int = Field(ge=0, le=60)
    closes_on: str = Field(pattern=r"^\d{4}-\d\d-\d\d$")
    invitations: list[Invitation] = Field(min_length=1, max_length=200)


class RefusalOrder(Wire):
    """From now on this dossier's citizen is not invited."""

    record_id: RecordId
    reason: Literal["unknown_record", "no_way_to_reach", "asked_lately", "declined"]


def survey_routes(world: PortalWorld) -> APIRouter:
    """The contract's one address, and what shows what was sent."""
    router = APIRouter()

    @router.post("/v1/survey-invitations")
    async def invite_to_survey(asked: InvitationsRequest, request: Request, key: Key) -> Response:
        async def invited() -> tuple[int, Any] | Response:
            if len({one.record_id for one in asked.invitations}) < len(asked.invitations):
                return problem("malformed-request")
            now = world.now()
            return 200, {"results": [world.surveys.invite(asked.wave, one.record_id, one.link, now) for one in asked.invitations]}

        return await world.idempotency.once("survey-invitations", key, await request.body(), invited)

    @router.get("/_control/survey-invitations", include_in_schema=False)
    async def sent() -> list[dict[str, str]]:
        return [
            {"wave": one.wave, "record_id": one.record_id, "link": one.link, "at": one.at.isoformat()}
            for one in world.surveys.sent.values()
        ]

    @router.post("/_control/survey-invitations/refuse", include_in_schema=False)
    async def refuse(order: RefusalOrder) -> dict[str, str]:
        world.surveys.refusals[order.record_id] = order.reason
        return {"record_id": order.record_id, "reason": order.reason}

    @router.get("/surveys", include_in_schema=False)
    async def page() -> HTMLResponse:
        rows = "\n".join(
            f'<li>{one.at:%d/%m/%Y %H:%M} · đợt {escape(one.wave)}: <a href="{escape(one.link)}">{escape(one.link)}</a></li>'
            for one in reversed(list(world.surveys.sent.values())[-100:])
        )
        return HTMLResponse(_PAGE.format(rows=rows or "<li>Chưa có lời mời nào.</li>"))

    return router
