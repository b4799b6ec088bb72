"""``/levels``: the level audit as a list with its queues, and one procedure with its three facts, history and decisions."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request, Response

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.accounts.scope import AgencyScope
from bot.catalogue.importing.record import UnreadableRecordError
from bot.catalogue.load import Catalogue
from bot.catalogue.schema import Procedure
from bot.clock import VIETNAM_TIME
from bot.language.normalise import fold
from bot.levels import filing
from bot.levels.audit import Audit, AuditedProcedure, audit_levels
from bot.levels.filing import Basis, Decided
from bot.levels.link_book import looks_at
from bot.levels.partial_reasons import LONGEST, REASON_CODES, reasons_of
from bot.levels.table import audit_csv
from bot.levels.verdicts import CODES, MISMATCHES, WINDOW
from bot.levels.wishes import (
    LONGEST_BASIS,
    LONGEST_WORDS,
    OFF_REASONS,
    OFF_STATES,
    Warned,
    latest_review,
    local_day,
    warnings_of,
)
from bot.levels.words import where_to_file
from bot.storage.database import writing
from bot.switches.words import off_text
from bot.texts import say
from console.access import Session, allow
from console.forms import clean_line
from console.problems import Problem
from console.services import Services, With

MOST_SHOWN = 200
QUEUES = ("waiting", "off", "overdue")
SHOWN = ("mismatch", "all", *CODES, "ok", *QUEUES)
FIELDS = (
    "state", "reason_code", "words_vi", "words_en", "legal_basis", "from", "until", "review_on", "words",
    "still_in_person_vi", "still_in_person_en", "published_where", "published_on",
)  # fmt: skip
"""What the forms of one procedure's page send."""
_FIXED: dict[str, Any] = {
    "states": OFF_STATES,
    "off_reasons": OFF_REASONS,
    "reason_codes": REASON_CODES,
    "longest": LONGEST,
    "longest_words": LONGEST_WORDS,
    "longest_basis": LONGEST_BASIS,
    "days": WINDOW.days,
    "told": off_text,
    "w": say,
}
DONE = ("proposed", "approved", "refused", "taken_back", "reason", "looked")


@dataclass(frozen=True)
class Board:
    """What the list and the file show: the audit, and what was decided or waits."""

    audit: Audit
    stops: Mapping[str, Decided]
    waiting: Mapping[str, Decided]
    overdue: Collection[str]

    def counts(self) -> dict[str, int]:
        """How many procedures each filter shows."""
        queues = {"waiting": len(self.waiting), "off": len(self.stops), "overdue": len(self.overdue)}
        return self.audit.counts() | queues

    def rows(self, shown: str, typed: str) -> tuple[AuditedProcedure, ...]:
        """The procedures that a filter and typed words leave."""
        words = fold(typed).split()
        return tuple(
            one
            for one in self.audit.procedures
            if self._fits(one, shown) and all(word in f"{one.code} {fold(one.name)}" for word in words)
        )

    def _fits(self, one: AuditedProcedure, shown: str) -> bool:
        match shown:
            case "mismatch":
                return one.verdict.mismatch
            case "ok":
                return one.verdict.ok
            case "waiting":
                return one.code in self.waiting
            case "off":
                return one.code in self.stops
            case "overdue":
                return one.code in self.overdue
        return shown == "all" or shown in one.verdict.codes


def show_levels(request: Request, services: With, session: Session) -> Response:
    """The list, by default what does not fit."""
    board = _board(services, session.account.scope)
    shown, typed = _asked(request)
    rows = board.rows(shown, typed)
    return services.pages.show(
        request,
        "levels.html",
        board=board,
        rows=rows[:MOST_SHOWN],
        found=len(rows),
        counts=board.counts(),
        shown=shown,
        typed=typed,
        filters=SHOWN,
        mismatches=MISMATCHES,
        checks_on=services.office.settings.link_checks,
        w=say,
        query=request.url.query,
    )


def levels_file(request: Request, services: With, session: Session) -> Response:
    """The same list, whole, for a spreadsheet; taking it away is an entry in the log."""
    board, now = _board(services, session.account.scope), services.clock()
    rows = board.rows(*_asked(request))
    states = {code: one.proposal.state for code, one in board.stops.items()}
    with writing(services.database.sessions) as ledger:
        record_audit(ledger, session.account.actor, "levels.exported", "levels", {"rows": len(rows)}, now=now)
    day = now.astimezone(VIETNAM_TIME).strftime("%Y-%m-%d")
    headers = {"Content-Disposition": f'attachment; filename="levels-{day}.csv"'}
    return Response(audit_csv(board.audit, states, rows), media_type="text/csv; charset=utf-8", headers=headers)


