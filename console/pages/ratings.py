"""``/ratings``: whether talks with the assistant helped, by week, channel and procedure."""

from collections.abc import Collection
from datetime import date, timedelta

from fastapi import APIRouter, Request, Response

from bot.accounts.permissions import Permission
from bot.clock import VIETNAM_TIME
from bot.surveys.talk_figures import TalkFigures, talk_figures
from console.access import Session, allow
from console.forms import whole_number
from console.services import Services, With
from console.survey_charts import ShareChart, rating_chart
from console.texts import has_label, label
from console.trial_chart import percent

WEEKS = (4, 12, 26, 52)
_PROCEDURES = 20


def show_ratings(request: Request, services: With, session: Session) -> Response:
    """The figures of the last weeks; who works for single agencies sees the talks on their procedures."""
    weeks = whole_number(request.query_params.get("weeks", ""), 3)
    weeks = weeks if weeks in WEEKS else WEEKS[1]
    today = services.clock().astimezone(VIETNAM_TIME).date()
    first = today - timedelta(days=today.weekday(), weeks=weeks - 1)
    only = _own_procedures(services, session)
    with services.database.sessions() as ledger:
        figures = talk_figures(ledger, first, today, only)
    return services.pages.show(
        request,
        "ratings.html",
        figures=figures,
        charts=_charts(services, figures),
        weeks=weeks,
        choices=WEEKS,
        first=first,
        last=today,
        bound=only is not None,
        percent=percent,
    )


def _charts(services: Services, figures: TalkFigures) -> list[tuple[str, ShareChart]]:
    few, names = label("survey_few"), services.office.names.all()
    weeks = {one.name: label("rating_week", day=f"{date.fromisoformat(one.name):%d/%m/%Y}") for one in figures.weeks}
    channels = {one.name: _channel(one.name) for one in figures.channels}
    procedures = {one.name: f"{names.get(one.name, one.name)} ({one.name})" for one in figures.procedures}
    return [
        ("rating_by_week", rating_chart(figures.weeks, weeks, few)),
        ("rating_by_channel", rating_chart(figures.channels, channels, few)),
        ("rating_by_procedure", rating_chart(figures.procedures[:_PROCEDURES], procedures, few)),
    ]


def _channel(name: str) -> str:
    return label(f"channel_{name}") if has_label(f"channel_{name}") else name


def _own_procedures(services: Services, session: Session) -> Collection[str] | None:
    scope = session.account.scope
    if scope.everything:
        return None
    reviewed = services.reviewed.content().catalogue.procedures.values()
    return {one.code for one in reviewed if scope.allows(one.receiving_agency) or scope.allows(one.deciding_agency)}


def page_routes() -> APIRouter:
    """The route of this page."""
    router = APIRouter()
    declared = [allow(Permission.REPORTS_READ)]
    router.add_api_route("/ratings", show_ratings, methods=["GET"], dependencies=declared, response_model=None)
    return router
