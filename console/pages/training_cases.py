"""``/training/cases``: the fixed messages that every new model is measured with."""

from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.authoring.git import GitError
from bot.authoring.workspace import WorkspaceError
from bot.storage.database import writing
from bot.training.cases import LONGEST_TEXT, CaseRefusedError, add_case, added_cases, withdraw_case
from console.access import Session, allow
from console.forms import Form, number_in_path
from console.problems import Problem
from console.services import Services, With
from console.texts import label
from console.training_desk import intent_name

_DONE = {name: f"training_case_{name}" for name in ("added", "withdrawn")}


def show_cases(request: Request, services: With) -> Response:
    """The trainers' own cases, those that ship, and the form for another."""
    return _page(request, services, done=_DONE.get(request.query_params.get("done", "")))


def add(request: Request, services: With, session: Session, form: Form) -> Response:
    """A case is added."""
    given = {"text": form.lines("text", LONGEST_TEXT), "intent": form.text("intent", 80), "protected": form.text("protected", 1)}
    now, account = services.clock(), session.account
    try:
        intents, taught = services.training.taught()
        with writing(services.database.sessions) as ledger:
            case = add_case(
                ledger,
                given["text"],
                given["intent"],
                protected=given["protected"] == "1",
                account=account.login,
                now=now,
                shipped=services.training.shipped_cases(),
                intents=intents,
                training_keys=taught,
            )
            details = {"intent": case.intent, "protected": case.protected}
            record_audit(ledger, account.actor, "training.case_added", f"regression_case:{case.id}", details, now=now)
    except CaseRefusedError as error:
        return _page(request, services, status=422, fault=label(f"training_case_refused_{error.reason}"), given=given)
    except (GitError, WorkspaceError, OSError):
        return _page(request, services, status=503, fault=label("training_no_workspace"), given=given)
    return RedirectResponse("/training/cases?done=added", 303)


def withdraw(services: With, session: Session, number: str) -> Response:
    """A trainer's own case is taken out of force."""
    wanted = number_in_path(number, "no_regression_case")
    now, account = services.clock(), session.account
    with writing(services.database.sessions) as ledger:
        case = withdraw_case(ledger, wanted, account.login, now)
        if case is None:
            raise Problem(404, "no_regression_case")
        details = {"intent": case.intent, "protected": case.protected}
        record_audit(ledger, account.actor, "training.case_withdrawn", f"regression_case:{case.id}", details, now=now)
    return RedirectResponse("/training/cases?done=withdrawn", 303)


def _page(request: Request, services: Services, *, status: int = 200, **values: Any) -> Response:
    with services.database.sessions() as session:
        own = added_cases(session)
    shipped = services.training.shipped_cases()
    try:
        intents, _ = services.training.taught()
    except (GitError, WorkspaceError, OSError):
        intents = sorted({case.intent for case in shipped})
    named = sorted(((intent_name(intent), intent) for intent in intents), key=lambda one: one[0])
    by_intent = {intent: [case for case in shipped if case.intent == intent] for intent in sorted({c.intent for c in shipped})}
    given = {"text": "", "intent": "", "protected": ""}
    return services.pages.show(
        request,
        "training_cases.html",
        status=status,
        own=own,
        by_intent=by_intent,
        protected=sum(case.protected for case in shipped),
        total=len(shipped),
        intents=named,
        intent_name=intent_name,
        longest=LONGEST_TEXT,
        **({"done": None, "fault": None, "given": given} | values),
    )


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    declared = [allow(Permission.MODELS_TRAIN)]
    router.add_api_route("/training/cases", show_cases, methods=["GET"], dependencies=declared, response_model=None)
    router.add_api_route("/training/cases", add, methods=["POST"], dependencies=declared, response_model=None)
    router.add_api_route(
        "/training/cases/{number}/withdraw", withdraw, methods=["POST"], dependencies=declared, response_model=None
    )
    return router
