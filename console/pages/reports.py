"""``/reports``: the reports of the units, where each went, what is late now; one report with its indicators and files."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.reporting import numbers
from bot.reporting.delivery import deliveries_of, try_again
from bot.reporting.files import report_csv, report_json
from bot.reporting.indicators import IndicatorFileError
from bot.reporting.pdf import report_pdf
from bot.reporting.pdf_parts import changed_unit, figure_name
from bot.reporting.period import PeriodError, month_of, read_period
from bot.reporting.store import PeriodNotOverError
from bot.reporting.summary import period_text
from bot.reporting.view import ReportView
from bot.storage.database import writing
from bot.storage.report_models import Report, ReportDelivery
from console.access import Session, allow
from console.forms import Form, clean_line, number_in_path
from console.problems import Problem
from console.rendering import moment
from console.report_desk import by_kind, unit_matches, yesterday
from console.services import Services, With
from console.texts import label

ROWS = 40
_KINDS = {"json": "application/json", "csv": "text/csv; charset=utf-8", "pdf": "application/pdf"}
_DONE = {name: f"hub_done_{name}" for name in ("made", "same", "again")}
_LONGEST_ID = 40


def show_reports(request: Request, services: With, session: Session) -> Response:
    """The newest reports, by kind and month, and the alerts of this moment."""
    return _list_page(request, services, session)


def make_report(request: Request, services: With, session: Session, form: Form) -> Response:
    """A report is wanted now."""
    kind, day, month = form.text("kind", 10), form.text("day", 12), form.text("month", 12)
    try:
        period = read_period(kind, day if kind == "daily" else month)

        def record(ledger: LedgerSession, report: Report) -> None:
            details = {"changes": len(report.changes)}
            record_audit(ledger, session.account.actor, "report.made", f"report:{report.id}", details, now=report.made_at)

        kept = services.reports.desk.make(period, by=session.account.login, now=services.clock(), also=record)
    except PeriodError:
        return _list_page(request, services, session, status=422, fault=label("hub_fault_period"))
    except PeriodNotOverError:
        return _list_page(request, services, session, status=422, fault=label("hub_fault_not_over"))
    except IndicatorFileError as error:
        return _list_page(request, services, session, status=422, fault=label("hub_fault_indicators", detail=str(error)))
    return RedirectResponse(f"/reports/{kept.id}?done={'made' if kept.fresh else 'same'}", 303)


def send_again(services: With, session: Session, delivery: str) -> Response:
    """A report is to be sent once more."""
    number, now = number_in_path(delivery, "page_not_found"), services.clock()
    with writing(services.database.sessions) as ledger:
        found = try_again(ledger, number, now)
        if found is None:
            raise Problem(404, "page_not_found")
        report, details = found.report_id, {"destination": found.destination}
        record_audit(ledger, session.account.actor, "report.sent_again", f"report:{report}", details, now=now)
    return RedirectResponse(f"/reports/{report}?done=again", 303)


def show_report(request: Request, services: With, session: Session, report: str) -> Response:
    """One report."""
    with services.database.sessions() as ledger:
        view = _view(services, session, ledger, report)
        sent = deliveries_of(ledger, [view.id])[view.id]
        revisions = ledger.scalars(
            select(Report.id)
            .where(Report.kind == view.period.kind, Report.first_day == view.period.first)
            .order_by(Report.revision)
        ).all()
    asked = clean_line(request.query_params.get("q", ""), 80)
    return services.pages.show(
        request,
        "report.html",
        view=view,
        period=period_text(view),
        units=[one for one in view.figures["units"] if unit_matches(one, asked)],
        q=asked,
        alerts=by_kind(view.alerts),
        deliveries=sent,
        revisions=revisions,
        may_make=session.account.may(Permission.SERVICES_DECIDE),
        done=_DONE.get(request.query_params.get("done", "")),
        **_words(),
    )


def report_as_file(services: With, session: Session, report: str, form: str) -> Response:
    """One report as JSON, CSV or PDF; taking it away is an act in the log."""
    if form not in _KINDS:
        raise Problem(404, "page_not_found")
    with writing(services.database.sessions) as ledger:
        view = _view(services, session, ledger, report)
        details = {"form": form, "partial": view.partial}
        record_audit(ledger, session.account.actor, "report.exported", f"report:{view.id}", details, now=services.clock())
    makers: Mapping[str, Callable[[ReportView], bytes]] = {
        "json": report_json,
        "csv": report_csv,
        "pdf": lambda one: report_pdf(one, services.reports.head),
    }
    headers = {"Content-Disposition": f'attachment; filename="{view.id}.{form}"'}
    return Response(makers[form](view), media_type=_KINDS[form], headers=headers)


def _view(services: Services, session: Session, ledger: LedgerSession, report: str) -> ReportView:
    view = services.reports.view_of(ledger, clean_line(report, _LONGEST_ID), session.account.scope)
    if view is None:
        raise Problem(404, "no_report")
    return view


def _list_page(
    request: Request, services: Services, session: Session, *, status: int = 200, fault: str | None = None
) -> Response:
    now = services.clock()
    asked = {name: clean_line(request.query_params.get(name, ""), 12) for name in ("kind", "month")}
    wanted = select(Report).order_by(Report.first_day.desc(), Report.kind.desc(), Report.revision.desc()).limit(ROWS)
    if asked["kind"] in ("daily", "monthly"):
        wanted = wanted.where(Report.kind == asked["kind"])
    if asked["month"]:
        try:
            month = read_period("monthly", asked["month"])
        except PeriodError as error:
            raise Problem(400, "broken_request") from error
        wanted = wanted.where(Report.first_day >= month.first, Report.first_day <= month.last)
    with services.database.sessions() as ledger:
        found = ledger.scalars(wanted).all()
        sent = deliveries_of(ledger, [one.id for one in found])
        alerts = services.reports.alerts_now(ledger, now, session.account.scope)
        rows = [_row(services, session, one, sent[one.id]) for one in found]
    return services.pages.show(
        request,
        "reports.html",
        status=status,
        rows=rows,
        asked=asked,
        alerts=alerts,
        fault=fault,
        may_make=session.account.may(Permission.SERVICES_DECIDE),
        yesterday=yesterday(now),
        last_month=_last_month(yesterday(now)),
        **_words(),
    )


def _row(services: Services, session: Session, report: Report, sent: list[ReportDelivery]) -> dict[str, Any]:
    view = ReportView.of(report).seen_by(session.account.scope, services.reports.desk.indicators)
    return {"view": view, "period": period_text(view), "total": view.figures["total"], "deliveries": sent, "by": report.made_by}


def _last_month(day: str) -> str:
    """The newest month that is over when the day is."""
    last = read_period("daily", day).first
    this = month_of(last)
    return (this if this.last == last else month_of(this.first - timedelta(days=1))).name


def _words() -> dict[str, Any]:
    """How the templates write numbers."""
    return {
        "whole": numbers.whole,
        "share": numbers.share,
        "percent": numbers.percent,
        "with_comma": numbers.with_comma,
        "bar": numbers.width,
        "span": numbers.span,
        "changed_unit": changed_unit,
        "figure_name": figure_name,
        "moment_text": lambda text: moment(datetime.fromisoformat(text)),
    }


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    read, decide = [allow(Permission.REPORTS_READ)], [allow(Permission.SERVICES_DECIDE)]
    router.add_api_route("/reports", show_reports, methods=["GET"], dependencies=read, response_model=None)
    router.add_api_route("/reports/make", make_report, methods=["POST"], dependencies=decide, response_model=None)
    again = "/reports/deliveries/{delivery}/again"
    router.add_api_route(again, send_again, methods=["POST"], dependencies=decide, response_model=None)
    router.add_api_route("/reports/{report}", show_report, methods=["GET"], dependencies=read, response_model=None)
    router.add_api_route(
        "/reports/{report}/files/{form}", report_as_file, methods=["GET"], dependencies=read, response_model=None
    )
    return router
