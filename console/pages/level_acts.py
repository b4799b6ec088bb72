"""What is done on the page of one procedure's online level: proposing, deciding, publishing a reason, looking at the link."""

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as Ledger

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.levels import filing
from bot.levels.filing import Also
from bot.levels.link_book import OfficialPage, note_look
from bot.levels.outcomes import LinkFinding
from bot.levels.partial_reasons import LONGEST, LevelRefusedError, PublishedReason, note_reason
from bot.levels.wishes import LONGEST_BASIS, LONGEST_WORDS, RESTORED, WarningsOpenError, Wish
from bot.officers.notes import without_numbers
from bot.storage.database import writing
from bot.storage.level_models import FilingProposal
from bot.switches.reading import read_moment
from bot.switches.store import SwitchRefusedError
from console.access import Session, allow
from console.forms import Form, SentForm, number_in_path
from console.pages.levels import basis_of, known_procedure, may_decide, procedure_page
from console.problems import Problem
from console.services import Services, With
from console.texts import label

_TIME = 40


def propose(request: Request, services: With, session: Session, form: Form, code: str) -> Response:
    """A proposal was sent."""
    _allowed(services, session, code)
    sent = _sent(form)
    try:
        wish = _wish(code, sent, frozenset(form.all("accept")), services.clock())
        also = _audited(services, session, "levels.proposed", code)
        basis = basis_of(services, code)
        filing.propose(services.database.sessions, wish, basis, by=session.account.login, now=services.clock(), also=also)
    except (LevelRefusedError, SwitchRefusedError) as error:
        return _refused(request, services, session, code, error, failed="propose", given=sent)
    return _back(code, "proposed")


def approve(request: Request, services: With, session: Session, form: Form, code: str, number: str) -> Response:
    """A second person agrees; the order is given with it."""
    _allowed(services, session, code)
    proposal = _proposal(services, code, number)
    try:
        filing.approve(
            services.database.sessions,
            proposal,
            basis_of(services, code),
            by=session.account.login,
            now=services.clock(),
            accepted=frozenset(form.all("accept")),
            also=_audited(services, session, "levels.approved", code),
        )
    except (LevelRefusedError, SwitchRefusedError) as error:
        return _refused(request, services, session, code, error, failed="decide")
    return _back(code, "approved")


def refuse(request: Request, services: With, session: Session, form: Form, code: str, number: str) -> Response:
    """A second person does not agree."""
    _allowed(services, session, code)
    proposal, words = _proposal(services, code, number), without_numbers(form.lines("words", filing.LONGEST_WORDS))
    try:
        also = _audited(services, session, "levels.refused", code)
        filing.refuse(services.database.sessions, proposal, words, by=session.account.login, now=services.clock(), also=also)
    except LevelRefusedError as error:
        return _refused(request, services, session, code, error, failed="decide", given={"words": words})
    return _back(code, "refused")


def take_back(request: Request, services: With, session: Session, code: str, number: str) -> Response:
    """Whoever proposed thinks better of it."""
    _allowed(services, session, code)
    proposal = _proposal(services, code, number)
    try:
        also = _audited(services, session, "levels.taken_back", code)
        filing.take_back(services.database.sessions, proposal, by=session.account.login, now=services.clock(), also=also)
    except LevelRefusedError as error:
        return _refused(request, services, session, code, error, failed="decide")
    return _back(code, "taken_back")


def publish_reason(request: Request, services: With, session: Session, form: Form, code: str) -> Response:
    """Why a procedure can be filed online only in part, as it was published."""
    procedure = _allowed(services, session, code)
    names = ("reason_code", "legal_basis", "still_in_person_vi", "still_in_person_en", "published_where")
    sent = {name: without_numbers(form.text(name, LONGEST + 1)) for name in names} | {
        "published_on": form.text("published_on", 10)
    }
    try:
        if procedure.online.level != "partial":
            raise LevelRefusedError("levels_refused_not_partial")
        day = _day(sent["published_on"])
        if day is None:
            raise LevelRefusedError("levels_refused_published_on")
        reason = PublishedReason(
            code,
            sent["reason_code"],
            sent["legal_basis"],
            sent["still_in_person_vi"],
            sent["still_in_person_en"],
            sent["published_where"],
            day,
        )
        with writing(services.database.sessions) as ledger:
            note_reason(ledger, reason, by=session.account.login, now=services.clock())
            details = {"reason": reason.reason_code, "legal_basis": reason.legal_basis}
            record_audit(ledger, session.account.actor, "levels.reason", f"procedure:{code}", details, now=services.clock())
    except LevelRefusedError as error:
        return _refused(request, services, session, code, error, failed="reason", given=sent)
    return _back(code, "reason")


