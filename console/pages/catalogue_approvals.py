"""``/catalogue-approvals``: proposals on the catalogue, approved or given back by another person."""

import difflib
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.permissions import Permission
from bot.authoring.git import GitError
from bot.authoring.proposals import Proposal, ProposalRefusedError
from bot.authoring.workspace import ConflictError, NothingToSaveError, WorkspaceError
from bot.catalogue.editing.checking import read_procedure
from bot.catalogue.editing.desk import KINDS, UNDER, FaultyChangeError
from bot.catalogue.editing.preview import compared
from bot.catalogue.publishing.releases import ReleaseChangedError
from console.access import Session, allow
from console.catalogue_words import check_words, diff_lines, person_of
from console.forms import Form
from console.problems import Problem
from console.services import Services, With
from console.texts import has_label, label

DONE = ("approved", "refused", "withdrawn")
_LONGEST_REASON = 400
_DIGITS = 12


def show_proposals(request: Request, services: With) -> Response:
    """What waits, and what was decided lately."""
    desk = services.catalogue
    done = request.query_params.get("done", "")
    return services.pages.show(
        request,
        "catalogue_approvals.html",
        waiting=desk.listed(["submitted"]),
        decided=desk.listed(["approved", "refused", "withdrawn"])[:20],
        done=f"catalogue_done_{done}" if done in DONE else None,
    )


def show_proposal(request: Request, services: With, session: Session, number: str) -> Response:
    """One proposal."""
    return _page(request, services, session, _found(services, number))


def approve(request: Request, services: With, session: Session, form: Form, number: str) -> Response:
    """A second person's yes."""
    proposal = _found(services, number)
    try:
        services.catalogue.approve(person_of(session.account), proposal.row.id, _revision(form))
    except (ProposalRefusedError, WorkspaceError, FaultyChangeError, ReleaseChangedError, GitError) as error:
        return _refused(request, services, session, proposal, error)
    services.reviewed.content(at_once=True)
    return RedirectResponse("/catalogue-approvals?done=approved", 303)


def refuse(request: Request, services: With, session: Session, form: Form, number: str) -> Response:
    """A second person's no, with the reason."""
    proposal = _found(services, number)
    try:
        services.catalogue.refuse(person_of(session.account), proposal.row.id, form.lines("reason", _LONGEST_REASON))
    except ProposalRefusedError as error:
        return _refused(request, services, session, proposal, error)
    return RedirectResponse("/catalogue-approvals?done=refused", 303)


def withdraw(request: Request, services: With, session: Session, number: str) -> Response:
    """The author takes it back."""
    proposal = _found(services, number)
    try:
        services.catalogue.withdraw(person_of(session.account), proposal.row.id)
    except ProposalRefusedError as error:
        return _refused(request, services, session, proposal, error)
    return RedirectResponse("/catalogue-approvals?done=withdrawn", 303)


def refusal(error: Exception) -> str:
    """Why an act is refused and what to do."""
    if isinstance(error, ConflictError):
        return label("catalogue_proposal_conflict")
    if isinstance(error, NothingToSaveError):
        return label("catalogue_proposal_nothing")
    if isinstance(error, FaultyChangeError):
        return " ".join([label("catalogue_faulty"), *(check_words(told, None) + "." for told in error.told[:5])])
    if isinstance(error, ReleaseChangedError):
        return label("catalogue_release_moved")
    if isinstance(error, GitError):
        return label("problem_workspace_away")
    key = f"catalogue_refused_{getattr(error, 'reason', 'other')}"
    return label(key if has_label(key) else "catalogue_refused_other")


def _refused(request: Request, services: Services, session: Session, proposal: Proposal, error: Exception) -> Response:
    again = services.catalogue.proposals.read(proposal.row.id)
    return _page(request, services, session, again, status=409, fault=refusal(error))


def _found(services: Services, number: str) -> Proposal:
    if number.isascii() and number.isdigit() and len(number) <= _DIGITS:
        try:
            proposal = services.catalogue.proposals.read(int(number))
        except ProposalRefusedError as error:
            raise Problem(404, "no_proposal") from error
        if proposal.row.kind in KINDS:
            return proposal
    raise Problem(404, "no_proposal")


def _revision(form: Form) -> int:
    sent = form.text("revision", 6)
    return int(sent) if sent.isascii() and sent.isdigit() else 0


def _page(
    request: Request, services: Services, session: Session, proposal: Proposal, *, status: int = 200, fault: str | None = None
) -> Response:
    return services.pages.show(
        request,
        "catalogue_proposal.html",
        status=status,
        fault=fault,
        row=proposal.row,
        own=proposal.row.author_account == session.account.login,
        longest=_LONGEST_REASON,
        **_merged(services, proposal),
    )


def _merged(services: Services, proposal: Proposal) -> dict[str, Any]:
    """What the proposal would change now: difference, checks and answers. A decided one shows what it wanted."""
    desk, row = services.catalogue, proposal.row
    shown: dict[str, Any] = {"meets": False, "trouble": "", "told": [], "files": [], "conflicts": []}
    if row.state == "approved" and row.commit_sha:
        before = desk.texts(desk.workspace.parent_of(row.commit_sha))
        return shown | {"files": _files(services, before, _wanted(desk.texts(row.commit_sha), proposal))}
    try:
        head, merged = desk.workspace.preview(row.base_commit, proposal.files)
    except ConflictError as error:
        conflicts = [{"path": one.path.removeprefix(UNDER), "places": one.places} for one in error.conflicts]
        return shown | {"trouble": label("catalogue_proposal_conflict"), "conflicts": conflicts}
    except NothingToSaveError:
        return shown | {"trouble": label("catalogue_proposal_nothing")}
    except (WorkspaceError, GitError) as error:
        return shown | {"trouble": refusal(error)}
    texts = {path.removeprefix(UNDER): text for path, text in merged.items() if text is not None}
    checked = desk.check(texts, head)
    shown["meets"] = head != row.base_commit and dict(merged) != dict(proposal.files)
    shown["told"] = [{"severity": one.severity, "words": check_words(one, None)} for one in checked.told]
    shown["files"] = _files(services, desk.texts(head), texts)
    return shown


def _wanted(texts: Mapping[str, str], proposal: Proposal) -> dict[str, str]:
    names = [path.removeprefix(UNDER) for path in proposal.files]
    return {name: texts[name] for name in names if name in texts}


def _files(services: Services, before: Mapping[str, str], after: Mapping[str, str]) -> list[dict[str, Any]]:
    agencies, today = services.reviewed.catalogue().agencies, services.catalogue.today()
    made = []
    for name, text in after.items():
        old = before.get(name, "")
        lines = difflib.unified_diff(old.splitlines(), text.splitlines(), name, name, lineterm="", n=2)
        pairs = []
        if name.startswith("procedures/"):
            pairs = [one for one in compared(read_procedure(old), read_procedure(text), agencies, today) if one.changed]
        made.append({"name": name, "diff": diff_lines("\n".join(lines)), "answers": pairs})
    return made


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.CATALOGUE_APPROVE)]
    base = "/catalogue-approvals"
    for method, path, page in (
        ("GET", base, show_proposals),
        ("GET", base + "/{number}", show_proposal),
        ("POST", base + "/{number}/approve", approve),
        ("POST", base + "/{number}/refuse", refuse),
        ("POST", base + "/{number}/withdraw", withdraw),
    ):
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
