"""``/training``: a model is trained from what trainers changed; how far the job is, what it says, and the jobs before."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.authoring.git import GitError
from bot.authoring.workspace import WorkspaceError
from bot.clock import VIETNAM_TIME
from bot.conversations.outcomes import last_beat
from bot.storage.database import writing
from bot.storage.training_models import CandidateModel, TrainingJob
from bot.training.jobs import (
    HEARTBEAT_KIND,
    SILENT_AFTER,
    JobRefusedError,
    ask_for_training,
    cancel_training,
    jobs_newest_first,
    unfinished_jobs,
)
from bot.training.pace import seconds_left, steps_of, usual_seconds
from bot.training.source import checked_commit
from console.access import Session, allow
from console.forms import Form, number_in_path
from console.problems import Problem
from console.services import Services, With
from console.texts import label
from console.training_desk import options_of, yesterday
from console.wording import span

_EARLIER = 5
_SHOWN_COMMITS = 20
_DONE = {name: f"training_done_{name}" for name in ("asked", "cancelled", "cancelling")}


def show_training(request: Request, services: With) -> Response:
    """What a training would learn, the form for one, the job under way and those before."""
    return _page(request, services, done=_DONE.get(request.query_params.get("done", "")))


def start(request: Request, services: With, session: Session, form: Form) -> Response:
    """A training is asked for."""
    sent = {name: form.text(name, 40) for name in ("commit", "since", "until")}
    ticked = set(form.all("part"))
    given = {**sent, "cross_validation": "cross_validation" in ticked, "conversations": "conversations" in ticked}
    try:
        options = options_of(
            sent["since"],
            sent["until"],
            cross_validation="cross_validation" in ticked,
            conversations="conversations" in ticked,
        )
    except ValueError:
        return _page(request, services, status=422, fault=label("training_fault_days"), given=given)
    try:
        commit = checked_commit(services.training.workspace, sent["commit"])
    except (WorkspaceError, GitError, OSError):
        return _page(request, services, status=422, fault=label("training_fault_commit"), given=given)
    account, now = session.account, services.clock()
    try:
        with writing(services.database.sessions) as ledger:
            job = ask_for_training(ledger, commit, options, account.login, account.display_name, now)
            details = {"commit": commit, **options.model_dump(mode="json")}
            record_audit(ledger, account.actor, "training.asked", f"training:{job.id}", details, now=now)
    except JobRefusedError:
        return _page(request, services, status=409, fault=label("training_fault_one_waits"), given=given)
    return RedirectResponse(f"/training/jobs/{job.id}?done=asked", 303)


def show_job(request: Request, services: With, number: str) -> Response:
    """One job: how far it is, what it says."""
    done = _DONE.get(request.query_params.get("done", ""))
    return services.pages.show(request, "training_job.html", done=done, **_job_values(services, number))


def show_progress(request: Request, services: With, number: str) -> Response:
    """The part of the job's page that renews itself."""
    return services.pages.show(request, "parts/training_progress.html", **_job_values(services, number))


def cancel(services: With, session: Session, number: str) -> Response:
    """The job is not to go on."""
    now = services.clock()
    try:
        with writing(services.database.sessions) as ledger:
            job = cancel_training(ledger, number_in_path(number, "no_training"), session.account.login, now)
            record_audit(ledger, session.account.actor, "training.cancelled", f"training:{job.id}", {}, now=now)
    except JobRefusedError as error:
        if error.reason == "no_job":
            raise Problem(404, "no_training") from error
        return RedirectResponse(f"/training/jobs/{number}", 303)
    done = "cancelled" if job.state == "cancelled" else "cancelling"
    return RedirectResponse(f"/training/jobs/{number}?done={done}", 303)


def _page(request: Request, services: Services, *, status: int = 200, **values: Any) -> Response:
    now = services.clock()
    with services.database.sessions() as session:
        jobs = jobs_newest_first(session)
        unfinished = unfinished_jobs(session)
        beat = last_beat(session, HEARTBEAT_KIND)
        since, live = services.training.since_live(session), services.training.live(session)
        usual = usual_seconds(_earlier(session))
    day = yesterday(now.astimezone(VIETNAM_TIME).date())
    given = {"commit": "", "since": day, "until": day, "cross_validation": True, "conversations": True}
    shown = {"done": None, "fault": None, "given": given} | values
    return services.pages.show(
        request,
        "training.html",
        status=status,
        jobs=jobs,
        unfinished=unfinished,
        waits=any(job.state == "queued" for job in unfinished),
        since=since,
        commits=since.commits[:_SHOWN_COMMITS] if since is not None else (),
        live=live,
        silent=beat is None or now - beat > SILENT_AFTER,
        usual=span(timedelta(seconds=sum(usual.values()))),
        cases=len(services.training.shipped_cases()),
        step_name=step_name,
        **shown,
    )


def _job_values(services: Services, number: str) -> dict[str, Any]:
    now = services.clock()
    with services.database.sessions() as session:
        job = session.get(TrainingJob, number_in_path(number, "no_training"))
        if job is None:
            raise Problem(404, "no_training")
        candidate = session.scalar(select(CandidateModel).where(CandidateModel.job_id == job.id))
        usual = usual_seconds(_earlier(session))
        beat = last_beat(session, HEARTBEAT_KIND)
    options = job.options
    steps = steps_of(
        cross_validation=bool(options.get("cross_validation", True)), conversations=bool(options.get("conversations", True))
    )
    left = seconds_left(job.progress, usual, steps)
    reached = steps.index(job.step) if job.step in steps else -1
    return {
        "job": job,
        "candidate": candidate,
        "steps": [(step, _step_state(job, place, reached), _took(job, step)) for place, step in enumerate(steps)],
        "left": span(timedelta(seconds=left)),
        "percent": round(job.progress * 100),
        "lines": job.log.splitlines()[-200:],
        "silent": beat is None or now - beat > SILENT_AFTER,
        "step_name": step_name,
    }


def _step_state(job: TrainingJob, place: int, reached: int) -> str:
    if job.state == "done" or place < reached:
        return "done"
    if place > reached or job.state == "queued":
        return "to_come"
    return "now" if job.state == "running" else "stopped"


def _took(job: TrainingJob, step: str) -> str:
    seconds = job.step_seconds.get(step)
    return "" if seconds is None else label("training_seconds", seconds=round(float(seconds)))


def step_name(step: str | None) -> str:
    """A step in words."""
    return label(f"training_step_{step}") if step else ""


def _earlier(session: LedgerSession) -> list[dict[str, float]]:
    query = select(TrainingJob.step_seconds).where(TrainingJob.state == "done").order_by(TrainingJob.id.desc())
    return [dict(seconds) for seconds in session.scalars(query.limit(_EARLIER))]


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    routes: list[tuple[str, str, Callable[..., Response], bool]] = [
        ("GET", "/training", show_training, False),
        ("POST", "/training", start, False),
        ("GET", "/training/jobs/{number}", show_job, False),
        ("GET", "/training/jobs/{number}/progress", show_progress, True),
        ("POST", "/training/jobs/{number}/cancel", cancel, False),
    ]
    for method, path, page, by_itself in routes:
        declared = [allow(Permission.MODELS_TRAIN, by_itself=by_itself)]
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
