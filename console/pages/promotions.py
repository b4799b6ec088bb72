"""``/promotions``: models on their way to the citizens: proposed, approved by another, tried, live, and the way back."""

from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy import select
from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.permissions import Permission
from bot.officers.notes import without_numbers
from bot.storage.deployment_models import Promotion
from bot.storage.training_models import CandidateModel
from bot.training.canary import Comparison, Counts, compare, count_since
from bot.training.deployment import Board, read_board, returned_since
from bot.training.gate import verdict_from
from bot.training.promotions import LONGEST_REASON, Ending, PromotionRefusedError
from bot.training.rules import CanaryRules
from console.access import Session, allow
from console.forms import Form, SentForm
from console.problems import Problem
from console.services import Services, With
from console.trial_chart import charts_of

DONE = ("proposed", "refused", "overridden", "approved", "share", "live", "returned")
_PAST, _CANDIDATES = 50, 20
_FIRST = ("refuse", "warn", "pass")
_TAKEN = ("proposed", "approved", "canary", "live")


def show_promotions(request: Request, services: With) -> Response:
    """What is live and on trial, what waits for a decision, what can be proposed, and the past."""
    return _overview(request, services)


def propose(request: Request, services: With, session: Session, form: Form) -> Response:
    """A candidate is proposed; the gate speaks at once."""
    number, sent = form.text("candidate", 20), _reason(form)
    try:
        made = services.promotions.propose(session.account.actor, int(number) if number.isdecimal() else 0, sent)
    except PromotionRefusedError as error:
        return _overview(request, services, status=422, fault=error.text, failed=number, reason=sent)
    return RedirectResponse(f"/promotions/{made}?done=proposed", 303)


def show_promotion(request: Request, services: With, session: Session, number: str) -> Response:
    """One promotion: the gate's verdict, its trial, its past, and what can be done now."""
    return _detail(request, services, session, number)


def show_figures(request: Request, services: With, number: str) -> Response:
    """The trial's figures alone; asked for by the page itself. Where it moved on meanwhile, the page is loaded again."""
    row = _found(services, number)
    if request.query_params.get("state") != row.state:
        return Response(status_code=200, headers={"HX-Refresh": "true"})
    return services.pages.show(request, "parts/promotion_figures.html", row=row, **_trial(services, row))


def approve(request: Request, services: With, session: Session, number: str, form: Form) -> Response:
    """A second person says yes."""
    share, itself = form.text("share", 5), form.text("finishes_itself", 5) == "yes"
    acts, percent = services.promotions, int(share) if share.isdecimal() else 0
    return _act(
        request, services, session, number, "approved", form,
        lambda found, reason: acts.approve(session.account.actor, found, percent, reason, finishes_itself=itself),
    )  # fmt: skip


def refuse(request: Request, services: With, session: Session, number: str, form: Form) -> Response:
    """A second person says no."""
    acts = services.promotions
    return _act(
        request,
        services,
        session,
        number,
        "refused",
        form,
        lambda found, reason: acts.refuse(session.account.actor, found, reason),
    )


def override(request: Request, services: With, session: Session, number: str, form: Form) -> Response:
    """An administrator lets a model through that the gate refused."""
    acts = services.promotions
    return _act(
        request, services, session, number, "overridden", form,
        lambda found, reason: acts.override(session.account.actor, found, reason),
    )  # fmt: skip


def change_share(request: Request, services: With, session: Session, number: str, form: Form) -> Response:
    """The trial grows, or ends with everybody."""
    share = form.text("share", 5)
    percent = int(share) if share.isdecimal() else 0
    done = "live" if percent == 100 else "share"
    acts = services.promotions
    return _act(
        request,
        services,
        session,
        number,
        done,
        form,
        lambda found, _reason: acts.set_share(session.account.actor, found, percent),
    )


def take_back(request: Request, services: With, session: Session, number: str, form: Form) -> Response:
    """Back to the model from before."""
    acts = services.promotions
    return _act(
        request, services, session, number, "returned", form,
        lambda found, reason: acts.back(found, Ending(session.account.actor, reason)),
    )  # fmt: skip


def _act(
    request: Request,
    services: Services,
    session: Session,
    number: str,
    done: str,
    form: SentForm,
    act: Callable[[int, str], None],
) -> Response:
    row, reason = _found(services, number), _reason(form)
    try:
        act(row.id, reason)
    except PromotionRefusedError as error:
        return _detail(request, services, session, number, status=422, fault=error.text, reason=reason)
    return RedirectResponse(f"/promotions/{row.id}?done={done}", 303)


def _reason(form: SentForm) -> str:
    """What was typed, without private numbers; too long stays too long, so that it is refused and not cut."""
    return without_numbers(form.text("reason", LONGEST_REASON + 1))


