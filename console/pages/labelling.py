"""``/labelling``: messages that the bot was unsure of, or got wrong; trainers say what they mean, by keyboard."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.clock import VIETNAM_TIME
from bot.labelling.agreement import second_share
from bot.labelling.labels import (
    LEFT_OUT,
    LONGEST_NOTE,
    LabelRefusedError,
    Meaning,
    ask_colleague,
    label_message,
    leave_for_later,
    take_apart,
    take_back_last,
)
from bot.labelling.message_view import MessageView, message_view
from bot.labelling.queue import ON_A_PAGE, counts_by_value, hold, next_message, progress, queue_page
from bot.labelling.suggestions import suggested
from bot.review.labels import label_of
from bot.storage.database import writing
from console.access import Session, allow
from console.forms import Form, whole_number
from console.labelling_desk import (
    ENTITY_KINDS,
    WEEKS,
    UnclearLabelError,
    asked_for,
    filter_of,
    for_people,
    intent_words,
    with_query,
)
from console.office import officer_of
from console.problems import Problem
from console.services import Services, With
from console.texts import label

SHORTCUTS = ("labelling_pick", "labelling_save", "labelling_intent", "labelling_procedure", "labelling_group", "labelling_skip",
             "labelling_ask", "labelling_leave_out", "labelling_undo")  # fmt: skip
_DONE = ("labelled", "second", "disputed", "left_out", "skipped", "asked", "apart", "undone", "empty")
_DIGITS = 15


def show_queue(request: Request, services: With, session: Session) -> Response:
    """The groups that wait, with the filter and how many messages each of its values has."""
    asked, now = asked_for(request.query_params), services.clock()
    wanted, page = filter_of(asked), _whole(request.query_params.get("page", ""), 4) or 1
    login = session.account.login
    with services.database.sessions() as ledger:
        found = queue_page(ledger, login, wanted, now, page)
        counts = counts_by_value(ledger, login, wanted, now)
        done, in_all = progress(ledger, login, wanted, now, _midnight(now))
    return services.pages.show(
        request,
        "labelling.html",
        asked=asked,
        found=found,
        page=page,
        pages=max(1, -(-found.groups_in_all // ON_A_PAGE)),
        choices=_choices(services, asked, counts),
        weeks=WEEKS,
        done_today=done,
        in_all=in_all,
        notice=_notice(request.query_params),
        **_words(services),
    )


def _choices(services: Services, asked: Mapping[str, str], counts: Mapping[str, list[tuple[str, int]]]) -> dict[str, Any]:
    named: dict[str, Callable[[str], str]] = {
        "reason": lambda value: label(f"labelling_reason_{value}"),
        "state": lambda value: label(f"labelling_state_{value}"),
        "intent": intent_words,
        "procedure_code": services.labelling.procedure_name,
        "channel": _channel,
    }
    found = {}
    for name, words in named.items():
        listed = list(counts.get(name, ()))
        if name in asked and asked[name] not in dict(listed):
            listed.append((asked[name], 0))
        found[name] = [(value, words(value), count) for value, count in listed]
    return found


def _channel(value: str) -> str:
    return label("labelling_channel_import") if value == "import" else label_of("channel", value)


def _words(services: Services) -> dict[str, Any]:
    """What the templates call things by."""
    return {
        "intent_words": intent_words,
        "procedure_name": services.labelling.procedure_name,
        "for_people": for_people,
        "channel_name": _channel,
        "with_query": with_query,
    }


def _notice(query: Mapping[str, str]) -> str | None:
    done, count = query.get("done", ""), _whole(query.get("n", ""), 6)
    return label(f"labelling_done_{done}", count=count) if done in _DONE else None


def go_to_next(request: Request, services: With, session: Session) -> Response:
    """Leads to the next message for this trainer, or back to the list where nothing is left."""
    asked = asked_for(request.query_params)
    told = {name: request.query_params[name] for name in ("done", "n") if name in request.query_params}
    with writing(services.database.sessions) as ledger:
        found = next_message(ledger, session.account.login, filter_of(asked), services.clock())
    if found is None:
        return RedirectResponse(with_query("/labelling", asked, **(told or {"done": "empty"})), 303)
    return RedirectResponse(with_query(f"/labelling/{found}", asked, **told), 303)


def show_message(request: Request, services: With, session: Session, message: str) -> Response:
    """One message to label."""
    with writing(services.database.sessions) as ledger:
        hold(ledger, _number(message), session.account.login, services.clock())
    return _page(request, services, session.account, message, notice=_notice(request.query_params))


def label_it(request: Request, services: With, session: Session, form: Form, message: str) -> Response:
    """The form with a label was sent."""
    number = _number(message)
    with services.database.sessions() as ledger:
        view = _viewed(services, ledger, session.account, number)
    try:
        if form.text("act", 20) == "leave_out":
            meaning = Meaning(LEFT_OUT, note=form.text("note", LONGEST_NOTE))
        else:
            meaning = services.labelling.read_meaning(form, view.item.text)
    except UnclearLabelError as error:
        return _page(request, services, session.account, message, status=422, fault=label(error.key), given=form)
    return _act(request, services, session, message, lambda ledger: _label(services, session, form, number, meaning, ledger))


def _label(
    services: Services, session: Session, form: Form, number: int, meaning: Meaning, ledger: LedgerSession
) -> dict[str, str]:
    now, share = services.clock(), second_share(ledger)
    labelled = label_message(
        ledger,
        number,
        officer_of(session.account),
        meaning,
        now,
        seen=form.text("seen", 10),
        with_group=form.text("group", 2) == "1",
        second_share=share,
    )
    details = {"intent": meaning.intent, "procedure": meaning.procedure_code, "messages": labelled.messages}
    record_audit(ledger, session.account.actor, "message.labelled", f"label_item:{number}", details, now=now)
    done = {"done": "labelled", "second": "second", "disputed": "disputed", "left_out": "left_out"}
    return {"done": done.get(labelled.state, "labelled"), "n": str(labelled.messages)}


def skip(request: Request, services: With, session: Session, message: str) -> Response:
    """The trainer leaves the message for later."""

    def act(ledger: LedgerSession) -> dict[str, str]:
        leave_for_later(ledger, _number(message), officer_of(session.account), services.clock())
        record_audit(ledger, session.account.actor, "message.skipped", f"label_item:{_number(message)}", {}, now=services.clock())
        return {"done": "skipped"}

    return _act(request, services, session, message, act)


def ask(request: Request, services: With, session: Session, form: Form, message: str) -> Response:
    """The trainer asks a colleague."""
    to = form.text("to", 64)
    if to and to not in _colleagues(services, session.account):
        raise Problem(400, "broken_request")

    def act(ledger: LedgerSession) -> dict[str, str]:
        now, number = services.clock(), _number(message)
        ask_colleague(ledger, number, officer_of(session.account), form.text("note", LONGEST_NOTE), now, to or None)
        details = {"to": to or None}
        record_audit(ledger, session.account.actor, "message.asked_about", f"label_item:{number}", details, now=now)
        return {"done": "asked"}

    return _act(request, services, session, message, act)


def set_apart(request: Request, services: With, session: Session, form: Form, message: str) -> Response:
    """A message does not belong to the group of this one."""
    mate = _number(form.text("mate", _DIGITS) or message)

    def act(ledger: LedgerSession) -> dict[str, str]:
        take_apart(ledger, mate)
        record_audit(ledger, session.account.actor, "message.set_apart", f"label_item:{mate}", {}, now=services.clock())
        return {"done": "apart"}

    return _act(request, services, session, message, act, then=f"/labelling/{_number(message)}")


def undo(request: Request, services: With, session: Session) -> Response:
    """Takes the trainer's last act back and shows its message."""
    try:
        with writing(services.database.sessions) as ledger:
            number = take_back_last(ledger, officer_of(session.account), services.clock())
            subject = f"label_item:{number}"
            record_audit(ledger, session.account.actor, "message.act_taken_back", subject, {}, now=services.clock())
    except LabelRefusedError as error:
        raise Problem(409, f"labelling_{error.reason}") from error
    return RedirectResponse(with_query(f"/labelling/{number}", asked_for(request.query_params), done="undone"), 303)


