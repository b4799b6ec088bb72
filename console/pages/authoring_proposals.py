"""``/proposals``: changes that wait, one change with its difference and checks, and what may be done with it."""

import logging
from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from sqlalchemy.exc import SQLAlchemyError

from bot.accounts.permissions import Permission
from bot.authoring.desk import NOBODYS, NotKeptError
from bot.authoring.merging import Side
from bot.authoring.proposals import LONGEST_NOTE, Proposal, ProposalRefusedError
from bot.authoring.workspace import ConflictError, WorkspaceError
from bot.catalogue.editing.desk import UNDER, FaultyChangeError
from bot.catalogue.publishing.releases import ReleaseChangedError
from bot.texts import say
from console.access import Session, allow
from console.authoring_views import (
    faults_of,
    may_decide,
    person_of,
    proposal_diffs,
    to_proposal,
    words_of_refusal,
)
from console.forms import Form, number_in_path
from console.problems import Problem
from console.services import Services, With

logger = logging.getLogger(__name__)

STATES = ("draft", "submitted", "approved", "refused", "withdrawn")
DONE = ("kept", "submitted", "committed", "approved", "refused", "withdrawn", "resolved", "imported")


def show_proposals(request: Request, services: With, session: Session) -> Response:
    """Changes: those that wait first, then one's own, then what was decided lately."""
    services.authoring.open()
    proposals = services.authoring.proposals
    waiting = proposals.listed(("submitted",))
    own = [row for row in proposals.listed(author=session.account.login, limit=50) if row.state in ("draft", "refused")]
    conflicts = [row for author in NOBODYS for row in proposals.listed(("draft",), author)]
    decided = proposals.listed(("approved", "refused", "withdrawn"), limit=30)
    return services.pages.show(
        request,
        "authoring_proposals.html",
        waiting=waiting,
        own=own,
        conflicts=conflicts,
        decided=decided,
        mine=session.account.login,
    )


def show_proposal(request: Request, services: With, session: Session, number: str) -> Response:
    """One change."""
    return _page(request, services, session, _read(services, number))


def show_checks(request: Request, services: With, number: str) -> Response:
    """The checks of a change, asked for every two seconds while they run."""
    proposal = _read(services, number)
    values = _checks(services, proposal)
    ended = proposal.row.checks.get("state") != "running"
    headers = {"HX-Refresh": "true"} if ended else {}
    return services.pages.show(request, "parts/authoring_checks.html", headers=headers, proposal=proposal, **values)


def check_again(services: With, number: str) -> Response:
    """The checks begin anew."""
    proposal = _read(services, number)
    if proposal.row.state in ("draft", "submitted"):
        services.authoring.checker.start(services.authoring.proposals, proposal.row.id)
    return to_proposal(proposal.row.id)


def submit(request: Request, services: With, session: Session, number: str) -> Response:
    """The author is done."""
    proposal = _read(services, number)

    def act() -> str:
        sha = services.authoring.proposals.submit(person_of(session.account), proposal.row.id)
        return "committed" if sha else "submitted"

    return _acted(request, services, session, proposal, act)


def approve(request: Request, services: With, session: Session, form: Form, number: str) -> Response:
    """A second person lets the change through."""
    proposal = _decided_by(services, session, number)
    revision = number_in_path(form.text("revision", 10), "page_not_found")

    def act() -> str:
        services.authoring.proposals.approve(person_of(session.account), proposal.row.id, revision)
        publish_catalogue(services, session, proposal)
        return "approved"

    return _acted(request, services, session, proposal, act)


def publish_catalogue(services: Services, session: Session, proposal: Proposal) -> None:
    """What was approved of the catalogue is spoken at once. Where that is not possible now, the change stays approved, and the
    page of releases lists it as not in use."""
    if not any(path.startswith(UNDER) for path in proposal.files):
        return
    try:
        services.catalogue.publish(person_of(session.account), proposal.row.title)
    except (FaultyChangeError, ReleaseChangedError, SQLAlchemyError) as error:
        logger.warning("catalogue.not_published", extra={"reason": type(error).__name__})
    services.reviewed.content(at_once=True)


def refuse(request: Request, services: With, session: Session, form: Form, number: str) -> Response:
    """A second person gives the change back."""
    proposal = _decided_by(services, session, number)
    reason = form.lines("reason", LONGEST_NOTE)

    def act() -> str:
        services.authoring.proposals.refuse(person_of(session.account), proposal.row.id, reason)
        services.catalogue.ask_again(proposal.row.id)
        return "refused"

    return _acted(request, services, session, proposal, act)


def withdraw(request: Request, services: With, session: Session, number: str) -> Response:
    """The author no longer wants the change."""
    proposal = _read(services, number)

    def act() -> str:
        services.authoring.withdraw(person_of(session.account), proposal.row.id)
        services.catalogue.ask_again(proposal.row.id)
        return "withdrawn"

    return _acted(request, services, session, proposal, act)


