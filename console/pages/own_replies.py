"""An officer's own replies that wait for a second person or were given back: taken back into the reply box, to be sent anew."""

from fastapi import APIRouter, Request, Response
from sqlalchemy.orm import Session as Ledger

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.officers.approvals import ApprovalRefusedError, withdraw_reply
from bot.officers.speaking import LONGEST_REPLY
from bot.officers.waiting_replies import WaitingReply, reply
from bot.storage.database import writing
from console.access import Session, allow
from console.conversation_page import seen_id
from console.forms import Form, whole_number
from console.problems import Problem, sent_on
from console.services import Services, With


def take_back(request: Request, services: With, session: Session, form: Form, conversation: str, number: str) -> Response:
    """A reply that waits is withdrawn, one that was refused stays refused; the words of either come back into the reply box,
    below what stands there already."""
    mine = session.account
    with writing(services.database.sessions) as ledger:
        conversation_id = seen_id(ledger, mine, conversation, services.office)
        found = reply(ledger, whole_number(number) or 0)
        if found is None or found.conversation_id != conversation_id or found.author_account != mine.login:
            raise Problem(404, "no_approval")
        if found.state == "to_approve":
            try:
                withdraw_reply(ledger, found.id, mine.login, services.clock())
            except ApprovalRefusedError as error:
                raise Problem(409, "reply_decided") from error
            details = {"approval": found.id, "kind": found.act}
            record_audit(ledger, mine.actor, "reply.withdrawn", f"conversation:{conversation_id}", details, now=services.clock())
        elif found.state != "refused":
            raise Problem(409, "reply_decided")
    if not request.headers.get("hx-request"):
        return sent_on(request, f"/conversations/{conversation_id}?draft={found.id}")
    return _box(request, services, found, form.lines("text", LONGEST_REPLY))


def own_reply_words(ledger: Ledger, account: AccountView, conversation_id: str, number: int) -> str:
    """The words of an own reply that did not go out, to be sent anew; empty for anything else."""
    found = reply(ledger, number)
    if found is None or found.conversation_id != conversation_id or found.author_account != account.login:
        return ""
    return found.text if found.act == "reply" and found.state in ("refused", "withdrawn") else ""


def _box(request: Request, services: Services, found: WaitingReply, typed: str) -> Response:
    words = "\n\n".join(part for part in (typed, found.text if found.act == "reply" else "") if part)
    headers = {"HX-Trigger": '{"conversation-act": "taken_back"}'}
    return services.pages.show(request, "parts/reply_box.html", headers=headers, text=words, fault="")


def page_routes() -> APIRouter:
    """The route of this act."""
    router = APIRouter()
    router.add_api_route(
        "/conversations/{conversation}/replies/{number}/take-back",
        take_back,
        methods=["POST"],
        dependencies=[allow(Permission.CONVERSATIONS_ANSWER)],
        response_model=None,
    )
    return router
