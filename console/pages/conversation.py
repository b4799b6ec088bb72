"""``/conversations/<id>``: one conversation to read and to work in, live."""

from typing import Any, get_args

from fastapi import APIRouter, Request, Response

from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.officers.canned_replies import MissingValueError, UnknownVariableError, fill_in
from bot.officers.notes import see_mentions
from bot.officers.view import mark_seen
from console.access import Session, allow
from console.conversation_page import LINES, Mode, Shown, fingerprint, seen_id, shown_conversation
from console.forms import clean_line, whole_number
from console.live import change_stream
from console.office import officer_of
from console.pages.own_replies import own_reply_words
from console.services import Services, With

_ANY_MODE = get_args(Mode)


def show_conversation(request: Request, services: With, session: Session, conversation: str) -> Response:
    """The page. ``before``: the lines before this number, for who reads on upwards."""
    before = whole_number(request.query_params.get("before", ""))
    after = max(0, before - LINES - 1) if before is not None else None
    shown = _read(services, session.account, conversation, after)
    _seen(services, session.account, shown)
    values = shown.values(services.office) | {
        "done": request.query_params.get("done", ""),
        "live": before is None,
        "known": "",
        "oob": False,
        "text": _draft(services, session.account, shown, request.query_params.get("draft", "")),
        "fault": "",
    }
    return services.pages.show(request, "conversation.html", **values)


def show_news(request: Request, services: With, session: Session, conversation: str) -> Response:
    """What changed: lines after the last one shown, states, ownership. ``mode`` is what the page showed before."""
    after = whole_number(request.query_params.get("after", "")) or 0
    shown = _read(services, session.account, conversation, max(0, after - LINES // 2))
    _seen(services, session.account, shown)
    known = request.query_params.get("mode", "")
    values = shown.values(services.office) | {"after": after, "known": known if known in _ANY_MODE else "", "oob": True}
    # Somebody is about to read a number in the panel: it is not taken from under their hands.
    values |= {"text": "", "fault": ""}
    values["with_panel"] = request.query_params.get("panel") != "0"
    return services.pages.show(request, "parts/conversation_news.html", **values)


def stream_changes(services: With, session: Session, conversation: str) -> Response:
    """Says when something changed."""
    with services.database.sessions() as ledger:
        conversation_id = seen_id(ledger, session.account, conversation, services.office)

    def look() -> str:
        with services.database.sessions() as fresh:
            return fingerprint(fresh, conversation_id)

    return change_stream(look)


def fill_canned_reply(request: Request, services: With, session: Session, conversation: str) -> Response:
    """The chosen reply with its variables filled in, for the reply box: the officer reads it before it is sent."""
    shown = _read(services, session.account, conversation, None)
    title = clean_line(request.query_params.get("canned", ""), 120)
    reply = next((one for one in shown.replies if one.title == title), None)
    text, fault = reply.text if reply is not None else "", ""
    officer = officer_of(session.account)
    try:
        with services.database.sessions() as ledger:
            values = services.office.reply_values(ledger, shown.view.open_handoff, officer)
        text = fill_in(text, values)
    except (MissingValueError, UnknownVariableError) as error:
        fault = str(error)
    return services.pages.show(request, "parts/reply_box.html", text=text, fault=fault)


def _read(services: Services, account: AccountView, conversation: str, after: int | None) -> Shown:
    with services.database.sessions() as ledger:
        return shown_conversation(ledger, account, conversation, services.office, services.clock(), after)


def _draft(services: Services, account: AccountView, shown: Shown, draft: str) -> str:
    """The words of an own reply that is to be sent anew."""
    number = whole_number(draft)
    if number is None or shown.mode != "mine":
        return ""
    with services.database.sessions() as ledger:
        return own_reply_words(ledger, account, shown.view.conversation_id, number)


def _seen(services: Services, account: AccountView, shown: Shown) -> None:
    sessions = services.database.sessions
    mark_seen(sessions, shown.view.conversation_id, account.login, shown.view.last_seq)
    see_mentions(sessions, shown.view.conversation_id, account.login, services.clock())


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    base = "/conversations/{conversation}"
    routes: list[tuple[str, Any, bool]] = [
        (base, show_conversation, False),
        (base + "/news", show_news, True),
        (base + "/events", stream_changes, True),
        (base + "/canned-reply", fill_canned_reply, False),
    ]
    for path, page, by_itself in routes:
        declared = [allow(Permission.CONVERSATIONS_READ, by_itself=by_itself)]
        router.add_api_route(path, page, methods=["GET"], dependencies=declared, response_model=None)
    return router
