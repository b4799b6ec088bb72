"""``/``: who is signed in, and where to go from here."""

from fastapi import APIRouter, Request, Response

from console.access import Access, Session, allow
from console.services import With


def show_home(request: Request, services: With, session: Session) -> Response:
    """The first page."""
    names = [services.agencies.get(agency, agency) for agency in sorted(session.account.scope.agencies)]
    return services.pages.show(request, "home.html", agencies=names)


def page_routes() -> APIRouter:
    """The route of this page."""
    router = APIRouter()
    router.add_api_route("/", show_home, methods=["GET"], dependencies=[allow(Access.SIGNED_IN)], response_model=None)
    return router
