"""``/campaigns``: writing, previewing, approving and steering what is told to many, and what came of it."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.permissions import Permission
from bot.outreach.campaigns.content import CHANNELS, LONG_LIMIT, SHORT_LIMIT, TITLE_LIMIT
from bot.outreach.campaigns.desk import EDITABLE, CampaignRefusedError, visible
from bot.outreach.campaigns.results import COLUMNS, STEPS, cells, funnel_svg, results_of, shown
from console import campaign_desk as desk
from console.access import Session, allow
from console.forms import Form, clean_line, number_in_path
from console.services import Services, With
from console.texts import label

DONE = {
    name: f"campaign_done_{name}"
    for name in ("saved", "submitted", "approved", "refused", "started", "paused", "resumed", "stopped")
}
_REASON = 400


def list_campaigns(request: Request, services: With, session: Session) -> Response:
    """All that the account may see."""
    with services.database.sessions() as ledger:
        rows = visible(ledger, session.account.scope)
    return services.pages.show(request, "campaigns.html", rows=rows, may_write=session.account.may(Permission.CAMPAIGNS_WRITE))


def show_new(request: Request, services: With) -> Response:
    """An empty form."""
    return _form_page(request, services, desk.empty_form(), None)


def create(request: Request, services: With, session: Session, form: Form) -> Response:
    """A new draft; what is wrong in it is told on its page, so that nothing typed is lost."""
    filled = desk.read_form(form, services)
    if filled.faults:
        return _form_page(request, services, filled.sent, None, status=422, faults=desk.told_faults(filled.faults))
    account = session.account
    also = desk.audited(services, account, "created")
    number = desk.campaigns(services).create(
        desk.with_title(filled.draft), account.login, desk.agency_of(account), services.clock(), also
    )
    return RedirectResponse(f"/campaigns/{number}?done=saved", 303)


def show_edit(request: Request, services: With, session: Session, number: str) -> Response:
    """The form of a campaign."""
    wanted = number_in_path(number, "campaign_unknown")
    with services.database.sessions() as ledger:
        row = desk.found(ledger, session.account, wanted)
    return _form_page(request, services, desk.form_of(row, services), wanted)


def change(request: Request, services: With, session: Session, form: Form, number: str) -> Response:
    """Another content: a draft again."""
    wanted = number_in_path(number, "campaign_unknown")
    filled = desk.read_form(form, services)
    if filled.faults:
        return _form_page(request, services, filled.sent, wanted, status=422, faults=desk.told_faults(filled.faults))
    account, also = session.account, desk.audited(services, session.account, "changed")
    try:
        desk.campaigns(services).change(
            wanted, desk.with_title(filled.draft), account.login, account.scope, services.clock(), also
        )
    except CampaignRefusedError as error:
        return _form_page(request, services, filled.sent, wanted, status=409, faults=[label(error.key)])
    return RedirectResponse(f"/campaigns/{wanted}?done=saved", 303)


def show_campaign(request: Request, services: With, session: Session, number: str) -> Response:
    """One campaign: what each channel shows, who would be told, what came of it."""
    wanted = number_in_path(number, "campaign_unknown")
    return _page(request, services, session, wanted, done=DONE.get(request.query_params.get("done", "")))


def submit(request: Request, services: With, session: Session, number: str) -> Response:
    """Asks for the second person."""
    names = services.office.names.all()
    also, now = desk.audited(services, session.account, "submitted"), services.clock()
    act = lambda wanted: desk.campaigns(services).submit(wanted, names, session.account.scope, now, also)  # noqa: E731
    return _acted(request, services, session, number, act, "submitted")


def approve(request: Request, services: With, session: Session, form: Form, number: str) -> Response:
    """The second person's yes."""
    names, account, now = services.office.names.all(), session.account, services.clock()
    also = desk.audited(services, account, "approved")
    revision = number_in_path(form.text("revision", 9), "campaign_unknown")

    def act(wanted: int) -> None:
        desk.campaigns(services).approve(wanted, revision, account.login, names, account.scope, now, also)

    return _acted(request, services, session, number, act, "approved")


def refuse(request: Request, services: With, session: Session, form: Form, number: str) -> Response:
    """The second person's no."""
    account, now, reason = session.account, services.clock(), form.text("reason", _REASON)
    also = desk.audited(services, account, "refused", reason=reason)
    revision = number_in_path(form.text("revision", 9), "campaign_unknown")

    def act(wanted: int) -> None:
        desk.campaigns(services).refuse(wanted, revision, account.login, reason, account.scope, now, also)

    return _acted(request, services, session, number, act, "refused")


def start(request: Request, services: With, session: Session, number: str) -> Response:
    """Begins with the next round."""
    also, now = desk.audited(services, session.account, "started"), services.clock()
    act = lambda wanted: desk.campaigns(services).start(wanted, session.account.scope, now, also)  # noqa: E731
    return _acted(request, services, session, number, act, "started")


def pause(request: Request, services: With, session: Session, number: str) -> Response:
    """Nobody further is told for now."""
    also = desk.audited(services, session.account, "paused")
    act = lambda wanted: desk.campaigns(services).pause(wanted, session.account.scope, also)  # noqa: E731
    return _acted(request, services, session, number, act, "paused")