def _act(
    request: Request,
    services: Services,
    session: Session,
    message: str,
    act: Callable[[LedgerSession], dict[str, str]],
    *,
    then: str = "/labelling/next",
) -> Response:
    """Carries an act out and goes on. A message that a colleague has labelled meanwhile is shown with what they said."""
    try:
        with writing(services.database.sessions) as ledger:
            told = act(ledger)
    except LabelRefusedError as error:
        if error.reason == "gone":
            raise Problem(404, "no_label_message") from error
        said = intent_words(error.intent)
        key = f"labelling_fault_{error.reason}" + ("_told" if error.by and said else "_by" if error.by else "")
        fault = label(key, name=error.by, intent=said)
        return _page(request, services, session.account, message, status=409, fault=fault)
    return RedirectResponse(with_query(then, asked_for(request.query_params), **told), 303)


def _page(
    request: Request, services: Services, account: AccountView, message: str, *, status: int = 200, **values: Any
) -> Response:
    asked, now = asked_for(request.query_params), services.clock()
    with services.database.sessions() as ledger:
        view = _viewed(services, ledger, account, _number(message))
        done, in_all = progress(ledger, account.login, filter_of(asked), now, _midnight(now))
    intents = services.labelling.intents()
    given = {"fault": None, "notice": None, "given": None} | values
    return services.pages.show(
        request,
        "labelling_message.html",
        status=status,
        view=view,
        asked=asked,
        done_today=done,
        in_all=in_all,
        intents=intents,
        suggestions=suggested(view.item, view.neighbours, tuple(intents)),
        procedures=_procedures(view),
        colleagues=_colleagues(services, account),
        holder=_colleagues(services, account).get(view.held_by or "", view.held_by),
        entity_kinds=ENTITY_KINDS,
        clauses=(),
        page_shortcuts=SHORTCUTS,
        own=any(one.account == account.login for one in view.labels),
        **_words(services),
        **given,
    )


