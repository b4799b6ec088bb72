"""``/surveys``: waves of the survey of closed dossiers, from the draw to the results. Nobody sees a single answer here."""

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as Ledger

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.clock import VIETNAM_TIME
from bot.shares import LEAST_SHOWN
from bot.storage.database import writing
from bot.surveys import exports, waves
from bot.surveys.estimates import response_rate
from bot.surveys.groups import Groups
from bot.surveys.results import QuestionResult, ShownShare, results_of
from bot.surveys.sampling import LEAST_IN_CITY, LEAST_IN_GROUP, answers_needed
from console.access import Session, allow
from console.forms import Form, SentForm, number_in_path, whole_number
from console.problems import Problem
from console.services import Services, With
from console.survey_charts import group_chart, points, shown_words
from console.texts import label
from console.trial_chart import percent

_DONE = ("drawn", "begun", "closed", "asked", "refused")
_CERTIFICATE = exports.LONGEST_CERTIFICATE


def show_waves(request: Request, services: With, session: Session) -> Response:
    """All waves, the newest first."""
    with services.database.sessions() as ledger:
        found = waves.all_waves(ledger)
    return services.pages.show(request, "surveys.html", waves=found, **_may(session), done=_done(request))


def show_new(request: Request, services: With, session: Session) -> Response:
    """The form of a new wave; with a period, also what it would draw."""
    _whole_city(session)
    given = {name: value[:120] for name, value in request.query_params.items()}
    if not given.get("period_from"):
        return _new_page(request, services, _suggested(services))
    return _planned(request, services, given)


def draw(request: Request, services: With, session: Session, form: Form) -> Response:
    """Draws the sample, once, with a seed that is made now."""
    _whole_city(session)
    given = _fields(form)
    now = services.clock()
    try:
        with writing(services.database.sessions) as ledger:
            wave = waves.draw_wave(ledger, _groups(services), _order(given), session.account.login, now)
            found = {"seed": wave.seed, "frame": wave.frame_hash, "size": wave.frame_size}
            record_audit(ledger, session.account.actor, "survey.drawn", f"survey:{wave.id}", found, now=now)
            number = wave.id
    except waves.SurveyRefusedError as error:
        return _new_page(request, services, given, status=422, fault=_refusal(error))
    return RedirectResponse(f"/surveys/{number}?done=drawn", 303)


def show_wave(request: Request, services: With, session: Session, wave: str) -> Response:
    """One wave: how it was drawn, how far it is, and once it is closed what it says."""
    return _wave_page(request, services, session, number_in_path(wave, "no_survey"))


def begin(request: Request, services: With, session: Session, wave: str) -> Response:
    """Lets the invitations go."""

    def act(ledger: Ledger, number: int) -> None:
        if services.office.settings.portal_adapter != "http":
            raise waves.SurveyRefusedError("adapter")
        waves.begin_wave(ledger, number, services.clock())

    return _act(request, services, session, wave, "begun", act)


def close(request: Request, services: With, session: Session, wave: str) -> Response:
    """Ends a wave."""

    def act(ledger: Ledger, number: int) -> None:
        waves.close_wave(ledger, number, services.clock())

    return _act(request, services, session, wave, "closed", act)


def ask_for_export(request: Request, services: With, session: Session, form: Form, wave: str) -> Response:
    """One person asks for the export for a firm."""
    recipient, certificate = form.text("recipient", exports.LONGEST_RECIPIENT + 1), form.raw("certificate", _CERTIFICATE)

    def act(ledger: Ledger, number: int) -> dict[str, Any]:
        asked = exports.ask_for_export(ledger, number, recipient, certificate, session.account.login, services.clock())
        return {"export": asked.id, "recipient": recipient, "fingerprint": asked.fingerprint}

    given = {"recipient": recipient, "certificate": certificate}
    return _act(request, services, session, wave, "asked", act, audited="export_asked", given=given)


def agree_to_export(request: Request, services: With, session: Session, wave: str, export: str) -> Response:
    """Another person agrees: the file is made and given out now, and is not kept."""
    number, wanted, now = number_in_path(wave, "no_survey"), number_in_path(export, "no_survey"), services.clock()
    _whole_city(session)
    try:
        with writing(services.database.sessions) as ledger:
            _of_wave(ledger, number, wanted)
            made = exports.make_export(ledger, wanted, session.account.login, now)
            told = {"export": wanted, "sha256": made.sha256}
            record_audit(ledger, session.account.actor, "survey.exported", f"survey:{number}", told, now=now)
    except waves.SurveyRefusedError as error:
        return _wave_page(request, services, session, number, status=422, fault=_refusal(error))
    name = f'attachment; filename="khao-sat-{number}.cms"'
    return Response(made.content, 200, {"Content-Disposition": name, "Cache-Control": "no-store"}, "application/cms")


