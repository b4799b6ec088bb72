"""``/teams``: the teams of officers with their hours, and who is a member."""

from collections.abc import Callable
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.language.normalise import fold
from bot.officers.hours import OpeningHours
from bot.officers.members import join_team, leave_team, members_by_team
from bot.officers.shifts import ShiftRefusedError, add_shift, remove_shift, shifts_by_team
from bot.officers.teams import Team
from bot.storage.database import writing
from console.access import Session, allow
from console.forms import Form, clean_line
from console.problems import Problem
from console.services import Services, With
from console.texts import label

DONE = {name: f"team_done_{name}" for name in ("added", "removed", "shift_added", "shift_removed")}
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def show_teams(request: Request, services: With, session: Session) -> Response:
    """The teams that the account looks after: those of agencies and those with members, or what was searched for."""
    typed = clean_line(request.query_params.get("q", ""), 80)
    kept = services.administration.kept_teams(session.account)
    with services.database.sessions() as ledger:
        members, duty = members_by_team(ledger), services.office.teams_on_duty(ledger).by_id
    if typed:
        words = fold(typed).split()
        shown = [team for team in kept if all(word in fold(team.name) for word in words)]
    else:
        shown = [team for team in kept if not team.places or team.id in members]
    now = services.clock()
    rows = [{"team": one, "members": len(members.get(one.id, ())), "open": duty[one.id].hours.is_open(now)} for one in shown]
    return services.pages.show(request, "teams.html", rows=rows, q=typed, more=len(kept) - len(shown))


def show_team(request: Request, services: With, session: Session, team: str) -> Response:
    """One team."""
    found = _kept(services, session, team)
    return _page(request, services, found, done=DONE.get(request.query_params.get("done", "")))


def add(request: Request, services: With, session: Session, form: Form, team: str) -> Response:
    """Somebody is to be a member, or to have another part in the team."""
    found, login = _kept(services, session, team), form.text("login", 40).lower()
    role = "supervisor" if form.text("role", 12) == "supervisor" else "officer"
    if login not in {account.login for account in _able(services)}:
        return _page(request, services, found, status=422, fault=label("team_unable", login=login), login=login)
    now = services.clock()
    with writing(services.database.sessions) as ledger:
        join_team(ledger, found.id, login, now, supervisor=role == "supervisor")
        details = {"login": login, "role": role}
        record_audit(ledger, session.account.actor, "team.member_added", f"team:{found.id}", details, now=now)
    return RedirectResponse(f"/teams/{found.id}?done=added", 303)


def remove(services: With, session: Session, form: Form, team: str) -> Response:
    """Somebody is to be a member no more."""
    found, login, now = _kept(services, session, team), form.text("login", 64), services.clock()
    with writing(services.database.sessions) as ledger:
        if leave_team(ledger, found.id, login):
            record_audit(ledger, session.account.actor, "team.member_removed", f"team:{found.id}", {"login": login}, now=now)
    return RedirectResponse(f"/teams/{found.id}?done=removed", 303)


def add_duty(request: Request, services: With, session: Session, form: Form, team: str) -> Response:
    """A member is to be on duty on some weekdays."""
    found, login, now = _kept(services, session, team), form.text("login", 64), services.clock()
    days = [_DAYS.index(day) for day in form.all("day", 3) if day in _DAYS]
    begins, ends = form.text("begins", 5), form.text("ends", 5)
    try:
        with writing(services.database.sessions) as ledger:
            if login not in {row.account for row in members_by_team(ledger).get(found.id, [])}:
                raise ShiftRefusedError("malformed")
            add_shift(ledger, found.id, login, days, begins, ends)
            details = {"login": login, "days": [_DAYS[day] for day in days], "from": begins, "until": ends}
            record_audit(ledger, session.account.actor, "team.shift_added", f"team:{found.id}", details, now=now)
    except ShiftRefusedError as error:
        return _page(request, services, found, status=422, fault=label(f"shift_{error.reason}"))
    return RedirectResponse(f"/teams/{found.id}?done=shift_added", 303)


def remove_duty(services: With, session: Session, form: Form, team: str) -> Response:
    """A member is to be on duty then no more."""
    found, login, begins, now = _kept(services, session, team), form.text("login", 64), form.text("begins", 5), services.clock()
    day = form.text("day", 3)
    with writing(services.database.sessions) as ledger:
        if day in _DAYS and remove_shift(ledger, found.id, login, _DAYS.index(day), begins):
            details = {"login": login, "day": day, "from": begins}
            record_audit(ledger, session.account.actor, "team.shift_removed", f"team:{found.id}", details, now=now)
    return RedirectResponse(f"/teams/{found.id}?done=shift_removed", 303)


def week(hours: OpeningHours) -> list[tuple[str, str]]:
    """The hours of a week, days with the same hours together: ``("Thứ Hai – Thứ Sáu", "07:30–11:30, 13:30–17:00")``."""
    rows: list[tuple[int, int, str]] = []
    for day, spans in enumerate(hours.weekly):
        said = ", ".join(f"{begin:%H:%M}–{end:%H:%M}" for begin, end in spans) or label("team_closed")
        if rows and rows[-1][2] == said:
            rows[-1] = (rows[-1][0], day, said)
        else:
            rows.append((day, day, said))
    return [(_days(first, last), said) for first, last, said in rows]


def _days(first: int, last: int) -> str:
    begin, end = label(f"team_day_{_DAYS[first]}"), label(f"team_day_{_DAYS[last]}")
    return begin if first == last else f"{begin} – {end}"


def _kept(services: Services, session: Session, team: str) -> Team:
    """The team, where the account looks after it. Raises ``Problem`` 404."""
    for one in services.administration.kept_teams(session.account):
        if one.id == team:
            return one
    raise Problem(404, "no_team")


def _able(services: Services) -> list[AccountView]:
    """The accounts that can answer citizens."""
    return [account for account in services.accounts.all() if account.may(Permission.CONVERSATIONS_ANSWER)]


def _page(request: Request, services: Services, team: Team, *, status: int = 200, **values: Any) -> Response:
    with services.database.sessions() as ledger:
        members = members_by_team(ledger).get(team.id, [])
        shifts, duty = shifts_by_team(ledger).get(team.id, ()), services.office.teams_on_duty(ledger).by_id[team.id].hours
    accounts = {account.login: account for account in services.accounts.all()}
    given = {"done": None, "fault": None, "login": ""} | values
    now = services.clock()
    facts: dict[str, Any] = {
        "week": week(team.hours),
        "open": duty.is_open(now),
        "opens": duty.next_opening(now),
        "duty_week": week(duty) if shifts else [],
        "shifts": [(shift, _DAYS[shift.weekday], f"{shift.begins:%H:%M}", f"{shift.ends:%H:%M}") for shift in shifts],
        "days": _DAYS,
        "agencies": [services.agencies.get(agency, agency) for agency in sorted(team.agencies)],
        "minutes": int(team.first_answer.total_seconds() // 60),
    }
    there = {row.account for row in members}
    rows = [{"member": row, "account": accounts.get(row.account)} for row in members]
    able = [account for account in _able(services) if account.login not in there]
    return services.pages.show(request, "team.html", status=status, team=team, rows=rows, able=able, **facts, **given)


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    declared = [allow(Permission.TEAMS_MANAGE)]
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/teams", show_teams),
        ("GET", "/teams/{team}", show_team),
        ("POST", "/teams/{team}/members", add),
        ("POST", "/teams/{team}/members/remove", remove),
        ("POST", "/teams/{team}/shifts", add_duty),
        ("POST", "/teams/{team}/shifts/remove", remove_duty),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
