"""``/sla``: the month's service levels against what was agreed, and what a solved question cost."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from fastapi import APIRouter, Request, Response
from markupsafe import Markup

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.catalogue.load import CatalogueError, load_offices
from bot.clock import VIETNAM_TIME
from bot.officers.hours import hours_of
from bot.service_levels.report import LevelReport, Month, level_report
from bot.service_levels.terms import Costs, TermsError, read_terms
from bot.service_levels.words import money_lines, report_csv, report_pdf, rows_of
from bot.storage.database import writing
from bot.switches.words import spoken_moment
from bot.sync_monitor.state_page import part_name
from console.access import Session, allow
from console.problems import Problem
from console.services import Services, With
from console.texts import label

_FILES = {"csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}


def show_levels(request: Request, services: With, session: Session) -> Response:
    """The month asked for, or the running one."""
    month = _month(request, services)
    shown: dict[str, Any] = {
        "month": str(month),
        "spoken": month.spoken,
        "before": str(month.before),
        "fault": None,
        "report": None,
    }
    try:
        report = _report(services, session, month)
    except (TermsError, CatalogueError) as error:
        shown["fault"] = label("sla_bad_terms", why=str(error)[:300])
        return services.pages.show(request, "service_levels.html", **shown)
    rows = [(row, Markup(row.drawing)) for row in rows_of(report)]  # noqa: S704 (it escapes its texts)
    named = [(part_name(part, "vi"), minutes) for part, minutes in report.minutes_down.items() if minutes]
    return services.pages.show(
        request,
        "service_levels.html",
        **(shown | {"report": report, "rows": rows, "money": money_lines(report), "down": named}),
        agency_name=_namer(services),
    )


def levels_file(request: Request, services: With, session: Session, form: str) -> Response:
    """The report as CSV or PDF; noted in the audit log, since it leaves the console."""
    if form not in _FILES:
        raise Problem(404, "page_not_found")
    month, now = _month(request, services), services.clock()
    try:
        report = _report(services, session, month)
    except (TermsError, CatalogueError) as error:
        raise Problem(404, "page_not_found") from error
    with writing(services.database.sessions) as ledger:
        details = {"form": form, "month": str(month)}
        record_audit(ledger, session.account.actor, "sla.exported", "sla", details, now=now)
    named = _namer(services)
    made = f"{spoken_moment(now)} · {session.account.display_name}"
    content = report_csv(report, named) if form == "csv" else report_pdf(report, named, made)
    attached = {"Content-Disposition": f'attachment; filename="muc-dich-vu-{month}.{form}"', "Cache-Control": "no-store"}
    return Response(content, 200, attached, _FILES[form])


def _report(services: Services, session: Session, month: Month) -> LevelReport:
    """With the agencies that the account may see."""
    data_dir = services.labelling.data_dir
    hours = hours_of(load_offices(data_dir / "catalogue").calendar)
    terms, costs = read_terms(data_dir), Costs.read(data_dir).of(str(month))
    with services.database.sessions() as ledger:
        report = level_report(ledger, month, terms, costs, hours, services.clock())
    return replace(report, units=tuple(unit for unit in report.units if session.account.scope.allows(unit.agency)))


def _month(request: Request, services: Services) -> Month:
    try:
        return Month.parse(request.query_params.get("month", ""))
    except ValueError:
        return Month(services.clock().astimezone(VIETNAM_TIME).date().replace(day=1))


def _namer(services: Services) -> Callable[[str], str]:
    return lambda agency: services.agencies.get(agency, agency)


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    read = [allow(Permission.REPORTS_READ)]
    router.add_api_route("/sla", show_levels, methods=["GET"], dependencies=read, response_model=None)
    router.add_api_route("/sla.{form}", levels_file, methods=["GET"], dependencies=read, response_model=None)
    return router
