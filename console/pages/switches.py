"""``/switches``: what is off now, switching off and on again, and the history of orders."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.officers.notes import without_numbers
from bot.switches import store
from bot.switches.board import Order, Target, is_decided, standing
from bot.switches.reading import check_known, read_moment, read_target, write_target
from bot.switches.subjects import ANSWER_FACETS, CHANNELS, known_intents
from bot.switches.words import off_text
from console.access import Session, allow
from console.forms import Form, clean_line
from console.problems import Problem
from console.services import Services, With
from console.texts import label

INTENTS = (
    "find_procedure", "ask_documents", "ask_fee", "ask_processing_time", "ask_place", "ask_steps", "ask_conditions",
    "ask_legal_basis", "ask_form", "ask_result", "ask_online_level", "ask_working_hours", "ask_new_place", "start_submission",
    "check_status", "supplement_dossier", "withdraw_dossier", "authorise_someone", "book_visit", "subscribe_updates",
    "ask_login_account", "ask_payment", "technical_problem", "data_rights",
)  # fmt: skip
"""The kinds of help that the page offers; the command line takes every intent."""

DONE = {name: f"switch_done_{name}" for name in ("off", "on")}
LONGEST_TEXT = 1_000
_REASON, _TIME = 400, 40


def show_switches(request: Request, services: With) -> Response:
    """What is off or will be, and the orders given."""
    return _list_page(request, services, done=DONE.get(request.query_params.get("done", "")))


def show_new(request: Request, services: With) -> Response:
    """First what is to be switched off, then the order."""
    asked = {name: clean_line(request.query_params.get(name, ""), 80) for name in ("q", "scope", "subject")}
    if not asked["subject"]:
        found = services.office.names.find(asked["q"])
        return services.pages.show(
            request, "switch_choose.html", q=asked["q"], found=found, intents=INTENTS, channels=CHANNELS, fault=None
        )
    target = _target(services, asked["scope"], asked["subject"], "overview")
    return _order_page(request, services, target, {"scope": target.scope})


def switch_off(request: Request, services: With, session: Session, form: Form) -> Response:
    """The order was sent."""
    sent = {name: form.text(name, _TIME) for name in ("scope", "facet", "from", "until")}
    sent |= {"reason": form.text("reason", _REASON + 1)}
    sent |= {name: form.lines(name, LONGEST_TEXT) for name in ("text_vi", "text_en")}
    target = _target(services, sent["scope"], form.text("subject", 80), sent["facet"])
    now, account = services.clock(), session.account
    try:
        store.switch_off(
            services.database.sessions,
            target,
            reason=without_numbers(sent["reason"]),
            by=account.login,
            now=now,
            from_at=read_moment(sent["from"], now) if sent["from"] else None,
            until_at=read_moment(sent["until"], now) if sent["until"] else None,
            text_vi=sent["text_vi"] or None,
            text_en=sent["text_en"] or None,
            also=_audited(services, account, "switch.off", target, without_numbers(sent["reason"]), until=sent["until"]),
        )
    except store.SwitchRefusedError as error:
        return _order_page(request, services, target, sent, status=422, fault=refusal(error))
    return RedirectResponse("/switches?done=off", 303)


def switch_on(request: Request, services: With, session: Session, form: Form) -> Response:
    """Something is to be on again."""
    reason, written = form.text("reason", _REASON + 1), form.text("target", 200)
    try:
        target = read_target(written)
        store.switch_on(
            services.database.sessions,
            target,
            reason=without_numbers(reason),
            by=session.account.login,
            now=services.clock(),
            also=_audited(services, session.account, "switch.on", target, without_numbers(reason)),
        )
    except store.SwitchRefusedError as error:
        return _list_page(request, services, status=422, fault=refusal(error), failed=written, reason=reason)
    return RedirectResponse("/switches?done=on", 303)


def refusal(error: store.SwitchRefusedError) -> str:
    """Why an order is refused and what to do, as the page says it."""
    return label(f"problem_{error.key}", language="vi", **error.values)


def target_name(target: Target, procedures: Any) -> str:
    """A target in words: ``Thủ tục: Đăng ký khai tử (1.000656)``."""
    if target.scope == "channel":
        return label("switch_on_channel", name=channel_name(target.subject))
    if target.scope == "intent":
        named = label(f"switch_intent_{target.subject}") if target.subject in INTENTS else target.subject
        return label("switch_on_intent", name=named)
    values: dict[str, str] = {"name": procedures.get(target.subject, label("switch_procedure_gone")), "code": target.subject}
    if target.scope == "answer":
        facet = label(f"switch_facet_{target.facet}") if target.facet in ANSWER_FACETS else target.facet
        return label("switch_on_answer", facet=facet, **values)
    return label(f"switch_on_{target.scope}", **values)


def channel_name(channel: str) -> str:
    """A channel's name."""
    return label(f"channel_{channel}") if channel in CHANNELS else channel


def _target(services: Services, scope: str, subject: str, facet: str) -> Target:
    """What was chosen. Raises ``Problem`` 404 where there is no such thing."""
    try:
        target = read_target(f"{scope}:{subject}" + (f"/{facet}" if scope == "answer" else ""))
        check_known(
            target,
            procedures=services.office.names.all(),
            facets=ANSWER_FACETS,
            intents=known_intents(),
            channels=CHANNELS,
        )
    except store.SwitchRefusedError as error:
        raise Problem(404, "switch_refused_target") from error
    return target


def _order_page(
    request: Request, services: Services, target: Target, sent: dict[str, str], *, status: int = 200, fault: str | None = None
) -> Response:
    given = dict.fromkeys(("facet", "from", "until", "reason", "text_vi", "text_en"), "") | sent
    of_procedure = target.scope in ("procedure", "answer", "online_filing")
    name = target_name(Target("procedure", target.subject) if of_procedure else target, services.office.names.all())
    values: dict[str, Any] = {
        "target": target,
        "named": name,
        "of_procedure": of_procedure,
        "given": given,
        "facets": ANSWER_FACETS,
    }
    return services.pages.show(request, "switch_off.html", status=status, fault=fault, **values)


def _list_page(request: Request, services: Services, *, status: int = 200, **values: Any) -> Response:
    now = services.clock()
    with services.database.sessions() as session:
        orders = store.read_orders(session, now).orders
        past = store.history(session)
    procedures = services.office.names.all()

    def shown(order: Order) -> dict[str, Any]:
        named = target_name(order.target, procedures)
        return {
            "order": order,
            "name": named,
            "target": write_target(order.target),
            "coming": order.from_at > now,
            "decided": is_decided(order.target),
        }

    off = [
        shown(order) | {"texts": {language: off_text(order, language) for language in ("vi", "en")}}
        for order in standing(orders)
        if order.until_at is None or order.until_at > now
    ]
    given = {"done": None, "fault": None, "failed": "", "reason": ""} | values
    return services.pages.show(request, "switches.html", status=status, off=off, past=[shown(order) for order in past], **given)


def _audited(services: Services, account: AccountView, act: str, target: Target, reason: str, **details: str) -> store.Also:
    def record(session: LedgerSession) -> None:
        said = {"reason": reason} | {name: value for name, value in details.items() if value}
        record_audit(session, account.actor, act, write_target(target), said, now=services.clock())

    return record


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.SWITCHES_MANAGE)]
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/switches", show_switches),
        ("GET", "/switches/new", show_new),
        ("POST", "/switches/new", switch_off),
        ("POST", "/switches/on", switch_on),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