def _found(services: Services, number: str) -> Promotion:
    """The promotion of this number. Raises ``Problem`` 404."""
    with services.database.sessions() as session:
        row = session.get(Promotion, int(number)) if number.isdecimal() and len(number) < 18 else None
    if row is None:
        raise Problem(404, "promotion_unknown")
    return row


def _overview(request: Request, services: Services, *, status: int = 200, **values: Any) -> Response:
    canary = services.promotions.rules.canary
    with services.database.sessions() as session:
        board = read_board(session)
        past = session.scalars(select(Promotion).order_by(Promotion.id.desc()).limit(_PAST)).all()
        live = session.get(Promotion, board.route.live_promotion_id) if board.route.live_promotion_id else None
        candidates = _proposable(session)
        returned = returned_since(session, services.clock() - timedelta(days=canary.return_shown_days))
    waiting = [one for one in past if one.state == "proposed"]
    given = {"done": None, "fault": None, "failed": "", "reason": ""} | values
    return services.pages.show(
        request,
        "promotions.html",
        status=status,
        board=board,
        live=live,
        waiting=waiting,
        past=past,
        candidates=candidates,
        before={one.model_sha256: one.state for one in reversed(past)},
        returned=returned,
        longest=LONGEST_REASON,
        **given,
    )


def _proposable(session: LedgerSession) -> Sequence[CandidateModel]:
    """The newest measured candidates that are not on their way already."""
    taken = select(Promotion.model_sha256).where(Promotion.state.in_(_TAKEN))
    wanted = select(CandidateModel).where(CandidateModel.results.is_not(None), CandidateModel.sha256.not_in(taken))
    return session.scalars(wanted.order_by(CandidateModel.id.desc()).limit(_CANDIDATES)).all()


def _detail(request: Request, services: Services, session: Session, number: str, *, status: int = 200, **values: Any) -> Response:
    row = _found(services, number)
    verdict, account = verdict_from(row.verdict), session.account
    done = request.query_params.get("done", "")
    given = {"fault": None, "reason": "", "done": f"promotion_done_{done}" if done in DONE else None} | values
    may_override = account.may(Permission.MODELS_OVERRIDE_GATE) and row.decided_by is None and verdict.may_be_overruled
    return services.pages.show(
        request,
        "promotion.html",
        status=status,
        row=row,
        verdict=verdict,
        findings=sorted(verdict.findings, key=lambda one: _FIRST.index(one.level)),
        own=row.proposed_by == account.login,
        may_override=may_override,
        longest=LONGEST_REASON,
        **_trial(services, row),
        **given,
    )


def _trial(services: Services, row: Promotion) -> dict[str, Any]:
    """The figures of a trial, now or as they were at its end, and what may still be chosen."""
    canary = services.promotions.rules.canary
    with services.database.sessions() as session:
        board = read_board(session)
        compared = _compared(session, board, row, canary)
    return {
        "board": board,
        "charts": charts_of(compared) if compared else [],
        "steps": [step for step in canary.steps if row.state != "canary" or step > row.share],
        "rules": canary,
        "can_go_back": row.state in ("approved", "canary")
        or (row.state == "live" and board.route.live_promotion_id == row.id and board.route.previous is not None),
    }


def _compared(session: LedgerSession, board: Board, row: Promotion, rules: CanaryRules) -> list[Comparison]:
    if row.state == "canary" and board.route.canary is not None and row.share_at is not None:
        counts = count_since(session, row.share_at)
        return compare(counts[board.route.canary], counts[board.route.live], rules)
    if row.measured:
        return compare(Counts(**row.measured["canary"]), Counts(**row.measured["live"]), rules)
    return []


def page_routes() -> APIRouter:
    """The routes of these pages."""
    router = APIRouter()
    promote, overrule = allow(Permission.MODELS_PROMOTE), allow(Permission.MODELS_OVERRIDE_GATE)
    routes: list[tuple[str, str, Callable[..., Response], Any]] = [
        ("GET", "/promotions", show_promotions, promote),
        ("POST", "/promotions", propose, promote),
        ("GET", "/promotions/{number}", show_promotion, promote),
        ("GET", "/promotions/{number}/figures", show_figures, allow(Permission.MODELS_PROMOTE, by_itself=True)),
        ("POST", "/promotions/{number}/approve", approve, promote),
        ("POST", "/promotions/{number}/refuse", refuse, promote),
        ("POST", "/promotions/{number}/override", override, overrule),
        ("POST", "/promotions/{number}/share", change_share, promote),
        ("POST", "/promotions/{number}/back", take_back, promote),
    ]
    for method, path, page, declared in routes:
        router.add_api_route(path, page, methods=[method], dependencies=[declared], response_model=None)
    return router
