"""``/sync``: our copy of the portal's list of dossiers: how old, how right, and what differs."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.clock import VIETNAM_TIME
from bot.levels.link_book import link_health, pages_to_check
from bot.spreadsheets import spreadsheet_file
from bot.storage.database import writing
from bot.storage.sync_models import SyncDifference
from bot.sync_monitor.checks import (
    LATE_AFTER,
    CheckView,
    DifferenceFilter,
    ask_check,
    differences,
    last_checks,
    last_readings,
    read_age,
)
from bot.sync_monitor.comparing import KINDS, TARGET
from bot.sync_monitor.drawings import rate_drawing
from bot.sync_monitor.state_page import percent
from console.access import Session, allow
from console.forms import clean_line
from console.services import With
from console.texts import label

_PAGE, _MOST_IN_FILE = 100, 5_000
_SHOWN = 30
_DONE = ("asked", "asked_already")
_LAST_PAGE = 50


def show_sync(request: Request, services: With, session: Session) -> Response:
    """The whole page."""
    wanted, number = _filter(request), _number(request.query_params.get("page", ""))
    now, scope = services.clock(), session.account.scope
    with services.database.sessions() as ledger:
        checks, readings, age = last_checks(ledger, _SHOWN), last_readings(ledger, 10), read_age(ledger, now)
        found = differences(ledger, wanted, scope, _PAGE + 1, after=number * _PAGE)
        links = link_health(ledger, pages_to_check(services.reviewed.catalogue().procedures.values()), now)
    done = request.query_params.get("done", "")
    return services.pages.show(
        request,
        "sync.html",
        target=percent(TARGET, "vi"),
        hours=f"{age.total_seconds() / 3600:.1f}".replace(".", ",") if age is not None else None,
        late=age is not None and age > LATE_AFTER,
        # Figures of all units are for those who see all agencies.
        checks=[(one, _rate(one)) for one in checks] if scope.everything else [],
        newest=next((one for one in checks if one.complete), None) if scope.everything else None,
        drawing=_drawing(checks) if scope.everything else None,
        readings=readings,
        links=links,
        rows=[(one, _told(one.theirs), _told(one.ours)) for one in found[:_PAGE]],
        more=f"?{_query(wanted)}&page={number + 1}" if len(found) > _PAGE and number < _LAST_PAGE else None,
        csv_query=_query(wanted),
        wanted=wanted,
        kinds=("faults", *KINDS),
        may_ask=session.account.may(Permission.SERVICES_DECIDE),
        done=f"sync_{done}" if done in _DONE else None,
    )


def ask(services: With, session: Session) -> Response:
    """A comparison is wanted now."""
    now = services.clock()
    with writing(services.database.sessions) as ledger:
        asked = ask_check(ledger, session.account.login, now)
        if asked:
            record_audit(ledger, session.account.actor, "sync.asked", "sync", now=now)
    return RedirectResponse(f"/sync?done={'asked' if asked else 'asked_already'}", 303)


def differences_csv(request: Request, services: With, session: Session) -> Response:
    """The differences looked for, 5,000 at most."""
    with services.database.sessions() as ledger:
        found = differences(ledger, _filter(request), session.account.scope, _MOST_IN_FILE)
    head = [label(f"sync_column_{name}") for name in ("record", "kind", "theirs", "ours", "found")] + [label("sync_unit")]
    attached = {"Content-Disposition": 'attachment; filename="khac-biet.csv"', "Cache-Control": "no-store"}
    return Response(spreadsheet_file(head, map(_cells, found)), 200, attached, "text/csv; charset=utf-8")


def _cells(one: SyncDifference) -> list[str]:
    found = one.found_at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
    return [one.record_id, label(f"sync_kind_{one.kind}"), _told(one.theirs), _told(one.ours), found, one.unit_name]


def _filter(request: Request) -> DifferenceFilter:
    given = {name: clean_line(request.query_params.get(name, ""), 80) for name in ("kind", "unit", "state")}
    kind = given["kind"] if given["kind"] in ("faults", *KINDS) else ""
    return DifferenceFilter(kind, given["unit"], "resolved" if given["state"] == "resolved" else "open")


def _query(wanted: DifferenceFilter) -> str:
    return urlencode({"kind": wanted.kind, "unit": wanted.unit, "state": wanted.state})


def _number(text: str) -> int:
    return min(int(text), _LAST_PAGE) if text.isascii() and text.isdigit() and len(text) < 4 else 0


def _told(values: Mapping[str, Any]) -> str:
    """What one side says of a record, in words; moments as people read them."""
    words = []
    for name, value in values.items():
        shown = label("sync_value_none") if value is None else str(value)
        if value is not None and name != "status_code":
            shown = f"{shown[8:10]}/{shown[5:7]}/{shown[:4]}"
        words.append(label(f"sync_value_{name}", value=shown))
    return ", ".join(words)


def _rate(one: CheckView) -> str:
    return percent(one.rate, "vi", fault=True) if one.rate is not None else "–"


def _drawing(checks: list[CheckView]) -> Markup:
    points = [(f"{one.at.astimezone(VIETNAM_TIME):%d/%m/%Y}: {_rate(one)}", one.rate) for one in reversed(checks)]
    title = label("sync_rate_title", target=percent(TARGET, "vi"))
    return Markup(rate_drawing(points, TARGET, title))  # noqa: S704 (it escapes its texts)


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    read, decide = [allow(Permission.REPORTS_READ)], [allow(Permission.SERVICES_DECIDE)]
    router.add_api_route("/sync", show_sync, methods=["GET"], dependencies=read, response_model=None)
    router.add_api_route("/sync/differences.csv", differences_csv, methods=["GET"], dependencies=read, response_model=None)
    router.add_api_route("/sync/check", ask, methods=["POST"], dependencies=decide, response_model=None)
    return router