def take_over(request: Request, services: With, session: Session, number: str) -> Response:
    """Somebody makes a draft of nobody's (a release's lines, an operator's import) a change of their own."""
    proposal = _read(services, number)
    if proposal.row.author_account not in NOBODYS or proposal.row.state != "draft":
        raise Problem(404, "no_proposal")
    try:
        made = services.authoring.take_over(person_of(session.account), proposal)
    except (ProposalRefusedError, WorkspaceError, NotKeptError) as error:
        return _page(request, services, session, proposal, status=409, fault=words_of_refusal(error))
    return to_proposal(made, "kept")


def resolve(request: Request, services: With, session: Session, form: Form, number: str) -> Response:
    """The author has settled a conflict: what is taken in each place, on the head that they saw."""
    proposal = _read(services, number)
    head = form.text("head", 40)

    def decide(path: str, place: int) -> Side:
        chosen = form.text(f"place:{path}:{place}", 10)
        return "theirs" if chosen == "mine" else "both" if chosen == "both" else "ours"

    try:
        services.authoring.rebase(person_of(session.account), proposal, head, decide)
    except (ProposalRefusedError, WorkspaceError, NotKeptError) as error:
        return _page(request, services, session, proposal, status=409, fault=words_of_refusal(error))
    return to_proposal(proposal.row.id, "resolved")


def _acted(request: Request, services: Services, session: Session, proposal: Proposal, act: Callable[[], str]) -> Response:
    try:
        done = act()
    except ConflictError as error:
        return services.pages.show(
            request,
            "authoring_conflict.html",
            status=409,
            proposal=proposal,
            head=error.head,
            conflicts=error.conflicts,
            mine=session.account.login == proposal.row.author_account,
        )
    except ProposalRefusedError as error:
        fresh = services.authoring.proposals.read(proposal.row.id)
        return _page(request, services, session, fresh, status=409, fault=words_of_refusal(error), more=error.faults)
    except WorkspaceError as error:
        return _page(request, services, session, proposal, status=409, fault=words_of_refusal(error))
    return to_proposal(proposal.row.id, done)


def _read(services: Services, number: str) -> Proposal:
    services.authoring.open()
    try:
        return services.authoring.proposals.read(number_in_path(number, "no_proposal"))
    except ProposalRefusedError as error:
        raise Problem(404, "no_proposal") from error


def _decided_by(services: Services, session: Session, number: str) -> Proposal:
    """The proposal, where the account may decide on a change of its files. Raises ``Problem``."""
    proposal = _read(services, number)
    if session.account.login != proposal.row.author_account and not may_decide(session.account, proposal):
        raise Problem(403, "not_allowed")
    return proposal


def _checks(services: Services, proposal: Proposal) -> dict[str, Any]:
    return {"faults": faults_of(proposal.row.checks), "given_up": services.authoring.checker.given_up(proposal)}


def _page(
    request: Request,
    services: Services,
    session: Session,
    proposal: Proposal,
    *,
    status: int = 200,
    fault: str | None = None,
    more: object = (),
) -> Response:
    done = request.query_params.get("done", "")
    return services.pages.show(
        request,
        "authoring_proposal.html",
        status=status,
        fault=fault,
        more=more,
        done=done if done in DONE and fault is None else None,
        proposal=proposal,
        diffs=proposal_diffs(services.authoring, proposal),
        mine=session.account.login == proposal.row.author_account,
        may_decide=may_decide(session.account, proposal),
        may_edit=session.account.may(Permission.TRAINING_DATA_EDIT),
        longest=LONGEST_NOTE,
        nobodys=NOBODYS,
        said=lambda key, values: say(key, **values),
        **_checks(services, proposal),
    )


def page_routes() -> APIRouter:
    """The routes of these pages. Whoever approves changes of the catalogue sees them all; on others only whoever may decides."""
    router = APIRouter()
    read, edit = Permission.CATALOGUE_APPROVE, Permission.TRAINING_DATA_EDIT
    routes: list[tuple[str, str, Callable[..., Response], Permission, bool]] = [
        ("GET", "/proposals", show_proposals, read, False),
        ("GET", "/proposals/{number}", show_proposal, read, False),
        ("GET", "/proposals/{number}/checks", show_checks, read, True),
        ("POST", "/proposals/{number}/check", check_again, edit, False),
        ("POST", "/proposals/{number}/submit", submit, edit, False),
        ("POST", "/proposals/{number}/approve", approve, read, False),
        ("POST", "/proposals/{number}/refuse", refuse, read, False),
        ("POST", "/proposals/{number}/withdraw", withdraw, edit, False),
        ("POST", "/proposals/{number}/resolve", resolve, edit, False),
        ("POST", "/proposals/{number}/take-over", take_over, edit, False),
    ]
    for method, path, page, permission, by_itself in routes:
        declared = [allow(permission, by_itself=by_itself)]
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
