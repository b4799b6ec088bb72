"""``/practice``: officers answer questions of masked conversations and see what a colleague answered; how their teams do."""

import math
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as Ledger

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.officers.visibility import own_teams
from bot.practice.comparing import Comparison, compare
from bot.practice.exercise import LONGEST_TITLE, Exercise, points_from, read_exercises
from bot.practice.record import (
    LONGEST_ANSWER,
    LONGEST_REMARK,
    PracticeRefusedError,
    attempts_of,
    figures_by_team,
    make_exercise,
    newest_attempts,
    own_exercises,
    record_attempt,
    remark_on,
    withdraw_exercise,
)
from bot.storage.database import writing
from console.access import Session, allow
from console.forms import Form, number_in_path
from console.office import officer_of
from console.problems import Problem
from console.services import Services, With

FIGURES_OF = timedelta(days=90)
LONGEST_POINTS = 2_000
_DONE = ("made", "withdrawn", "remarked")


def show_list(request: Request, services: With, session: Session) -> Response:
    """All exercises, with how the account did."""
    with services.database.sessions() as ledger:
        exercises = _exercises(services, session, ledger)
        mine = attempts_of(ledger, session.account.login)
    return services.pages.show(
        request,
        "practice.html",
        exercises=[(one, mine.get(one.key, [])) for one in exercises.values()],
        done_count=sum(key in mine for key in exercises),
        may_lead=session.account.may(Permission.PRACTICE_LEAD),
        done=_done(request),
    )


def show_exercise(request: Request, services: With, session: Session, exercise: str) -> Response:
    """The conversation up to the question, and a field for the answer."""
    with services.database.sessions() as ledger:
        found = _exercise(_exercises(services, session, ledger), exercise)
    return _exercise_page(request, services, found)


def answer_exercise(request: Request, services: With, session: Session, form: Form, exercise: str) -> Response:
    """Keeps the answer and shows it beside the colleague's."""
    answer, now = form.lines("answer", LONGEST_ANSWER), services.clock()
    with writing(services.database.sessions) as ledger:
        found = _exercise(_exercises(services, session, ledger), exercise)
        if not answer or len(answer) > LONGEST_ANSWER:
            return _exercise_page(request, services, found, answer=answer, fault="long" if answer else "empty")
        compared = compare(found, answer)
        team = min(own_teams(ledger, session.account.login), default=None)
        officer, seconds = officer_of(session.account), _seconds(form.text("shown_at", 20), now)
        record_attempt(ledger, found, officer, team, answer, seconds, compared, now)
    return _exercise_page(request, services, found, answer=answer, compared=compared, seconds=seconds)


def show_results(request: Request, services: With, session: Session) -> Response:
    """How the teams do, the points most often left out, and the newest answers to remark on."""
    with services.database.sessions() as ledger:
        teams = _teams(services, session, ledger)
        figures = figures_by_team(ledger, services.clock() - FIGURES_OF, teams)
        newest = newest_attempts(ledger, teams)
        exercises = _exercises(services, session, ledger)
    return services.pages.show(
        request,
        "practice_results.html",
        figures=figures,
        newest=newest,
        exercises=exercises,
        desk=services.review,
        days=FIGURES_OF.days,
        longest_remark=LONGEST_REMARK,
        done=_done(request),
    )


def remark(services: With, session: Session, form: Form, attempt: str) -> Response:
    """A supervisor's or trainer's words on one answer."""
    number, words = number_in_path(attempt, "no_exercise"), form.lines("remark", LONGEST_REMARK)
    if not words or len(words) > LONGEST_REMARK:
        raise Problem(400, "broken_request")
    try:
        with writing(services.database.sessions) as ledger:
            remark_on(ledger, number, words, officer_of(session.account), services.clock(), _teams(services, session, ledger))
            record_audit(ledger, session.account.actor, "practice.remarked", f"attempt:{number}", now=services.clock())
    except PracticeRefusedError as error:
        raise Problem(404, "no_exercise") from error
    return RedirectResponse(f"/practice/results?done=remarked#attempt-{number}", 303)


def show_new(request: Request, services: With, session: Session, conversation: str, seq: str) -> Response:
    """The form that makes an exercise of one question of a conversation."""
    return _new_page(request, services, session, conversation, number_in_path(seq, "no_exercise"))


