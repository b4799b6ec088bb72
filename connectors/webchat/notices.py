"""What the page shows above the talk: announced outages that last, and that the assistant is silent here."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse

from bot.switches.board import Active
from bot.switches.words import off_text, outage_text

CHANNEL = "webchat"
_SHORT_CACHE = {"Cache-Control": "public, max-age=5"}


def notices_json(active: Active) -> list[dict[str, Any]]:
    """The notices that hold now, each in both languages; the longest known first."""
    notices: list[dict[str, Any]] = [
        {
            "id": f"outage-{one.number}",
            "kind": "outage",
            "text": {language: outage_text(one, language) for language in ("vi", "en")},
            "from": one.starts_at.isoformat(),
            "until": one.ends_at.isoformat(),
        }
        for one in active.outages_of(portal=True, channel=CHANNEL)
    ]
    order = active.off("channel", CHANNEL)
    if order is not None:
        notices.append(
            {
                "id": f"switch-{order.number}",
                "kind": "channel_off",
                "text": {language: off_text(order, language) for language in ("vi", "en")},
                "from": order.from_at.isoformat(),
                "until": order.until_at.isoformat() if order.until_at else None,
            }
        )
    return notices


def notice_routes(switches: Callable[[], Active], banners: Callable[[], list[dict[str, Any]]] = list) -> APIRouter:
    """``GET /webchat/notices``: for everybody, without a session. ``banners``: what campaigns show, behind everything else."""
    router = APIRouter(prefix="/webchat")

    @router.get("/notices")
    def read_notices() -> JSONResponse:
        return JSONResponse({"notices": [*notices_json(switches()), *banners()]}, headers=_SHORT_CACHE)

    return router