def _procedures(view: MessageView) -> list[str]:
    """The procedures that may be meant: the one that the assistant spoke of, and those of the nearest labelled messages."""
    codes = [view.item.procedure_code, *(one.procedure_code for one in view.neighbours)]
    return list(dict.fromkeys(code for code in codes if code))[:4]


def _colleagues(services: Services, account: AccountView) -> dict[str, str]:
    """The other trainers' names by login."""
    trainers = (one for one in services.accounts.all() if one.may(Permission.MESSAGES_LABEL) and one.login != account.login)
    return {one.login: one.display_name for one in trainers}


def _viewed(services: Services, ledger: LedgerSession, account: AccountView, number: int) -> MessageView:
    view = message_view(ledger, number, account.login, services.clock())
    if view is None:
        raise Problem(404, "no_label_message")
    return view


def find_procedures(request: Request, services: With) -> Response:
    """The procedures that fit what is being typed, as choices of the field."""
    typed = request.query_params.get("procedure", "")[:100]
    found = services.labelling.find_procedures(typed)
    return services.pages.show(request, "parts/labelling_procedures.html", found=found)


def _number(text: str) -> int:
    number = _whole(text, _DIGITS)
    if not number:
        raise Problem(404, "no_label_message")
    return number


def _whole(text: str, digits: int) -> int:
    return whole_number(text, digits) or 0


def _midnight(now: datetime) -> datetime:
    return now.astimezone(VIETNAM_TIME).replace(hour=0, minute=0, second=0, microsecond=0)


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.MESSAGES_LABEL)]
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/labelling", show_queue),
        ("GET", "/labelling/next", go_to_next),
        ("GET", "/labelling/procedures", find_procedures),
        ("POST", "/labelling/undo", undo),
        ("GET", "/labelling/{message}", show_message),
        ("POST", "/labelling/{message}", label_it),
        ("POST", "/labelling/{message}/skip", skip),
        ("POST", "/labelling/{message}/ask", ask),
        ("POST", "/labelling/{message}/apart", set_apart),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
