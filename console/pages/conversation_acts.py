"""What an officer does with a conversation: takes it, answers, notes, asks, passes on, hands back, ends. Each act is recorded."""

from collections.abc import Callable
from typing import TypeVar, get_args

from fastapi import APIRouter, Request, Response
from sqlalchemy import select

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView, account_view
from bot.messages import BotMessage
from bot.officers import taking
from bot.officers.approvals import Act, Submitted, say_or_submit
from bot.officers.canned_replies import UnknownVariableError, variables_in
from bot.officers.flows import ABOUT_A_PROCEDURE, FLOWS, flow_message, phone_request
from bot.officers.notes import LONGEST_NOTE, without_numbers, write_note
from bot.officers.resending import NotResendableError, resend_message
from bot.officers.speaking import LONGEST_REPLY, KeyInUseError, OfficerMessage
from bot.officers.taking import (
    LONGEST_REASON,
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
from console.forms import Form, SentForm, whole_number
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
    finally:
        # Who was slower looks at the list again at once.
        services.board.forget()
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
    said = say_as_officer(services, session.account, found, BotMessage(text), _key(form), "conversation.replied")
    return done(request, services, found, "submitted" if isinstance(said, Submitted) else "replied")


def ask_phone(request: Request, services: With, session: Session, form: Form, conversation: str) -> Response:
    """The citizen is asked for their telephone number."""
    found = _open(services, session.account, conversation)
    asked = "conversation.phone_asked"
    said = say_as_officer(services, session.account, found, phone_request(), _key(form), asked, act="phone")
    return done(request, services, found, "submitted" if isinstance(said, Submitted) else "phone_asked")


def start_flow(request: Request, services: With, session: Session, form: Form, conversation: str) -> Response:
    """The citizen gets a button, and the assistant the word: it goes on from the press. Where a second person reads first, both
    happen once they approve."""
    flow = next((one for one in FLOWS if one == form.text("flow", 20)), None)
    if flow is None:
        raise Problem(422, "flow_incomplete")
    code, name = _procedure(services, form) if flow in ABOUT_A_PROCEDURE else ("", "")
    found, account = _open(services, session.account, conversation), session.account
    message = flow_message(flow, code, name)
    offered = "conversation.flow_offered"
    if isinstance(say_as_officer(services, account, found, message, _key(form), offered, act="flow", flow=flow), Submitted):
        return done(request, services, found, "submitted")
    also = services.office.audited(account, "conversation.handed_back", found, flow=flow)
    _owned(lambda: hand_back(services.database.sessions, found, officer_of(account), services.clock(), also))
    return done(request, services, found, "handed_back")


def take_over(request: Request, services: With, session: Session, form: Form, conversation: str) -> Response:
    """A supervisor takes it from a colleague who has it, and says why; the colleague's page tells them."""
    reason = form.lines("reason", LONGEST_REASON)
    if not reason:
        raise Problem(422, "take_over_reason")
    if len(reason) > LONGEST_REASON:
        raise Problem(422, "reply_too_long", longest=LONGEST_REASON)
    found, account, owner = _open(services, session.account, conversation), session.account, form.text("owner", 64)
    if owner == account.login:
        raise Problem(400, "broken_request")
    also = services.office.audited(account, "conversation.taken_over", found, owner=owner, reason=without_numbers(reason))
    try:
        taking.take_over(services.database.sessions, found, officer_of(account), owner, reason, services.clock(), also=also)
    except TakenError as error:
        raise Problem(409, "taken" if error.owner else "not_theirs", owner=error.owner or "") from error
    return sent_on(request, f"/conversations/{found}?done=taken_over")


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
    number = whole_number(message) or 0
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
    with sessions() as ledger:
        team = services.office.teams_on_duty(ledger).by_id.get(form.text("team", 80))
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
    services: Services,
    account: AccountView,
    conversation_id: str,
    message: BotMessage,
    key: str,
    entry: str,
    *,
    act: Act = "reply",
    file_id: int | None = None,
    **details: object,
) -> OfficerMessage | Submitted:
    """The officer's message goes to the citizen (``entry`` in the audit log), or waits for a second person where the team wants
    that (``reply.submitted``). Raises
    ``Problem``."""
    if len(key) < 8:
        raise Problem(400, "broken_request")
    office, sessions, now = services.office, services.database.sessions, services.clock()
    also = office.audited(account, entry, conversation_id, **details)
    submitted = office.audited(account, "reply.submitted", conversation_id, kind=act, **details)
    try:
        return _owned(
            lambda: say_or_submit(
                sessions, office.private, office.teams, conversation_id, officer_of(account), message, key, now,
                also=also, also_submitted=submitted, act=act, file_id=file_id,
            )
        )  # fmt: skip
    except KeyInUseError as error:
        raise Problem(400, "broken_request") from error


def _key(form: SentForm) -> str:
    return form.text("key", _LONGEST_KEY)


def _open(services: Services, account: AccountView, conversation: str) -> str:
    with services.database.sessions() as ledger:
        return seen_id(ledger, account, conversation, services.office)


def _procedure(services: Services, form: Form) -> tuple[str, str]:
    """Code and name of the procedure that was chosen, or whose words were typed. Raises ``Problem``."""
    typed = form.text("procedure", 200) or form.text("procedure_words", 200)
    if not typed:
        raise Problem(422, "flow_incomplete")
    chosen = services.office.names.chosen(typed)
    if chosen is None:
        raise Problem(422, "procedure_unknown")
    return chosen.code, chosen.name


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
    supervise = [allow(Permission.CONVERSATIONS_SUPERVISE)]
    router.add_api_route(
        "/conversations/{conversation}/take-over", take_over, methods=["POST"], dependencies=supervise, response_model=None
    )
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