def look(services: With, session: Session, form: Form, code: str) -> Response:
    """A person looked at the page with their own eyes."""
    procedure = _allowed(services, session, code)
    seen, now = form.text("seen", 12), services.clock()
    if seen not in ("seen_ok", "seen_broken"):
        raise Problem(400, "broken_request")
    page = OfficialPage(code, (procedure.name,), procedure.official_link.url)
    with writing(services.database.sessions) as ledger:
        note_look(ledger, page, LinkFinding("seen_ok" if seen == "seen_ok" else "seen_broken"), now, session.account.login)
        record_audit(ledger, session.account.actor, "levels.looked", f"procedure:{code}", {"seen": seen}, now=now)
    return _back(code, "looked")


def _allowed(services: Services, session: Session, code: str) -> Any:
    procedure = known_procedure(services, code)
    if not may_decide(session, procedure):
        raise Problem(403, "not_allowed")
    return procedure


def _proposal(services: Services, code: str, number: str) -> int:
    """The number of a proposal of this procedure. Raises ``Problem`` 404."""
    found = number_in_path(number, "levels_unknown")
    with services.database.sessions() as ledger:
        row = ledger.get(FilingProposal, found)
    if row is None or row.procedure_code != code:
        raise Problem(404, "levels_unknown")
    return found


def _sent(form: SentForm) -> dict[str, str]:
    sent = {name: form.text(name, _TIME) for name in ("state", "reason_code", "from", "until", "review_on")}
    sent |= {name: without_numbers(form.lines(name, LONGEST_WORDS)) for name in ("words_vi", "words_en")}
    return sent | {"legal_basis": form.text("legal_basis", LONGEST_BASIS + 1)}


def _wish(code: str, sent: dict[str, str], accepted: frozenset[str], now: datetime) -> Wish:
    if sent["state"] == "shown":
        return Wish(code, "shown", RESTORED, sent["words_vi"], sent["words_en"], sent["legal_basis"])
    return Wish(
        code,
        sent["state"],
        sent["reason_code"],
        sent["words_vi"],
        sent["words_en"],
        sent["legal_basis"],
        read_moment(sent["from"], now) if sent["from"] else None,
        read_moment(sent["until"], now) if sent["until"] else None,
        _day(sent["review_on"]),
        accepted,
    )


def _day(text: str) -> date | None:
    """A date field's day; None for anything else."""
    try:
        day = date.fromisoformat(text) if len(text) == len("2026-11-27") else None
    except ValueError:
        return None
    return day if day is not None and 2000 <= day.year <= 2200 else None


def _refused(
    request: Request,
    services: Services,
    session: Session,
    code: str,
    error: LevelRefusedError | SwitchRefusedError,
    **values: Any,
) -> Response:
    warned = error.warnings if isinstance(error, WarningsOpenError) else ()
    fault = label(f"problem_{error.key}", "vi", **error.values)
    return procedure_page(request, services, session, code, status=422, fault=fault, warned=warned, **values)


def _audited(services: Services, session: Session, act: str, code: str) -> Also:
    def record(ledger: Ledger, row: FilingProposal) -> None:
        details = {"proposal": row.id, "state": row.state, "reason": row.reason_code, "warnings": list(row.warnings)}
        record_audit(ledger, session.account.actor, act, f"procedure:{code}", details, now=services.clock())

    return record


def _back(code: str, done: str) -> Response:
    return RedirectResponse(f"/levels/{code}?done={done}", 303)


def page_routes() -> APIRouter:
    """The routes of these acts."""
    router = APIRouter()
    decides = [allow(Permission.SERVICES_DECIDE)]
    one = "/levels/{code}/proposals"
    routes: list[tuple[str, Callable[..., Response]]] = [
        (one, propose),
        (f"{one}/{{number}}/approve", approve),
        (f"{one}/{{number}}/refuse", refuse),
        (f"{one}/{{number}}/take-back", take_back),
        ("/levels/{code}/reason", publish_reason),
        ("/levels/{code}/look", look),
    ]
    for path, page in routes:
        router.add_api_route(path, page, methods=["POST"], dependencies=decides, response_model=None)
    return router
