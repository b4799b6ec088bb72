"""``/training/candidates/…``: what was measured of a candidate, and the real messages that it answers otherwise."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.storage.database import writing
from bot.storage.training_models import CandidateModel, ReplayedAnswer
from bot.training.candidates import changed_answers, results_of
from bot.training.results import Results
from console.access import Session, allow
from console.forms import Form, number_in_path
from console.problems import Problem
from console.services import With
from console.training_desk import change, decimal, intent_name, percent, picture_of, readable, share_of

MARKS = ("worse", "better", "same")
_FILTERS = ("all", "unmarked", *MARKS)
_AT_ONCE = 50
_PAGE_DIGITS = 4


def show_candidate(request: Request, services: With, number: str) -> Response:
    """The figures of a candidate beside those of the model that was live."""
    with services.database.sessions() as session:
        candidate = _candidate(session, number)
        results = results_of(session, candidate)
        marks = Counter(row.mark for row in changed_answers(session, candidate.id))
    return services.pages.show(
        request,
        "training_candidate.html",
        candidate=candidate,
        results=results,
        figures=_figures(results) if results is not None else (),
        intents=_intents(results) if results is not None else (),
        picture=picture_of(results.reliability.bins) if results is not None and results.reliability is not None else "",
        marks=marks,
        intent_name=intent_name,
        percent=percent,
        change=change,
    )


def _figures(results: Results) -> Sequence[dict[str, Any]]:
    """The tiles: name, figure, of how many, change against the live model."""
    tiles: list[dict[str, Any]] = []
    for name, measured in (("regression", results.regression), ("protected", results.protected)):
        if measured is not None:
            now, before = share_of(measured), share_of(measured, live=True)
            tiles.append({"name": name, "figure": percent(now), "count": measured.total, "change": change(now, before)})
    if results.conversations is not None:
        told = f"{results.conversations.passed}/{results.conversations.total}"
        tiles.append({"name": "conversations", "figure": told, "count": results.conversations.total, "change": None})
    if results.cross_validation is not None:
        shown = percent(results.cross_validation.accuracy)
        tiles.append({"name": "cross_validation", "figure": shown, "count": results.cross_validation.folds, "change": None})
    if results.reliability is not None and results.regression is not None:
        now, before = results.reliability.wrong_and_sure, results.reliability.live_wrong_and_sure
        arrow = change(now, before, less_is_better=True)
        tiles.append({"name": "wrong_and_sure", "figure": percent(now), "count": results.regression.total, "change": arrow})
    if results.replay is not None:
        share = results.replay.messages_changed / results.replay.messages if results.replay.messages else None
        tiles.append({"name": "replay", "figure": percent(share), "count": results.replay.messages, "change": None})
    return tiles


def _intents(results: Results) -> Sequence[dict[str, Any]]:
    """Per intent, what became worse first."""
    rows = [
        {
            "name": intent_name(one.intent),
            "support": one.support,
            "precision": percent(one.precision),
            "recall": percent(one.recall),
            "f1": decimal(one.f1 * 100),
            "change": change(one.f1, one.live_f1),
            "order": (one.f1 - one.live_f1 if one.live_f1 is not None else 0.0, one.f1),
        }
        for one in results.intents
    ]
    return sorted(rows, key=lambda row: row["order"])


def show_answers(request: Request, services: With, number: str) -> Response:
    """The real messages that the candidate understands otherwise."""
    shown = request.query_params.get("show", "all")
    wanted = request.query_params.get("intent", "")[:80]
    if shown not in _FILTERS:
        raise Problem(400, "broken_request")
    page = number_in_path(request.query_params.get("page", "1"), "no_candidate", _PAGE_DIGITS)
    with services.database.sessions() as session:
        candidate = _candidate(session, number)
        results = results_of(session, candidate)
        rows = changed_answers(session, candidate.id)
    chosen = [row for row in rows if _fits(row, shown) and wanted in ("", row.live["intent"], row.candidate["intent"])]
    start = (max(1, page) - 1) * _AT_ONCE
    intents = sorted({intent for row in rows for intent in (row.live["intent"], row.candidate["intent"])}, key=intent_name)
    return services.pages.show(
        request,
        "training_answers.html",
        candidate=candidate,
        replay=results.replay if results is not None else None,
        rows=[_shown(row) for row in chosen[start : start + _AT_ONCE]],
        total=len(chosen),
        filters=[(name, sum(_fits(row, name) for row in rows)) for name in _FILTERS],
        show=shown,
        intent=wanted,
        intents=intents,
        page=max(1, page),
        following=len(chosen) > start + _AT_ONCE,
        marks=MARKS,
        intent_name=intent_name,
        percent=percent,
    )


def _fits(row: ReplayedAnswer, shown: str) -> bool:
    return shown == "all" or (row.mark is None if shown == "unmarked" else row.mark == shown)


def _shown(row: ReplayedAnswer) -> dict[str, Any]:
    return {
        "row": row,
        "text": readable(row.text),
        "sides": [(side, told, _pieces(told)) for side, told in (("live", row.live), ("candidate", row.candidate))],
    }


def _pieces(told: dict[str, Any]) -> Sequence[str]:
    """The intents of the clauses, where the message has several."""
    return [intent_name(str(one["intent"])) for one in told.get("clauses") or ()]


def mark_answer(request: Request, services: With, session: Session, form: Form, number: str, answer: str) -> Response:
    """A trainer says what they think of a change, or takes it back."""
    mark = form.text("mark", 8)
    if mark not in (*MARKS, "none"):
        raise Problem(400, "broken_request")
    now = services.clock()
    with writing(services.database.sessions) as ledger:
        candidate = _candidate(ledger, number)
        row = ledger.get(ReplayedAnswer, number_in_path(answer, "no_candidate"), with_for_update=True)
        if row is None or row.candidate_id != candidate.id:
            raise Problem(404, "no_changed_answer")
        row.mark = None if mark == "none" else mark
        row.marked_by, row.marked_at = (None, None) if row.mark is None else (session.account.login, now)
        details = {"answer": row.id, "mark": mark}
        record_audit(ledger, session.account.actor, "training.answer_marked", f"candidate:{candidate.id}", details, now=now)
        shown = _shown(row)
    if request.headers.get("hx-request"):
        return services.pages.show(
            request,
            "parts/training_answer.html",
            one=shown,
            candidate=candidate,
            marks=MARKS,
            intent_name=intent_name,
            percent=percent,
        )
    return RedirectResponse(f"/training/candidates/{candidate.id}/answers", 303)


def _candidate(session: LedgerSession, number: str) -> CandidateModel:
    found = session.get(CandidateModel, number_in_path(number, "no_candidate"))
    if found is None:
        raise Problem(404, "no_candidate")
    return found


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    base = "/training/candidates/{number}"
    # Who decides on a model reads what was measured of it; only who trains marks.
    reads, trains = [allow(Permission.MODELS_PROMOTE)], [allow(Permission.MODELS_TRAIN)]
    router.add_api_route(base, show_candidate, methods=["GET"], dependencies=reads, response_model=None)
    router.add_api_route(f"{base}/answers", show_answers, methods=["GET"], dependencies=reads, response_model=None)
    marked = f"{base}/answers/{{answer}}"
    router.add_api_route(marked, mark_answer, methods=["POST"], dependencies=trains, response_model=None)
    return router
