"""``/catalogue-approvals/releases``: what is spoken now, one click back, and what was approved but is not spoken."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.permissions import Permission
from bot.authoring.git import GitError
from bot.authoring.workspace import WorkspaceError
from bot.catalogue.editing.desk import FaultyChangeError, Standing
from bot.catalogue.publishing.archive import BrokenArchiveError
from bot.catalogue.publishing.releases import NoReleaseError, ReleaseChangedError, live_state, releases
from bot.officers.notes import without_numbers
from console.access import Session, allow
from console.catalogue_words import person_of
from console.forms import Form
from console.pages.catalogue_approvals import refusal
from console.pages.catalogue_edit import SHORTEST_REASON
from console.services import Services, With
from console.texts import label

DONE = ("published", "returned")
_LONGEST_REASON = 400
_SHOWN = 30
_PATH = "/catalogue-approvals/releases"


def show_releases(request: Request, services: With) -> Response:
    """The live release, those before, and what waits."""
    done = request.query_params.get("done", "")
    return _page(request, services, done=f"catalogue_done_{done}" if done in DONE else None)


def publish(request: Request, services: With, session: Session, form: Form) -> Response:
    """What is approved is to be spoken."""
    reason = without_numbers(form.lines("reason", _LONGEST_REASON))
    if len(reason) < SHORTEST_REASON:
        return _page(request, services, status=422, fault=label("catalogue_reason_needed"))
    try:
        services.catalogue.publish(person_of(session.account), reason[:_LONGEST_REASON])
    except (FaultyChangeError, ReleaseChangedError, WorkspaceError, GitError) as error:
        return _page(request, services, status=409, fault=refusal(error))
    services.reviewed.content(at_once=True)
    return RedirectResponse(f"{_PATH}?done=published", 303)


def go_back(request: Request, services: With, session: Session, form: Form) -> Response:
    """The release before is to be spoken again."""
    reason, sent = without_numbers(form.lines("reason", _LONGEST_REASON)), form.text("changes", 12)
    if len(reason) < SHORTEST_REASON:
        return _page(request, services, status=422, fault=label("catalogue_reason_needed"))
    try:
        seen = int(sent) if sent.isascii() and sent.isdigit() else -1
        services.catalogue.go_back(person_of(session.account), seen, reason[:_LONGEST_REASON])
    except ReleaseChangedError:
        return _page(request, services, status=409, fault=label("catalogue_release_moved"))
    except NoReleaseError:
        return _page(request, services, status=409, fault=label("catalogue_release_nothing_before"))
    services.reviewed.content(at_once=True)
    return RedirectResponse(f"{_PATH}?done=returned", 303)


def _page(request: Request, services: Services, *, status: int = 200, **values: Any) -> Response:
    content = services.reviewed.content()
    with services.database.sessions() as ledger:
        state, listed = live_state(ledger), releases(ledger)
    live = next((one for one in listed if one.live), None)
    before = next((one for one in listed if live and one.number == live.previous), None)
    given = {"done": None, "fault": None} | values
    return services.pages.show(
        request,
        "catalogue_releases.html",
        status=status,
        state=state,
        live=live if live and live.archive_sha256 else None,
        before=before,
        listed=listed[:_SHOWN],
        standing=_standing(services),
        both_changed=content.both_changed,
        problem=services.reviewed.problem,
        longest=_LONGEST_REASON,
        **given,
    )


def _standing(services: Services) -> Standing | None:
    try:
        return services.catalogue.standing()
    except (GitError, WorkspaceError, NoReleaseError, BrokenArchiveError, OSError, SQLAlchemyError):
        return None


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    declared = [allow(Permission.CATALOGUE_APPROVE)]
    for method, path, page in (
        ("GET", _PATH, show_releases),
        ("POST", f"{_PATH}/publish", publish),
        ("POST", f"{_PATH}/back", go_back),
    ):
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