def refuse_export(request: Request, services: With, session: Session, wave: str, export: str) -> Response:
    """An export is refused, or taken back."""
    wanted = number_in_path(export, "no_survey")

    def act(ledger: Ledger, number: int) -> dict[str, Any]:
        _of_wave(ledger, number, wanted)
        exports.refuse_export(ledger, wanted, session.account.login, services.clock())
        return {"export": wanted}

    return _act(request, services, session, wave, "refused", act, audited="export_refused")


def _act(
    request: Request,
    services: Services,
    session: Session,
    wave: str,
    done: str,
    act: Callable[[Ledger, int], dict[str, Any] | None],
    *,
    audited: str | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    """Does one thing to a wave, with its entry in the audit log in the same transaction."""
    number = number_in_path(wave, "no_survey")
    _whole_city(session)
    try:
        with writing(services.database.sessions) as ledger:
            details = act(ledger, number)
            name, actor = f"survey.{audited or done}", session.account.actor
            record_audit(ledger, actor, name, f"survey:{number}", details, now=services.clock())
    except LookupError as error:
        raise Problem(404, "no_survey") from error
    except waves.SurveyRefusedError as error:
        return _wave_page(request, services, session, number, status=422, fault=_refusal(error), given=given)
    return RedirectResponse(f"/surveys/{number}?done={done}", 303)


def _wave_page(
    request: Request,
    services: Services,
    session: Session,
    number: int,
    *,
    status: int = 200,
    fault: str | None = None,
    given: dict[str, str] | None = None,
) -> Response:
    with services.database.sessions() as ledger:
        try:
            wave = waves.find_wave(ledger, number)
        except LookupError as error:
            raise Problem(404, "no_survey") from error
        progress = waves.progress(ledger, wave)
        results = results_of(ledger, wave) if wave.state == "closed" and session.account.scope.everything else ()
        asked = exports.exports_of(ledger, number)
    chosen = next((one for one in results if one.question.key == request.query_params.get("question")), None)
    chosen = chosen or (results[0] if results else None)
    groups = _groups(services)
    return services.pages.show(
        request,
        "survey.html",
        status=status,
        fault=fault,
        done=_done(request),
        wave=wave,
        names=groups.names,
        progress=[(one, _rate(one.answered, one.invited)) for one in progress],
        totals=_totals(progress),
        results=results,
        chosen=chosen,
        chart=_chart(chosen, groups) if chosen is not None else None,
        exports=asked,
        given=given or {"recipient": "", "certificate": ""},
        least=LEAST_SHOWN,
        longest_certificate=_CERTIFICATE,
        words_of=_words_of,
        percent=percent,
        points=points,
        **_may(session),
    )


def _chart(chosen: QuestionResult, groups: Groups) -> Any:
    return group_chart(chosen, dict(groups.names), label("survey_whole_city"), _veiled())


def _veiled() -> dict[str, str]:
    return {"few": label("survey_few"), "hidden": label("survey_hidden")}


def _words_of(share: ShownShare) -> tuple[str, str]:
    """A share and its interval, as a table tells them."""
    if share.shown in ("few", "hidden"):
        return shown_words(share, _veiled()), "–"
    return shown_words(share, _veiled()), f"{percent(share.low)}–{percent(share.high)}"


def _totals(progress: tuple[waves.GroupProgress, ...]) -> dict[str, Any]:
    sums = {
        name: sum(getattr(one, name) for one in progress) for name in ("population", "drawn", "waiting", "invited", "answered")
    }
    refused: dict[str, int] = {}
    for one in progress:
        for reason, n in one.refused.items():
            refused[reason] = refused.get(reason, 0) + n
    return sums | {"refused": refused, "rate": _rate(sums["answered"], sums["invited"])}


def _rate(answered: int, invited: int) -> str:
    rate = response_rate(answered, invited)
    if rate is None or 0 < answered < LEAST_SHOWN:
        return "–"
    return f"{100 * rate:.1f}".replace(".", ",") + " %"


def _planned(request: Request, services: Services, given: dict[str, str]) -> Response:
    given = dict.fromkeys(_FIELDS, "") | given
    try:
        order, today = _order(given), services.clock().astimezone(VIETNAM_TIME).date()
        with services.database.sessions() as ledger:
            plan = waves.plan_wave(ledger, _groups(services), order, today)
    except waves.SurveyRefusedError as error:
        return _new_page(request, services, given, status=422, fault=_refusal(error))
    needed = answers_needed(0.05, len(plan.frame))
    return _new_page(request, services, given, plan=plan, needed=needed)


def _new_page(request: Request, services: Services, given: dict[str, str], *, status: int = 200, **values: Any) -> Response:
    shown: dict[str, Any] = {"fault": None, "plan": None, "needed": 0} | values
    names = _groups(services).names
    least: dict[str, Any] = {"least_city": LEAST_IN_CITY, "least_group": LEAST_IN_GROUP}
    return services.pages.show(request, "survey_new.html", status=status, given=given, names=names, **least, **shown)


_FIELDS = ("title", "period_from", "period_to", "closes_on", "wanted", "expected_response", "spared_months")


def _suggested(services: Services) -> dict[str, str]:
    """The quarter before this month, open for three weeks."""
    today = services.clock().astimezone(VIETNAM_TIME).date()
    last = today.replace(day=1) - timedelta(days=1)
    first = (last.replace(day=1) - timedelta(days=62)).replace(day=1)
    return {
        "title": label("survey_suggested_title", first=f"{first:%m/%Y}", last=f"{last:%m/%Y}"),
        "period_from": first.isoformat(),
        "period_to": last.isoformat(),
        "closes_on": (today + timedelta(days=21)).isoformat(),
        "wanted": str(LEAST_IN_CITY),
        "expected_response": "30",
        "spared_months": "6",
    }


def _fields(form: SentForm) -> dict[str, str]:
    return {name: form.text(name, waves.LONGEST_TITLE + 1) for name in _FIELDS}


def _order(given: dict[str, str]) -> waves.WaveOrder:
    """What was filled in. Raises ``SurveyRefusedError`` for what is no day or no number."""
    days, numbers = [_day(given[name]) for name in _FIELDS[1:4]], [whole_number(given[name], 6) for name in _FIELDS[4:]]
    if days[0] is None or days[1] is None or days[2] is None:
        raise waves.SurveyRefusedError("period")
    if numbers[0] is None or numbers[1] is None or numbers[2] is None:
        raise waves.SurveyRefusedError("numbers")
    return waves.WaveOrder(given["title"], days[0], days[1], days[2], numbers[0], numbers[1], numbers[2])


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if len(text) == 10 else None
    except ValueError:
        return None


def _groups(services: Services) -> Groups:
    return services.office.ward_groups(label("survey_group_city"))


def _of_wave(ledger: Ledger, number: int, export: int) -> None:
    if export not in {one.id for one in exports.exports_of(ledger, number)}:
        raise Problem(404, "no_survey")


def _whole_city(session: Session) -> None:
    """A survey is the whole city's: who works for single agencies does not run it."""
    if not session.account.scope.everything:
        raise Problem(403, "not_allowed")


def _may(session: Session) -> dict[str, Any]:
    everything = session.account.scope.everything
    return {"may_manage": everything and session.account.may(Permission.SURVEYS_MANAGE), "whole_city": everything}


def _refusal(error: waves.SurveyRefusedError) -> str:
    return label(f"survey_refused_{error.key}", language="vi", **error.values)


def _done(request: Request) -> str | None:
    done = request.query_params.get("done", "")
    return f"survey_done_{done}" if done in _DONE else None


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    routes: list[tuple[str, str, Callable[..., Response], Permission]] = [
        ("GET", "/surveys", show_waves, Permission.REPORTS_READ),
        ("GET", "/surveys/new", show_new, Permission.SURVEYS_MANAGE),
        ("POST", "/surveys/new", draw, Permission.SURVEYS_MANAGE),
        ("GET", "/surveys/{wave}", show_wave, Permission.REPORTS_READ),
        ("POST", "/surveys/{wave}/begin", begin, Permission.SURVEYS_MANAGE),
        ("POST", "/surveys/{wave}/close", close, Permission.SURVEYS_MANAGE),
        ("POST", "/surveys/{wave}/exports", ask_for_export, Permission.SURVEYS_MANAGE),
        ("POST", "/surveys/{wave}/exports/{export}/agree", agree_to_export, Permission.SURVEYS_MANAGE),
        ("POST", "/surveys/{wave}/exports/{export}/refuse", refuse_export, Permission.SURVEYS_MANAGE),
    ]
    for method, path, page, permission in routes:
        router.add_api_route(path, page, methods=[method], dependencies=[allow(permission)], response_model=None)
    return router