def make(request: Request, services: With, session: Session, form: Form, conversation: str, seq: str) -> Response:
    """Makes it."""
    number, title = number_in_path(seq, "no_exercise"), form.text("title", LONGEST_TITLE)
    points, reference = form.lines("points", LONGEST_POINTS), form.lines("reference", LONGEST_ANSWER)
    typed = {"title": title, "points": points, "reference": reference}
    try:
        with writing(services.database.sessions) as ledger:
            opened = services.review.opened(ledger, session.account, conversation)
            if not title:
                raise ValueError("title")
            maker, shared = officer_of(session.account), form.text("shared", 3) == "yes"
            made = make_exercise(
                ledger, opened, number, title, points_from(points), maker, services.clock(), reference=reference, shared=shared
            )
            details = {"exercise": made, "seq": number, "shared": shared}
            record_audit(ledger, session.account.actor, "practice.made", f"conversation:{opened}", details, now=services.clock())
    except (PracticeRefusedError, ValueError) as error:
        fault = error.reason if isinstance(error, PracticeRefusedError) else "incomplete"
        return _new_page(request, services, session, conversation, number, typed=typed, fault=fault)
    return RedirectResponse("/practice?done=made", 303)


def withdraw(services: With, session: Session, exercise: str) -> Response:
    """Takes an exercise out of the list; the answers to it stay."""
    number = number_in_path(exercise.removeprefix("own:"), "no_exercise")
    try:
        with writing(services.database.sessions) as ledger:
            _exercise(_exercises(services, session, ledger), exercise)
            withdraw_exercise(ledger, number, services.clock())
            record_audit(ledger, session.account.actor, "practice.withdrawn", f"exercise:{number}", now=services.clock())
    except PracticeRefusedError as error:
        raise Problem(404, "no_exercise") from error
    return RedirectResponse("/practice?done=withdrawn", 303)


def _teams(services: Services, session: Session, ledger: Ledger) -> Collection[str] | None:
    return services.office.sight(ledger, session.account, masked=True).teams


def _exercises(services: Services, session: Session, ledger: Ledger) -> Mapping[str, Exercise]:
    own = own_exercises(ledger, _teams(services, session, ledger))
    return {**own, **read_exercises(services.office.settings.data_dir)}


def _exercise(exercises: Mapping[str, Exercise], key: str) -> Exercise:
    found = exercises.get(key)
    if found is None:
        raise Problem(404, "no_exercise")
    return found


def _exercise_page(
    request: Request,
    services: Services,
    exercise: Exercise,
    *,
    answer: str = "",
    compared: Comparison | None = None,
    seconds: int = 0,
    fault: str | None = None,
) -> Response:
    return services.pages.show(
        request,
        "practice_exercise.html",
        status=422 if fault else 200,
        exercise=exercise,
        answer=answer,
        compared=compared,
        seconds=seconds,
        fault=fault,
        shown_at=int(services.clock().timestamp()),
        longest=LONGEST_ANSWER,
    )


def _new_page(
    request: Request,
    services: Services,
    session: Session,
    conversation: str,
    seq: int,
    *,
    typed: Mapping[str, str] | None = None,
    fault: str | None = None,
) -> Response:
    with services.database.sessions() as ledger:
        opened = services.review.opened(ledger, session.account, conversation)
    return services.pages.show(
        request,
        "practice_new.html",
        status=422 if fault else 200,
        conversation=opened,
        seq=seq,
        typed=typed or {},
        fault=fault,
        longest_title=LONGEST_TITLE,
        longest_points=LONGEST_POINTS,
        longest=LONGEST_ANSWER,
    )


def _seconds(shown_at: str, now: datetime) -> int:
    """How long ago the question was shown, as the page itself said; 0 where it did not say it well."""
    if not (shown_at.isascii() and shown_at.isdigit()):
        return 0
    return max(0, math.floor(now.timestamp()) - int(shown_at))


def _done(request: Request) -> str | None:
    said = request.query_params.get("done")
    return said if said in _DONE else None


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    practise, lead = [allow(Permission.PRACTICE)], [allow(Permission.PRACTICE_LEAD)]
    new = "/practice/new/{conversation}/{seq}"
    router.add_api_route("/practice", show_list, methods=["GET"], dependencies=practise, response_model=None)
    router.add_api_route("/practice/results", show_results, methods=["GET"], dependencies=lead, response_model=None)
    router.add_api_route("/practice/attempts/{attempt}/remark", remark, methods=["POST"], dependencies=lead, response_model=None)
    router.add_api_route(new, show_new, methods=["GET"], dependencies=lead, response_model=None)
    router.add_api_route(new, make, methods=["POST"], dependencies=lead, response_model=None)
    exercise = "/practice/exercises/{exercise}"
    router.add_api_route(exercise, show_exercise, methods=["GET"], dependencies=practise, response_model=None)
    router.add_api_route(exercise, answer_exercise, methods=["POST"], dependencies=practise, response_model=None)
    router.add_api_route(f"{exercise}/withdraw", withdraw, methods=["POST"], dependencies=lead, response_model=None)
    return router
