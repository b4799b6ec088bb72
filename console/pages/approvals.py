"""``/approvals``: officers' replies that wait for a second person."""

from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as Ledger

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.officers.approvals import LONGEST_REASON, ApprovalRefusedError, approve_reply, refuse_reply
from bot.officers.files import FileGoneError, read_file
from bot.officers.speaking import LONGEST_REPLY
from bot.officers.waiting_replies import WaitingReply, replies_waiting, reply
from bot.review.labels import label_of
from bot.storage.database import writing
from console.access import Session, allow
from console.forms import Form, number_in_path
from console.office import officer_of
from console.problems import Problem
from console.services import Services, With

DONE = ("approved", "refused")


def show_approvals(request: Request, services: With, session: Session) -> Response:
    """The replies of the account's teams that wait, the oldest first."""
    return _page(request, services, session, done=request.query_params.get("done"))


def approve(request: Request, services: With, session: Session, form: Form, approval: str) -> Response:
    """The reply goes to the citizen, as it is or as it was changed here."""
    number, text = number_in_path(approval, "no_approval"), form.lines("text", LONGEST_REPLY)
    try:
        with writing(services.database.sessions) as ledger:
            found = _found(services, session, ledger, number)
            subject = f"conversation:{found.conversation_id}"
            # What was shown has masked numbers in it: sent back as it was, the reply goes out as its author wrote it.
            changed = text if text != found.text.strip() else None
            approver = officer_of(session.account)
            said = approve_reply(ledger, services.office.private, number, approver, services.clock(), text=changed)
            details = {"approval": number, "outbound": said.outbound_id}
            record_audit(ledger, session.account.actor, "reply.approved", subject, details, now=services.clock())
    except (ApprovalRefusedError, ValueError) as error:
        return _refused(request, services, session, number, error, text=text)
    return RedirectResponse("/approvals?done=approved", 303)


def refuse(request: Request, services: With, session: Session, form: Form, approval: str) -> Response:
    """The reply is not sent; its author reads why."""
    number, why = number_in_path(approval, "no_approval"), form.lines("reason", LONGEST_REASON)
    try:
        with writing(services.database.sessions) as ledger:
            subject = f"conversation:{_found(services, session, ledger, number).conversation_id}"
            refuse_reply(ledger, number, officer_of(session.account), why, services.clock())
            record_audit(ledger, session.account.actor, "reply.refused", subject, {"approval": number}, now=services.clock())
    except ApprovalRefusedError as error:
        return _refused(request, services, session, number, error)
    return RedirectResponse("/approvals?done=refused", 303)


def open_file(services: With, session: Session, approval: str) -> Response:
    """The file of a message that waits, for the second person to look at; the citizen's link is not used up. That it was
    opened is recorded."""
    try:
        with writing(services.database.sessions) as ledger:
            found = _found(services, session, ledger, number_in_path(approval, "no_approval"))
            if found.file_id is None or found.state != "to_approve":
                raise Problem(404, "no_approval")
            file = read_file(ledger, services.office.private, found.file_id)
            subject = f"conversation:{found.conversation_id}"
            record_audit(
                ledger, session.account.actor, "reply.file_opened", subject, {"approval": found.id}, now=services.clock()
            )
    except FileGoneError as error:
        raise Problem(404, "no_approval") from error
    headers = {"Content-Disposition": f"attachment; filename*=UTF-8''{quote(file.name)}"}
    return Response(file.content, media_type=file.media_type, headers=headers)


def _found(services: Services, session: Session, ledger: Ledger, number: int) -> WaitingReply:
    """The reply. Raises ``Problem`` 404 where it is of no team that the account sees."""
    found = reply(ledger, number)
    if found is None or not services.office.sight(ledger, session.account).allows_team(found.team):
        raise Problem(404, "no_approval")
    return found


def _refused(
    request: Request,
    services: Services,
    session: Session,
    number: int,
    error: ApprovalRefusedError | ValueError,
    text: str | None = None,
) -> Response:
    reason = error.reason if isinstance(error, ApprovalRefusedError) else "too_long"
    return _page(request, services, session, status=422, fault=reason, faulty=number, text=text)


def _page(
    request: Request,
    services: Services,
    session: Session,
    *,
    status: int = 200,
    done: str | None = None,
    fault: str | None = None,
    faulty: int | None = None,
    text: str | None = None,
) -> Response:
    with services.database.sessions() as ledger:
        rows = replies_waiting(ledger, services.office.sight(ledger, session.account).teams)
    return services.pages.show(
        request,
        "approvals.html",
        status=status,
        rows=rows,
        mine=session.account.login,
        done=done if done in DONE else None,
        fault=fault,
        faulty=faulty,
        text=text,
        longest=LONGEST_REPLY,
        longest_reason=LONGEST_REASON,
        label_of=label_of,
        desk=services.review,
    )


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    declared = [allow(Permission.ANSWERS_APPROVE)]
    router.add_api_route("/approvals/{approval}/file", open_file, methods=["GET"], dependencies=declared, response_model=None)
    router.add_api_route("/approvals", show_approvals, methods=["GET"], dependencies=declared, response_model=None)
    for act, page in (("approve", approve), ("refuse", refuse)):
        router.add_api_route(f"/approvals/{{approval}}/{act}", page, methods=["POST"], dependencies=declared, response_model=None)
    return router
