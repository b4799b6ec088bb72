"""``/guides``: how often menus, situations of life and guides are opened, what there is of them, and how each looks."""

from datetime import timedelta

from fastapi import APIRouter, Request, Response

from bot.accounts.permissions import Permission
from bot.clock import VIETNAM_TIME
from bot.guides.book import Guide, GuideFileError, load_guides
from bot.guides.channels import public_address
from bot.guides.counts import Openings, openings_since
from console.access import Session, allow
from console.services import Services, With

PERIODS = (7, 30, 90, 365)
_USUAL = 30


def show_guides(request: Request, services: With, session: Session) -> Response:  # noqa: ARG001 (a signed-in account is needed)
    """Openings in a period and the whole of what can be opened, so that what nobody opens is seen too."""
    asked = request.query_params.get("days", "")
    days = int(asked) if asked in {str(one) for one in PERIODS} else _USUAL
    first = services.clock().astimezone(VIETNAM_TIME).date() - timedelta(days=days - 1)
    with services.database.sessions() as ledger:
        openings = {(one.kind, one.item): one for one in openings_since(ledger, first)}
    guides, broken = _guides(services)
    catalogue = services.reviewed.catalogue()
    channels = sorted({channel for one in openings.values() for channel in one.by_channel})
    return services.pages.show(
        request,
        "guides.html",
        days=days,
        periods=PERIODS,
        channels=channels,
        whole_menu=openings.get(("menu", "life_events"), _never("menu", "life_events")),
        events=[(one, openings.get(("event", one.id), _never("event", one.id))) for one in catalogue.life_events],
        guides=[(one, openings.get(("guide", one.id), _never("guide", one.id))) for one in guides],
        broken=broken,
        address=public_address(services.office.settings),
    )


def _never(kind: str, item: str) -> Openings:
    return Openings("menu" if kind == "menu" else "event" if kind == "event" else "guide", item, {})


def _guides(services: Services) -> tuple[tuple[Guide, ...], tuple[str, ...]]:
    """The guides, or what is wrong with their files."""
    try:
        return tuple(load_guides(services.office.settings.data_dir / "guides").guides.values()), ()
    except GuideFileError as error:
        return (), error.problems


def page_routes() -> APIRouter:
    """The route of this page."""
    router = APIRouter()
    reads = [allow(Permission.REPORTS_READ)]
    router.add_api_route("/guides", show_guides, methods=["GET"], dependencies=reads, response_model=None)
    return router
