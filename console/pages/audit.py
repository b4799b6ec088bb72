"""``/audit``: the audit log to read, to filter, to take away as CSV, and to verify."""

from datetime import datetime, time, timedelta

from fastapi import APIRouter, Request, Response

from bot.accounts.audit import AuditFilter, audit_entries, record_audit, verify_chain
from bot.accounts.permissions import Permission
from bot.clock import VIETNAM_TIME
from bot.spreadsheets import spreadsheet_file
from bot.storage.account_models import AuditEntry
from bot.storage.database import writing
from console.access import Session, allow
from console.forms import clean_line
from console.problems import Problem
from console.services import With
from console.texts import label

PAGE_ROWS = 50
CSV_ROWS = 10_000
ACTS = (
    "conversation", "transcript", "answer", "reply", "account", "session", "private_value", "switch", "outage", "rights", "team",
    "canned_reply", "promotion", "catalogue", "usage", "card", "service_review", "report", "audit",
)  # fmt: skip
_NUMBER_DIGITS = 15


def show_audit(request: Request, services: With) -> Response:
    """One page of entries, newest first."""
    wanted = _wanted(request)
    with services.database.sessions() as session:
        rows = audit_entries(session, wanted, PAGE_ROWS + 1)
    older = rows[PAGE_ROWS - 1].number if len(rows) > PAGE_ROWS else None
    asked = {name: clean_line(request.query_params.get(name, "")) for name in ("actor", "act", "since", "until")}
    return services.pages.show(request, "audit.html", rows=rows[:PAGE_ROWS], older=older, asked=asked, acts=ACTS)


def show_verification(request: Request, services: With) -> Response:
    """Walks the chain and says what was found."""
    with services.database.sessions() as session:
        report = verify_chain(session)
    return services.pages.show(request, "parts/audit_verification.html", report=report)


def as_csv(request: Request, services: With, session: Session) -> Response:
    """The entries looked for, at most 10,000, for a spreadsheet. Taking them away is an act of its own in the log."""
    wanted = _wanted(request)
    with writing(services.database.sessions) as ledger:
        rows = audit_entries(ledger, wanted, CSV_ROWS)
        record_audit(ledger, session.account.actor, "audit.exported", "audit", {"rows": len(rows)}, now=services.clock())
    headers = {"Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(audit_csv(rows), media_type="text/csv; charset=utf-8", headers=headers)


def audit_csv(rows: list[AuditEntry]) -> str:
    """The entries as CSV with a heading; a byte order mark, so that spreadsheets read the letters rightly."""
    head = [label(f"audit_column_{name}") for name in ("number", "at", "actor", "act", "subject", "details", "hash")]

    def cells(row: AuditEntry) -> tuple[str, ...]:
        at = row.at.astimezone(VIETNAM_TIME).isoformat(timespec="seconds")
        return str(row.number), at, row.actor_login, row.act, row.subject, row.details, row.hash

    return spreadsheet_file(head, map(cells, rows))


def _wanted(request: Request) -> AuditFilter:
    asked = request.query_params
    below = asked.get("below", "")
    if below and not (below.isascii() and below.isdigit() and len(below) <= _NUMBER_DIGITS):
        raise Problem(400, "broken_request")
    until = _day(asked.get("until", ""))
    return AuditFilter(
        actor=clean_line(asked.get("actor", ""), 40).lower() or None,
        act=clean_line(asked.get("act", ""), 60) or None,
        since=_day(asked.get("since", "")),
        before=until + timedelta(days=1) if until is not None else None,
        below=int(below) if below else None,
    )


def _day(text: str) -> datetime | None:
    """The beginning of a day in Vietnam, as a date field sends it. Raises ``Problem`` 400."""
    if not text:
        return None
    try:
        day = datetime.strptime(text, "%Y-%m-%d").date()  # noqa: DTZ007 (the zone follows)
    except ValueError as error:
        raise Problem(400, "broken_request") from error
    if not 2000 <= day.year <= 2200:
        raise Problem(400, "broken_request")
    return datetime.combine(day, time(), VIETNAM_TIME)


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    declared = [allow(Permission.AUDIT_READ)]
    for path, page in (("/audit", show_audit), ("/audit/verification", show_verification), ("/audit.csv", as_csv)):
        router.add_api_route(path, page, methods=["GET"], dependencies=declared, response_model=None)
    return router
