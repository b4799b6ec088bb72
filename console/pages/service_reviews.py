"""``/service-reviews``: the yearly review of each service, its figures, what people say to it, and the signed decision."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as Ledger

from bot.accounts.attempts import TooManyAttemptsError
from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.accounts.sign_in import SignInRefusedError
from bot.clock import VIETNAM_TIME
from bot.officers.notes import without_numbers
from bot.service_reviews.figures import COUNTS, SHARES, YearFigures
from bot.service_reviews.record import (
    DECISIONS,
    LONGEST_WORDS,
    STANCES,
    Person,
    ReviewRefusedError,
    comment,
    comments_of,
    decide,
    decisions_of,
    years,
)
from bot.service_reviews.rules import BrokenRulesError
from bot.spreadsheets import spreadsheet_file
from bot.storage.database import writing
from bot.storage.service_review_models import ServiceReview
from console.access import From, Session, allow
from console.forms import Form, clean_line, number_in_path
from console.pages.sign_in import too_many
from console.problems import Problem
from console.service_review_desk import ListedReview, leads_to_persons, percent, shown_count, shown_shares
from console.services import Services, With
from console.texts import label

_DONE = ("made", "commented", "decided")
_FILTERS = ("all", "stop_candidate", "online_only_candidate", "open", "decided")
_FIRST_YEAR = 2020


def show_list(request: Request, services: With, session: Session) -> Response:
    """The reviews of a year, with the share that was signed."""
    return _list_page(request, services, session)


def make(request: Request, services: With, session: Session, form: Form) -> Response:
    """Makes the reviews of a year from the counts there are."""
    year = _year(services, form.text("year", 4))
    if not session.account.scope.everything:
        raise Problem(403, "not_allowed")
    try:
        with writing(services.database.sessions) as ledger:
            count = services.service_reviews.reviews.make(ledger, year)
            details = {"reviews": count}
            record_audit(ledger, session.account.actor, "service_reviews.made", f"year:{year}", details, now=services.clock())
    except BrokenRulesError as error:
        return _list_page(request, services, session, status=422, fault=str(error))
    return RedirectResponse(f"/service-reviews?year={year}&done=made", 303)


def export(request: Request, services: With, session: Session) -> Response:
    """The year's reviews as a CSV file."""
    year = _year(services, request.query_params.get("year", ""))
    with services.database.sessions() as ledger:
        listed = services.service_reviews.listed(ledger, session.account, year)
    head = ["code", "name", "agency", "suggested", *COUNTS, *SHARES, "decision", "signed_by", "signed_at"]
    written = spreadsheet_file(head, (map(str, _row(one)) for one in listed))
    name = f"ra-soat-dich-vu-{year}.csv"
    return Response(written, 200, {"Content-Disposition": f'attachment; filename="{name}"'}, "text/csv")


def show_review(request: Request, services: With, session: Session, review: str) -> Response:
    """One review."""
    return _review_page(request, services, session, review)


def add_comment(request: Request, services: With, session: Session, form: Form, review: str) -> Response:
    """Somebody's words, dissent too."""
    words, stance = without_numbers(form.lines("words", LONGEST_WORDS)), form.text("stance", 10)
    try:
        with writing(services.database.sessions) as ledger:
            row = _review(ledger, session, review)
            comment(ledger, row.id, _person(session), stance, words, services.clock())
            subject, details = f"service_review:{row.id}", {"stance": stance}
            record_audit(ledger, session.account.actor, "service_review.commented", subject, details, now=services.clock())
    except ReviewRefusedError as error:
        return _review_page(request, services, session, review, status=422, fault=error.reason, typed={"words": words})
    return RedirectResponse(f"/service-reviews/{review}?done=commented#comments", 303)


def sign(request: Request, services: With, session: Session, form: Form, browser: From, review: str) -> Response:
    """The decision, signed with a code of the second factor."""
    typed = {"decision": form.text("decision", 12)}
    typed |= {name: without_numbers(form.lines(name, LONGEST_WORDS)) for name in ("reason", "assisted_route")}
    desk, now = services.service_reviews, services.clock()
    if not session.account.scope.everything:
        raise Problem(403, "not_allowed")

    def decided(ledger: Ledger) -> None:
        row = _review(ledger, session, review)
        said = (typed["decision"], typed["reason"], typed["assisted_route"])
        signed = decide(ledger, row.id, _person(session), *said, now, desk.key, made_at=form.text("made_at", 40))
        details = {"decision": signed.decision, "seal": signed.seal, "code": row.procedure_code, "year": row.year}
        record_audit(ledger, session.account.actor, "service_review.decided", f"service_review:{row.id}", details, now=now)

    try:
        # First without keeping anything: a code counts once, and a slip of the form must not use it up.
        with services.database.sessions() as ledger:
            decided(ledger)
            ledger.rollback()
        services.sign_in.confirm_presence(session, form.text("code", 40), browser)
        with writing(services.database.sessions) as ledger:
            decided(ledger)
    except ReviewRefusedError as error:
        return _review_page(request, services, session, review, status=422, fault=error.reason, typed=typed)
    except SignInRefusedError:
        return _review_page(request, services, session, review, status=422, fault="code_refused", typed=typed)
    except TooManyAttemptsError as error:
        return _review_page(request, services, session, review, status=429, said=too_many(error), typed=typed)
    return RedirectResponse(f"/service-reviews/{review}?done=decided#decision", 303)


