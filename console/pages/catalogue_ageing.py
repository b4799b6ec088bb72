"""``/catalogue/expiry`` and ``/catalogue/changes``: what runs out, and what changed in a month; both also as CSV."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.authoring.git import GitError
from bot.catalogue.editing.ageing import MATTERS, WITHIN_DAYS, Ageing, ageing, imported_ageing, in_order
from bot.catalogue.editing.differences import known_codes
from bot.catalogue.editing.month import SORTS, Change, Month, changes_in, read_month_name
from bot.catalogue.importing.store import read_live
from bot.catalogue.live import UNREADABLE
from bot.clock import VIETNAM_TIME
from bot.spreadsheets import spreadsheet_file
from bot.storage.database import writing
from console.access import Session, allow
from console.catalogue_words import day_words
from console.forms import clean_line
from console.problems import Problem
from console.services import Services, With
from console.texts import has_label, label
from console.wording import clock_time

MOST_SHOWN = 200
_ORIGINS = ("reviewed", "imported")


class _Expiry:
    """What an address asks for."""

    def __init__(self, request: Request) -> None:
        asked = {name: clean_line(request.query_params.get(name, ""), 20) for name in ("within", "matter", "origin")}
        within = int(asked["within"]) if asked["within"].isascii() and asked["within"].isdigit() else WITHIN_DAYS[0]
        self.within = within if within in WITHIN_DAYS else WITHIN_DAYS[0]
        self.matter = asked["matter"] if asked["matter"] in MATTERS else ""
        self.origin = asked["origin"] if asked["origin"] in _ORIGINS else "reviewed"


def show_expiry(request: Request, services: With) -> Response:
    """The list, the most urgent first."""
    wanted = _Expiry(request)
    found = _ageing(services, wanted)
    return services.pages.show(
        request,
        "catalogue_expiry.html",
        rows=found[:MOST_SHOWN],
        count=len(found),
        wanted=wanted,
        matters=MATTERS,
        within=WITHIN_DAYS,
        origins=_ORIGINS,
        day_words=day_words,
        query=request.url.query,
    )


def expiry_file(request: Request, services: With, session: Session) -> Response:
    """The whole list for a spreadsheet."""
    found = _ageing(services, _Expiry(request))
    columns = ("matter", "code", "name", "part", "words", "day", "as_of", "origin")
    rows = [
        (
            label(f"catalogue_matter_{one.matter}"), one.code, one.name, label(f"catalogue_part_{one.part}"), one.words,
            day_words(one.day), one.as_of, label(f"catalogue_origin_{one.origin}"),
        )
        for one in found
    ]  # fmt: skip
    return _csv(services, session, "expiry", columns, rows)


def show_changes(request: Request, services: With) -> Response:
    """A month's changes, newest first."""
    month, sort = _month(request, services), _sort(request)
    now = services.clock()
    return services.pages.show(
        request,
        "catalogue_changes.html",
        rows=[_change_row(one, services) for one in _changes(services, month, sort)],
        month=month,
        is_now=month == read_month_name("", now),
        sort=sort,
        sorts=SORTS,
        query=request.url.query,
    )


def changes_file(request: Request, services: With, session: Session) -> Response:
    """The same for a spreadsheet."""
    found = [_change_row(one, services) for one in _changes(services, _month(request, services), _sort(request))]
    columns = ("at", "sort", "by", "words", "code")
    rows = [(row["at"], f"{row['sort']}: {row['act']}", row["by"], row["words"], ", ".join(row["codes"])) for row in found]
    return _csv(services, session, "changes", columns, rows)


def _ageing(services: Services, wanted: _Expiry) -> list[Ageing]:
    reviewed, today = services.reviewed.catalogue(), services.catalogue.today()
    found = _imported(services, today, wanted) if wanted.origin == "imported" else []
    if wanted.origin == "reviewed":
        found = ageing(reviewed.procedures.values(), today, wanted.within)
    return in_order(one for one in found if not wanted.matter or one.matter == wanted.matter)


def _imported(services: Services, today: date, wanted: _Expiry) -> list[Ageing]:
    try:
        with services.database.sessions() as session:
            version = read_live(session)
    except UNREADABLE:
        return []
    left_out = known_codes(services.reviewed.catalogue())
    return imported_ageing(version, today, wanted.within, left_out=left_out) if version else []


def _month(request: Request, services: Services) -> Month:
    try:
        return read_month_name(clean_line(request.query_params.get("month", ""), 10), services.clock())
    except ValueError as error:
        raise Problem(400, "broken_request") from error


def _sort(request: Request) -> str:
    sort = clean_line(request.query_params.get("sort", ""), 20)
    return sort if sort in SORTS else ""


def _changes(services: Services, month: Month, sort: str) -> list[Change]:
    try:
        with services.database.sessions() as session:
            found = changes_in(session, services.catalogue.workspace, month)
    except (GitError, OSError) as error:
        raise Problem(503, "workspace_away") from error
    return [one for one in found if not sort or one.sort == sort]


def _change_row(change: Change, services: Services) -> dict[str, Any]:
    state, _, part = change.act.partition("_")
    act = label(f"catalogue_act_{state}") if has_label(f"catalogue_act_{state}") else change.act
    about = f" ({label(f'catalogue_difference_part_{part}').lower()})" if has_label(f"catalogue_difference_part_{part}") else ""
    return {
        "at": clock_time(change.at, services.clock()),
        "sort": label(f"catalogue_sort_{change.sort}"),
        "act": act + about,
        "by": label("catalogue_operator") if change.by == "operator" else change.by,
        "words": change.words,
        "codes": [code for code in change.codes if len(code) == len("1.000001")],
    }


def _csv(services: Services, session: Session, name: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A file for spreadsheets that calculates nothing; taking it away is an entry in the log."""
    kept = [[str(cell) for cell in row] for row in rows]
    written = spreadsheet_file([label(f"catalogue_column_{column}") for column in columns], kept)
    with writing(services.database.sessions) as ledger:
        details = {"list": name, "rows": len(kept)}
        record_audit(ledger, session.account.actor, "catalogue.exported", "catalogue", details, now=services.clock())
    day = services.clock().astimezone(VIETNAM_TIME).strftime("%Y-%m-%d")
    headers = {"Content-Disposition": f'attachment; filename="catalogue-{name}-{day}.csv"'}
    return Response(written, media_type="text/csv; charset=utf-8", headers=headers)


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.CATALOGUE_EDIT)]
    for path, page in (
        ("/catalogue/expiry", show_expiry),
        ("/catalogue/expiry.csv", expiry_file),
        ("/catalogue/changes", show_changes),
        ("/catalogue/changes.csv", changes_file),
    ):
        router.add_api_route(path, page, methods=["GET"], dependencies=declared, response_model=None)
    return router