def show_procedure(request: Request, services: With, session: Session, code: str) -> Response:
    """One procedure."""
    done = request.query_params.get("done", "")
    return procedure_page(request, services, session, code, done=f"levels_done_{done}" if done in DONE else None)


def procedure_page(
    request: Request, services: Services, session: Session, code: str, *, status: int = 200, **values: Any
) -> Response:
    """The page of one procedure, after an act that was refused too (``values``: what was sent, and why not)."""
    procedure, catalogue, now, account = (
        known_procedure(services, code),
        catalogue_of(services),
        services.clock(),
        session.account,
    )
    with services.database.sessions() as ledger:
        audit = audit_levels(ledger, catalogue, now, account.scope, only=code)
        history = filing.history_of(ledger, code, now)
        reasons, looks = reasons_of(ledger, code), looks_at(ledger, code)
    row = audit.of(code)
    if row is None:
        raise Problem(404, "levels_unknown")
    open_one = next((one for one in history if one.decision is None), None)
    found: dict[str, Any] = {
        "row": row,
        "procedure": procedure,
        "history": history,
        "open_one": open_one,
        "open_warnings": new_warnings(services, open_one, row) if open_one else (),
        "stopped": next((one for one in history if one.stands and one.proposal.state != "shown"), None),
        "where": where_to_file(procedure, catalogue.agencies),
        "reasons": reasons,
        "looks": looks,
        "may_decide": may_decide(session, procedure),
        "sees_all": account.scope.everything,
        "now": now,
        "today": local_day(now),
        "latest": latest_review(now),
    }
    return services.pages.show(request, "levels_procedure.html", status=status, **_FIXED, **found, **_given(values))


def _given(values: dict[str, Any]) -> dict[str, Any]:
    """What was sent, with every field of the page's forms, and what is said of it."""
    blank = dict.fromkeys(FIELDS, "")
    given = {"fault": None, "done": None, "warned": (), "failed": ""} | values
    return given | {"blank": blank, "given": blank | values.get("given", {})}


def may_decide(session: Session, procedure: Procedure) -> bool:
    """Whether the account may propose and decide for this procedure: its agency receives or decides the dossiers."""
    account = session.account
    agencies = (procedure.receiving_agency, procedure.deciding_agency)
    return account.may(Permission.SERVICES_DECIDE) and any(account.scope.allows(one) for one in agencies)


def known_procedure(services: Services, code: str) -> Procedure:
    """The procedure of an address. Raises ``Problem`` 404."""
    try:
        return catalogue_of(services).procedures[code]
    except (KeyError, UnreadableRecordError) as error:
        raise Problem(404, "levels_unknown") from error


def catalogue_of(services: Services) -> Catalogue:
    """The catalogue in force."""
    return services.in_force.catalogue().catalogue


def basis_of(services: Services, code: str) -> Basis:
    """What a decision of this moment rests on: the whole city's figures, whoever decides."""
    now, catalogue = services.clock(), catalogue_of(services)
    with services.database.sessions() as ledger:
        row = audit_levels(ledger, catalogue, now, only=code).of(code)
    if row is None:
        raise Problem(404, "levels_unknown")
    return Basis(catalogue.calendar, row.facts.figures, row.evidence(now))


def new_warnings(services: Services, one: Decided, row: AuditedProcedure) -> tuple[Warned, ...]:
    """Warnings that came up since a proposal, for whoever approves it."""
    now = services.clock()
    wish = filing.wish_of(one.proposal, now)
    found = warnings_of(wish, now, catalogue_of(services).calendar, row.facts.figures)
    return tuple(name for name in found if name not in wish.accepted)


def _board(services: Services, scope: AgencyScope) -> Board:
    now = services.clock()
    with services.database.sessions() as ledger:
        audit = audit_levels(ledger, catalogue_of(services), now, scope)
        stopped, waits = filing.stops(ledger, now), filing.waiting(ledger, now)
    late = {one.proposal.procedure_code for one in filing.overdue(stopped, now)}
    return Board(audit, _by_code(stopped), _by_code(waits), late)


def _by_code(found: list[Decided]) -> dict[str, Decided]:
    return {one.proposal.procedure_code: one for one in found}


def _asked(request: Request) -> tuple[str, str]:
    shown = request.query_params.get("show", "mismatch")
    return shown if shown in SHOWN else "mismatch", clean_line(request.query_params.get("q", ""), 80)


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    reads = [allow(Permission.REPORTS_READ)]
    for path, page in (("/levels", show_levels), ("/levels.csv", levels_file), ("/levels/{code}", show_procedure)):
        router.add_api_route(path, page, methods=["GET"], dependencies=reads, response_model=None)
    return router
