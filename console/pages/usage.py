"""``/usage``: how much the service is used, by month, procedure, agency, ward and channel; small figures are left out. An account
of some agencies sees theirs alone."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from urllib.parse import urlencode

from fastapi import APIRouter, Request, Response

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.eforms.check import load_forms
from bot.spreadsheets import spreadsheet_file
from bot.storage.database import writing
from bot.texts import say
from bot.usage.board import Board, BoardRow, Selection, Shown
from bot.usage.drawing import IN_LINES, MOST_BARS, RATES, charts_of, figure_words, month_words, rate_words
from bot.usage.measures import FILING_CHANNELS
from bot.usage.months import month_of, months_between, moved, parsed_month
from bot.usage.steps import step_words
from bot.usage.suppression import FIGURES
from bot.usage.table_file import HIDDEN
from console.access import Session, allow
from console.forms import clean_line
from console.problems import Problem
from console.services import Services, With

MOST_MONTHS = 24
MOST_ROWS = 100
TALKING_CHANNELS = ("webchat", "zalo", "facebook", "telegram")
_FIELDS = ("first", "last", "procedure", "agency", "place", "channel")
_forms = cache(load_forms)


@dataclass(frozen=True)
class Asked:
    """What the filters say: the words as typed, the selection made of them, and the names of those that could not be used."""

    typed: Mapping[str, str]
    selection: Selection
    faults: tuple[str, ...]

    @property
    def query(self) -> str:
        """The filters as the query of an address, empty ones left out."""
        return urlencode({name: value for name, value in self.typed.items() if value})


def show_board(request: Request, services: With, session: Session) -> Response:
    """Charts and tables of what is chosen."""
    return _page(request, services, _asked(request, services, session))


def show_procedure(request: Request, services: With, session: Session, code: str) -> Response:
    """The same of one procedure, with the questions at which people stop."""
    if code not in services.office.names.all():
        raise Problem(404, "no_usage_procedure")
    return _page(request, services, _asked(request, services, session, code), code)


def as_csv(request: Request, services: With, session: Session) -> Response:
    """A line per month and procedure of what is chosen. Taking it away is an act in the log."""
    asked = _asked(request, services, session)
    if asked.faults:
        raise Problem(400, "broken_request")
    names, rows = services.office.names.all(), []
    for month in months_between(asked.selection.first, asked.selection.last):
        board = _read(services, asked.selection, month, month)
        for key, row in (("*", board.total), *((row.key, row) for row in board.procedures)) if board.months else ():
            rows.append([f"{month:%Y-%m}", key, names.get(key, ""), *(_cell(row.shown(name)) for name in FIGURES)])
    told = spreadsheet_file(["month", "procedure", "procedure_name", *FIGURES], rows)
    with writing(services.database.sessions) as ledger:
        record_audit(
            ledger, session.account.actor, "usage.exported", "usage", {"rows": len(rows), **asked.typed}, now=services.clock()
        )
    headers = {"Content-Disposition": 'attachment; filename="usage.csv"'}
    return Response(told, media_type="text/csv; charset=utf-8", headers=headers)


def _cell(shown: Shown | None) -> str:
    if shown is None:
        return ""
    return HIDDEN if shown.value is None else f"{shown.value}{'+' if shown.partly else ''}"


def _read(services: Services, selection: Selection, first: date, last: date) -> Board:
    narrowed = {name: getattr(selection, name) for name in ("procedure", "agency", "place", "channel", "agencies")}
    return services.usage.read(Selection(first, last, **narrowed))


def _asked(request: Request, services: Services, session: Session, code: str = "") -> Asked:
    typed = {name: clean_line(request.query_params.get(name, ""), 100) for name in _FIELDS}
    if code:
        typed["procedure"] = code
    now = month_of(services.clock())
    faults = [name for name in ("first", "last") if typed[name] and parsed_month(typed[name]) is None]
    last = parsed_month(typed["last"]) or now
    first = parsed_month(typed["first"]) or moved(last, -11)
    if first > last:
        faults.append("order")
        first = last
    if len(months_between(first, last)) > MOST_MONTHS:
        faults.append("long")
        first = moved(last, 1 - MOST_MONTHS)
    chosen = services.office.names.chosen(typed["procedure"]) if typed["procedure"] else None
    known: Mapping[str, Iterable[str]] = {
        "procedure": [typed["procedure"]] if chosen else (),
        "agency": _agencies(services, session),
        "place": services.office.places,
        "channel": (*TALKING_CHANNELS, *FILING_CHANNELS),
    }
    faults += [name for name, values in known.items() if typed[name] and typed[name] not in values]
    good = {name: "" if name in faults else typed[name] for name in ("agency", "place", "channel")}
    scope = session.account.scope
    agencies = None if scope.everything else scope.agencies
    selection = Selection(first, last, procedure=chosen.code if chosen else "", agencies=agencies, **good)
    return Asked(typed | {"first": f"{first:%Y-%m}", "last": f"{last:%Y-%m}"}, selection, tuple(faults))


def _agencies(services: Services, session: Session) -> Mapping[str, str]:
    """The agencies that the account may choose."""
    scope = session.account.scope
    return {one: name for one, name in services.agencies.items() if scope.allows(one)}


def _page(request: Request, services: Services, asked: Asked, code: str = "") -> Response:
    names = services.office.names.all()
    board = services.usage.read(asked.selection)

    def name_of(key: str) -> str:
        return names.get(key, key) or say("usage_unknown")

    def figure(shown: Shown | None) -> str:
        return figure_words(shown, say)

    def rate(row: BoardRow, name: str) -> str:
        return rate_words(row, name, say)

    return services.pages.show(
        request,
        "usage.html",
        status=422 if asked.faults else 200,
        asked=asked,
        board=board,
        charts=charts_of(board, board.months, name_of, say),
        rows=board.procedures[:MOST_ROWS],
        code=code,
        title=name_of(code) if code else "",
        steps=_steps(services, board, code),
        agencies=_agencies(services, request.state.session),
        places=services.office.places,
        talking=TALKING_CHANNELS,
        filing=FILING_CHANNELS,
        figures=FIGURES,
        rates=tuple(RATES),
        in_lines=IN_LINES,
        most_bars=MOST_BARS,
        most_months=MOST_MONTHS,
        month_words=month_words,
        words=say,
        name_of=name_of,
        known_names=names,
        figure=figure,
        rate=rate,
    )


def _steps(services: Services, board: Board, code: str) -> list[tuple[str, str, str]]:
    """Where people stop in one form: kind of step, its words, how many; most first."""
    if not code:
        return []
    form = _forms(Path(services.office.settings.data_dir) / "catalogue").get(code)
    steps = [(step, shown) for step, shown in board.stops.items() if ":" in step]
    steps.sort(key=lambda pair: (-(pair[1].value or 0), pair[0]))
    return [(step.partition(":")[0], step_words(step, form), figure_words(shown, say)) for step, shown in steps]


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    read = [allow(Permission.REPORTS_READ)]
    router.add_api_route("/usage", show_board, methods=["GET"], dependencies=read, response_model=None)
    router.add_api_route("/usage.csv", as_csv, methods=["GET"], dependencies=read, response_model=None)
    router.add_api_route("/usage/{code}", show_procedure, methods=["GET"], dependencies=read, response_model=None)
    return router