def resume(request: Request, services: With, session: Session, number: str) -> Response:
    """Goes on."""
    also = desk.audited(services, session.account, "resumed")
    act = lambda wanted: desk.campaigns(services).resume(wanted, session.account.scope, also)  # noqa: E731
    return _acted(request, services, session, number, act, "resumed")


def stop(request: Request, services: With, session: Session, number: str) -> Response:
    """Ends it for good."""
    also, now = desk.audited(services, session.account, "stopped"), services.clock()
    act = lambda wanted: desk.campaigns(services).stop(wanted, session.account.scope, now, also)  # noqa: E731
    return _acted(request, services, session, number, act, "stopped")


def make_test(request: Request, services: With, session: Session, number: str) -> Response:
    """A code that shows the campaign in one's own chat."""
    wanted = number_in_path(number, "campaign_unknown")
    also = desk.audited(services, session.account, "tested")
    try:
        desk.campaigns(services).make_test_code(wanted, session.account.scope, services.clock(), also)
    except CampaignRefusedError as error:
        return _page(request, services, session, wanted, status=409, faults=[label(error.key)])
    return RedirectResponse(f"/campaigns/{wanted}#test", 303)


def _acted(request: Request, services: Services, session: Any, number: str, act: Callable[[int], None], done: str) -> Response:
    wanted = number_in_path(number, "campaign_unknown")
    try:
        act(wanted)
    except CampaignRefusedError as error:
        faults = [label(error.key), *desk.told_faults(error.faults)]
        status = 422 if error.faults or error.key == "campaign_refused_reason" else 409
        return _page(request, services, session, wanted, status=status, faults=faults)
    return RedirectResponse(f"/campaigns/{wanted}?done={done}", 303)


def _form_page(
    request: Request, services: Services, sent: dict[str, Any] | Any, number: int | None, *, status: int = 200, faults: Any = ()
) -> Response:
    limits = {"title": TITLE_LIMIT, "short_text": SHORT_LIMIT, "long_text": LONG_LIMIT}
    return services.pages.show(
        request,
        "campaign_edit.html",
        status=status,
        sent=sent,
        number=number,
        faults=faults,
        limits=limits,
        channels=CHANNELS,
        places=services.office.places,
        template_channels=desk.TEMPLATE_CHANNELS,
    )


def _page(
    request: Request,
    services: Services,
    session: Any,
    number: int,
    *,
    status: int = 200,
    done: str | None = None,
    faults: Any = (),
) -> Response:
    account, now = session.account, services.clock()
    ward = clean_line(request.query_params.get("ward", ""), 80)
    with services.database.sessions() as ledger:
        row = desk.found(ledger, account, number)
        results = results_of(ledger, row.id)
        would = desk.audience(ledger, row, services) if row.state in EDITABLE else None
    titles = {step: label(f"campaign_step_{step}") for step in COLUMNS}
    place = ward if ward in services.office.places else ""
    return services.pages.show(
        request,
        "campaign.html",
        status=status,
        done=done,
        faults=faults,
        row=row,
        procedure=services.office.names.all().get(row.procedure_code or ""),
        previews=desk.previews(row, services),
        script=desk.script_for(row, services, place),
        ward=place,
        places=services.office.places,
        would=would,
        results=results,
        lines=cells(results),
        steps=COLUMNS,
        titles=titles,
        totals={step: shown(results.totals.get(step, 0)) for step in COLUMNS},
        funnel=funnel_svg(results.totals, titles, label("campaign_funnel_described", title=row.title)),
        has_results=bool(results.totals) or results.audience > 0,
        editable=row.state in EDITABLE,
        own=row.author == account.login,
        may_write=account.may(Permission.CAMPAIGNS_WRITE),
        may_approve=account.may(Permission.CAMPAIGNS_APPROVE),
        test_code=row.test_code if row.test_until is not None and row.test_until > now else None,
        first_steps=STEPS,
    )


def page_routes() -> APIRouter:
    """The routes of these pages. Who may only read reports sees them too; who acts needs the right to."""
    router = APIRouter()
    read, write = [allow(Permission.REPORTS_READ)], [allow(Permission.CAMPAIGNS_WRITE)]
    decide = [allow(Permission.CAMPAIGNS_APPROVE)]
    routes: list[tuple[str, str, Callable[..., Response], Any]] = [
        ("GET", "/campaigns", list_campaigns, read),
        ("GET", "/campaigns/new", show_new, write),
        ("POST", "/campaigns/new", create, write),
        ("GET", "/campaigns/{number}", show_campaign, read),
        ("GET", "/campaigns/{number}/edit", show_edit, write),
        ("POST", "/campaigns/{number}/edit", change, write),
        ("POST", "/campaigns/{number}/submit", submit, write),
        ("POST", "/campaigns/{number}/approve", approve, decide),
        ("POST", "/campaigns/{number}/refuse", refuse, decide),
        ("POST", "/campaigns/{number}/start", start, write),
        ("POST", "/campaigns/{number}/pause", pause, write),
        ("POST", "/campaigns/{number}/resume", resume, write),
        ("POST", "/campaigns/{number}/stop", stop, write),
        ("POST", "/campaigns/{number}/test", make_test, write),
    ]
    for method, path, page, declared in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
