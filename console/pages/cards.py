"""``/cards``: how many service cards are full, what is missing on which, and sheets with a code for the counters."""

import re
from typing import Literal, get_args

from fastapi import APIRouter, Request, Response

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.cards.completeness import NEEDED, WATCHED, CardLine, card_lines, figures_of
from bot.cards.pdf import counter_sheet
from bot.cards.reading import cards_state, standing_card
from bot.cards.telling import spoken_as_of
from bot.catalogue.schema import CODE_PATTERN, Origin
from bot.clock import VIETNAM_TIME
from bot.spreadsheets import spreadsheet_file
from bot.storage.database import writing
from console.access import Session, allow
from console.forms import clean_line
from console.problems import Problem
from console.services import Services, With
from console.texts import label

MOST_SHOWN = 200
_ORIGINS: tuple[Origin, ...] = get_args(Origin)
_CODE = re.compile(CODE_PATTERN)
Shown = Literal["lacking", "full", "all"]


class _Wanted:
    """What an address asks for: reviewed cards that lack something, where it says nothing."""

    def __init__(self, request: Request) -> None:
        asked = {name: clean_line(request.query_params.get(name, ""), 20) for name in ("origin", "shown", "missing")}
        self.origin: Origin = next((one for one in _ORIGINS if one == asked["origin"]), "reviewed")
        self.shown: Shown = next((one for one in get_args(Shown) if one == asked["shown"]), "lacking")
        self.missing = asked["missing"] if asked["missing"] in WATCHED else ""

    def fits(self, line: CardLine) -> bool:
        """Whether the card belongs into the list."""
        if self.missing:
            return self.missing in line.missing
        return self.shown == "all" or line.full == (self.shown == "full")


def show_cards(request: Request, services: With, session: Session) -> Response:
    """The figures of both origins, and the list that is asked for."""
    wanted = _Wanted(request)
    with services.database.sessions() as ledger:
        by_origin = {origin: card_lines(ledger, session.account.scope, origin) for origin in _ORIGINS}
        state = cards_state(ledger)
    found = [line for line in by_origin[wanted.origin] if wanted.fits(line)]
    return services.pages.show(
        request,
        "cards.html",
        figures=[(origin, figures_of(lines)) for origin, lines in by_origin.items()],
        rows=found[:MOST_SHOWN],
        count=len(found),
        wanted=wanted,
        origins=_ORIGINS,
        needed=WATCHED,
        necessary=NEEDED,
        shown=get_args(Shown),
        changed_at=state.changed_at if state else None,
        public=services.office.file_base,
        month_words=spoken_as_of,
        query=request.url.query,
    )


def cards_file(request: Request, services: With, session: Session) -> Response:
    """The whole list for a spreadsheet; taking it away is an entry in the log."""
    wanted = _Wanted(request)
    with services.database.sessions() as ledger:
        found = [line for line in card_lines(ledger, session.account.scope, wanted.origin) if wanted.fits(line)]
    head = [label(f"cards_column_{name}") for name in ("code", "name", "field", "version", "as_of", "missing", "doubtful")]
    with writing(services.database.sessions) as ledger:
        details = {"origin": wanted.origin, "rows": len(found)}
        record_audit(ledger, session.account.actor, "card.exported", "cards", details, now=services.clock())
    day = services.clock().astimezone(VIETNAM_TIME).strftime("%Y-%m-%d")
    headers = {"Content-Disposition": f'attachment; filename="service-cards-{day}.csv"'}
    return Response(spreadsheet_file(head, map(_cells, found)), media_type="text/csv; charset=utf-8", headers=headers)


def _cells(line: CardLine) -> tuple[str, ...]:
    missing = "; ".join(label(f"cards_needed_{name}") for name in line.missing)
    return line.code, line.name, line.field, str(line.version), line.as_of, missing, str(line.doubtful)


def counter_file(services: With, code: str) -> Response:
    """The sheet for a counter: the name and a large code that leads to the card."""
    name = _name(services, code)
    sheet = counter_sheet(name, code, f"{services.office.file_base}/thu-tuc/{code}")
    return Response(sheet, 200, {"Content-Disposition": f'inline; filename="to-dan-quay-{code}.pdf"'}, "application/pdf")


def _name(services: Services, code: str) -> str:
    if _CODE.fullmatch(code):
        with services.database.sessions() as ledger:
            kept = standing_card(ledger, code)
        if kept is not None:
            return kept.card.name
    raise Problem(404, "no_card")


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.REPORTS_READ)]
    for path, page in (("/cards", show_cards), ("/cards.csv", cards_file), ("/cards/{code}/sheet.pdf", counter_file)):
        router.add_api_route(path, page, methods=["GET"], dependencies=declared, response_model=None)
    return router
