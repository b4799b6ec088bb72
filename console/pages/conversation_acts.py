"""What an officer does with a conversation: takes it, answers, notes, asks, passes on, hands back, ends. Each act is recorded."""

from collections.abc import Callable
from typing import TypeVar, get_args

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView, account_view
from bot.messages import BotMessage
from bot.officers.approvals import say_or_submit
from bot.officers.canned_replies import UnknownVariableError, variables_in
from bot.officers.flows import ABOUT_A_PROCEDURE, FLOWS, flow_message, phone_request
from bot.officers.notes import LONGEST_NOTE, write_note
from bot.officers.resending import NotResendableError, resend_message
from bot.officers.speaking import LONGEST_REPLY, KeyInUseError, OfficerMessage, officer_says
from bot.officers.taking import (
    NotOwnerError,
    OfficerOutcome,
    TakenError,
    UnknownConversationError,
    claim_conversation,
    close_conversation,
    forward_to_colleague,
    forward_to_team,
    hand_back,
)
from bot.storage.account_models import Account
from bot.storage.database import writing
from console.access import Session, allow
from console.conversation_page import seen_id
from console.forms import Form
from console.office import officer_of
from console.problems import Problem, sent_on
from console.services import Services, With

OUTCOMES: tuple[OfficerOutcome, ...] = get_args(OfficerOutcome)
T = TypeVar("T")
_LONGEST_KEY = 64


def claim(request: Request, services: With, session: Session, conversation: str) -> Response:
    """The officer takes it; of several who try, one does."""
    account, found = session.account, _open(services, session.account, conversation)
    also = services.office.audited(account, "conversation.claimed", found)
    try:
        claim_conversation(services.database.sessions, found, officer_of(account), services.clock(), also=also)
    except TakenError as error:
        raise Problem(409, "taken" if error.owner else "taken_elsewhere", owner=error.owner or "") from error
    except UnknownConversationError as error:
        raise Problem(404, "no_conversation") from error
    return sent_on(request, f"/conversations/{found}")


def reply(request: Request, services: With, session: Session, form: Form, conversation: str) -> Response:
    """A message to the citizen."""
    text = form.lines("text", LONGEST_REPLY)
    if not text:
        raise Problem(422, "reply_empty")
    if len(text) > LONGEST_REPLY:
        raise Problem(422, "reply_too_long", longest=LONGEST_REPLY)
    _refuse_open_variables(text)
    found = _open(services, session.account, conversation)
    office, account, key = services.office, session.account, form.text("key", _LONGEST_KEY)
    if office.needs_approval(services.database.sessions, found):
        submit_as_officer(services, account, found, BotMessage(text), key)
        return done(request, services, found, "submitted")
    say_as_officer(services, account, found, BotMessage(text), key, "conversation.replied")
    return done(request, services, found, "replied")


def ask_phone(request: Request, services: With, session: Session, form: Form, conversation: str) -> Response:
    """The citizen is asked for their telephone number."""
    found = _open(services, session.account, conversation)
    say_as_officer(services, session.account, found, phone_request(), form.text("key", _LONGEST_KEY), "conversation.phone_asked")
    return done(request, services, found, "phone_asked")


def start_flow(request: Request, services: With, session: Session, form: Form, conversation: str) -> Response:
    """The citizen gets a button, and the assistant the word: it goes on from the press."""
    flow = next((one for one in FLOWS if one == form.text("flow", 20)), None)
    code = form.text("procedure", 200).partition(" ")[0]
    name = services.office.procedures.get(code, "")
    if flow is None or (flow in ABOUT_A_PROCEDURE and not name):
        raise Problem(422, "flow_incomplete")
    found, account = _open(services, session.account, conversation), session.account
    message = flow_message(flow, code, name)
    say_as_officer(services, account, found, message, form.text("key", _LONGEST_KEY), "conversation.flow_offered", flow=flow)
    also = services.office.audited(account, "conversation.handed_back", found, flow=flow)
    _owned(lambda: hand_back(services.database.sessions, found, officer_of(account), services.clock(), also))
    return done(request, services, found, "handed_back")


def note(request: Request, services: With, session: Session, form: Form, conversation: str) -> Response:
    """A note that only colleagues read; also by who does not own the conversation."""
    found, account, now = _open(services, session.account, conversation), session.account, services.clock()
    text = form.lines("text", LONGEST_NOTE)
    if not text:
        raise Problem(422, "note_empty")
    if len(text) > LONGEST_NOTE:
        raise Problem(422, "reply_too_long", longest=LONGEST_NOTE)
    with writing(services.database.sessions) as ledger:
        write_note(ledger, found, officer_of(account), text, now)
        services.office.audited(account, "conversation.noted", found)(ledger)
    return done(request, services, found, "noted")


def resend(request: Request, services: With, session: Session, conversation: str, message: str) -> Response:
    """A message that did not arrive, or perhaps did not, is sent once more."""
    found, account = _open(services, session.account, conversation), session.account
    number = int(message) if message.isascii() and message.isdigit() and len(message) < 16 else 0
    also = services.office.audited(account, "conversation.resent", found, message=number)
    try:
        _owned(
            lambda: resend_message(services.database.sessions, found, number, officer_of(account), services.clock(), also=also)
        )
    except NotResendableError as error:
        raise Problem(422, f"resend_{error.reason}") from error
    return done(request, services, found, "resent")