def _person(session: Session) -> Person:
    return Person(session.account.login, session.account.display_name)


def _review(ledger: Ledger, session: Session, review: str) -> ServiceReview:
    row = ledger.get(ServiceReview, number_in_path(review, "no_service_review"))
    if row is None or not session.account.scope.allows(row.agency):
        raise Problem(404, "no_service_review")
    return row


def _year(services: Services, text: str) -> int:
    present = services.clock().astimezone(VIETNAM_TIME).year
    if not text:
        return present
    year = int(text) if text.isascii() and text.isdigit() and len(text) == 4 else 0
    if not _FIRST_YEAR <= year <= present:
        raise Problem(404, "no_service_review")
    return year


def _row(one: ListedReview) -> list[Any]:
    figures = YearFigures(one.review.counts)
    shares = [figures.share(name) for name in SHARES]
    signed = one.decision
    return [
        one.review.procedure_code,
        one.review.name,
        one.review.agency or "",
        " ".join(one.verdicts),
        *(shown_count(figures.count(name)) for name in COUNTS),
        *("" if share.value is None or leads_to_persons(share) else round(share.value, 4) for share in shares),
        signed.decision if signed else "",
        signed.name if signed else "",
        signed.at.astimezone(VIETNAM_TIME).strftime("%d/%m/%Y") if signed else "",
    ]


def _list_page(
    request: Request, services: Services, session: Session, *, status: int = 200, fault: str | None = None
) -> Response:
    year = _year(services, request.query_params.get("year", ""))
    chosen = request.query_params.get("show", "all")
    asked = clean_line(request.query_params.get("q", ""), 80).casefold()
    with services.database.sessions() as ledger:
        listed = services.service_reviews.listed(ledger, session.account, year)
        known = years(ledger)
    signed = sum(one.decision is not None for one in listed)
    done = request.query_params.get("done", "")
    present = services.clock().astimezone(VIETNAM_TIME).year
    return services.pages.show(
        request,
        "service_reviews.html",
        status=status,
        year=year,
        years=sorted({present, present - 1, *known}, reverse=True),
        filters=_FILTERS,
        chosen=chosen if chosen in _FILTERS else "all",
        q=asked,
        listed=[one for one in listed if _wanted(one, chosen, asked)],
        whole=len(listed),
        signed=signed,
        signed_share=percent(signed / len(listed)) if listed else "–",
        agencies=services.agencies,
        shown_count=shown_count,
        may_make=session.account.may(Permission.SERVICES_DECIDE) and session.account.scope.everything,
        done=f"service_review_done_{done}" if done in _DONE else None,
        fault=fault,
    )


def _wanted(one: ListedReview, chosen: str, asked: str) -> bool:
    fits = {
        "open": one.decision is None,
        "decided": one.decision is not None,
        "stop_candidate": "stop_candidate" in one.verdicts,
        "online_only_candidate": "online_only_candidate" in one.verdicts,
    }.get(chosen, True)
    return fits and (asked in one.review.name.casefold() or asked in one.review.procedure_code)


def _review_page(
    request: Request,
    services: Services,
    session: Session,
    review: str,
    *,
    status: int = 200,
    fault: str | None = None,
    said: str | None = None,
    typed: dict[str, str] | None = None,
) -> Response:
    desk, done = services.service_reviews, request.query_params.get("done", "")
    with services.database.sessions() as ledger:
        row = _review(ledger, session, review)
        comments = comments_of(ledger, row.id)
        decisions = decisions_of(ledger, [row.id]).get(row.id, [])
        ledger.expunge_all()
    judged = desk.judged(row)
    given = dict.fromkeys(("words", "reason", "assisted_route", "decision"), "") | (typed or {})
    return services.pages.show(
        request,
        "service_review.html",
        status=status,
        row=row,
        figures=YearFigures(row.counts),
        shown_count=shown_count,
        counts=COUNTS,
        shares=shown_shares(row.counts, judged),
        judged=judged,
        comments=comments,
        decisions=[(one, desk.seal_holds(one)) for one in decisions],
        agency=services.agencies.get(row.agency or "", "–"),
        stances=STANCES,
        choices=DECISIONS,
        longest=LONGEST_WORDS,
        may_decide=session.account.may(Permission.SERVICES_DECIDE) and session.account.scope.everything,
        given=given,
        done=f"service_review_done_{done}" if done in _DONE else None,
        fault=said or (label(f"problem_{fault}" if fault.startswith(("service_review", "no_")) else fault) if fault else None),
    )


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    look, decides = allow(Permission.REPORTS_READ), allow(Permission.SERVICES_DECIDE)
    routes: list[tuple[str, str, Callable[..., Response], Any]] = [
        ("GET", "/service-reviews", show_list, look),
        ("POST", "/service-reviews", make, decides),
        ("GET", "/service-reviews/export.csv", export, look),
        ("GET", "/service-reviews/{review}", show_review, look),
        ("POST", "/service-reviews/{review}/comment", add_comment, look),
        ("POST", "/service-reviews/{review}/decision", sign, decides),
    ]
    for method, path, page, declared in routes:
        router.add_api_route(path, page, methods=[method], dependencies=[declared], response_model=None)
    return router