def forward(request: Request, services: With, session: Session, form: Form, conversation: str) -> Response:
    """To a colleague (by login name) or to a team, with a note."""
    found, account, now = _open(services, session.account, conversation), session.account, services.clock()
    words, sessions, officer = form.lines("note", LONGEST_NOTE), services.database.sessions, officer_of(account)
    team = services.office.teams.by_id.get(form.text("team", 80))
    if len(words) > LONGEST_NOTE:
        raise Problem(422, "reply_too_long", longest=LONGEST_NOTE)
    if team is not None:
        also = services.office.audited(account, "conversation.forwarded", found, team=team.id)
        _owned(lambda: forward_to_team(sessions, found, officer, team, now, note=words, also=also))
        return done(request, services, found, "forwarded")
    colleague = _colleague(services, account, form.text("colleague", 40))
    also = services.office.audited(account, "conversation.forwarded", found, to=colleague.login)
    _owned(lambda: forward_to_colleague(sessions, found, officer, officer_of(colleague), now, note=words, also=also))
    return done(request, services, found, "forwarded")


def give_back(request: Request, services: With, session: Session, conversation: str) -> Response:
    """The assistant speaks again."""
    found, account = _open(services, session.account, conversation), session.account
    also = services.office.audited(account, "conversation.handed_back", found)
    _owned(lambda: hand_back(services.database.sessions, found, officer_of(account), services.clock(), also))
    return done(request, services, found, "handed_back")


def close(request: Request, services: With, session: Session, form: Form, conversation: str) -> Response:
    """Ends it with an outcome, and asks the citizen how it was."""
    outcome = next((one for one in OUTCOMES if one == form.text("outcome", 30)), None)
    if outcome is None:
        raise Problem(422, "outcome_missing")
    found, account, asks = _open(services, session.account, conversation), session.account, form.text("asks_rating") == "1"
    also = services.office.audited(account, "conversation.closed", found, outcome=outcome)
    sessions, now = services.database.sessions, services.clock()
    _owned(lambda: close_conversation(sessions, found, officer_of(account), outcome, now, asks_rating=asks, also=also))
    return done(request, services, found, "closed")


def done(request: Request, services: Services, conversation_id: str, what: str) -> Response:
    """For htmx a notice, after which the page fetches what changed; else the page anew."""
    if request.headers.get("hx-request"):
        headers = {"HX-Trigger": f'{{"conversation-act": "{what}"}}'}
        return services.pages.show(request, "parts/act_done.html", headers=headers, done=what)
    return sent_on(request, f"/conversations/{conversation_id}?done={what}")


def say_as_officer(
    services: Services, account: AccountView, conversation_id: str, message: BotMessage, key: str, act: str, **details: object
) -> OfficerMessage:
    """Writes a message of the officer. Raises ``Problem``."""
    if len(key) < 8:
        raise Problem(400, "broken_request")
    office, sessions, now = services.office, services.database.sessions, services.clock()
    also = office.audited(account, act, conversation_id, **details)
    try:
        return _owned(
            lambda: officer_says(sessions, office.private, conversation_id, officer_of(account), message, key, now, also=also)
        )
    except KeyInUseError as error:
        raise Problem(400, "broken_request") from error


def submit_as_officer(services: Services, account: AccountView, conversation_id: str, message: BotMessage, key: str) -> None:
    """A message waits for a second person, or goes out where the team's rule has just changed. Raises ``Problem``."""
    if len(key) < 8:
        raise Problem(400, "broken_request")
    office, sessions, officer = services.office, services.database.sessions, officer_of(account)
    also, now = office.audited(account, "reply.submitted", conversation_id), services.clock()
    try:
        _owned(
            lambda: say_or_submit(sessions, office.private, office.teams, conversation_id, officer, message, key, now, also=also)
        )
    except KeyInUseError as error:
        raise Problem(400, "broken_request") from error


def _open(services: Services, account: AccountView, conversation: str) -> str:
    with services.database.sessions() as ledger:
        return seen_id(ledger, account, conversation, services.office)


def _owned(act: Callable[[], T]) -> T:
    try:
        return act()
    except NotOwnerError as error:
        raise Problem(409, "not_owner") from error


def _refuse_open_variables(text: str) -> None:
    try:
        left = variables_in(text)
    except UnknownVariableError:
        # Braces that are none of ours may be the officer's own words.
        return
    if left:
        raise Problem(422, "reply_has_variables", names=", ".join(left))


def _colleague(services: Services, account: AccountView, login: str) -> AccountView:
    with services.database.sessions() as ledger:
        row = ledger.execute(select(Account).where(Account.login == login.lower().lstrip("@"))).scalar_one_or_none()
        found = account_view(row) if row is not None else None
    if found is None or not found.may(Permission.CONVERSATIONS_ANSWER) or found.login == account.login:
        raise Problem(422, "no_colleague")
    return found


def page_routes() -> APIRouter:
    """The routes of these acts."""
    router = APIRouter()
    acts: list[tuple[str, Callable[..., Response]]] = [
        ("claim", claim),
        ("reply", reply),
        ("phone-request", ask_phone),
        ("flow", start_flow),
        ("note", note),
        ("messages/{message}/resend", resend),
        ("forward", forward),
        ("hand-back", give_back),
        ("close", close),
    ]
    for path, act in acts:
        declared = [allow(Permission.CONVERSATIONS_ANSWER)]
        router.add_api_route(
            f"/conversations/{{conversation}}/{path}", act, methods=["POST"], dependencies=declared, response_model=None
        )
    return router
