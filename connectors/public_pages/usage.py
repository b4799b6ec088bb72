"""``/so-lieu``: the figures of usage for everybody, month by month. Reads the counts alone; what few people could be told by is
left out (decision 0021)."""

from collections.abc import Mapping
from datetime import date

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from bot.catalogue.load import load_offices
from bot.catalogue.names_in_force import ProcedureNames
from bot.catalogue.publishing.content import ReviewedNow
from bot.conversations.clock import Clock
from bot.settings import Settings
from bot.storage.database import SessionFactory
from bot.texts import say
from bot.usage.board import BoardReader, BoardRow, Selection, Shown
from bot.usage.drawing import IN_LINES, MOST_BARS, charts_of, figure_words, month_words, rate_words
from bot.usage.months import month_of, moved, parsed_month
from bot.usage.table_file import months_csv
from connectors.gateway.problems import Problem
from connectors.gateway.rate_limit import RateLimiter
from connectors.gateway.sources import slow_down
from connectors.public_pages.pages import PublicPages, language_of

PATH = "/so-lieu"
MOST_ROWS = 50
_TOTALS = ("questions", "started", "finished", "handoffs", "dossiers", "ended", "supplements", "ratings_good", "ratings_poor")
_COLUMNS = ("questions", "started", "finished", "handoffs", "dossiers", "ended")
_RATES = ("online", "on_time", "supplements")
_HEADERS = {"Cache-Control": "public, max-age=300"}


class UsagePage:
    """What the page shows."""

    def __init__(self, reader: BoardReader, names: ProcedureNames, agencies: Mapping[str, str], clock: Clock) -> None:
        self._reader, self._names, self._agencies, self._clock = reader, names, agencies, clock
        self._pages = PublicPages()

    def show(self, month: str, language: str) -> Response:
        """The page of a month; of the last whole one where none, or one without figures, is asked for."""

        def words(key: str, **values: object) -> str:
            return say(key, language, **values)

        def figure(shown: Shown | None) -> str:
            return figure_words(shown, words)

        def rate(row: BoardRow, name: str) -> str:
            return rate_words(row, name, words)

        counted = self._reader.counted()
        chosen = self._chosen(counted, month)
        if chosen is None:
            return self._pages.show("usage.html", language=language, headers=_HEADERS, board=None)
        names = self._names.all()

        def name_of(code: str) -> str:
            return names.get(code, code) or words("usage_unknown")

        board = self._reader.read(Selection(chosen, chosen))
        series = self._reader.read(Selection(moved(chosen, -11), chosen)).months
        return self._pages.show(
            "usage.html",
            language=language,
            headers=_HEADERS,
            board=board,
            rows=board.procedures[:MOST_ROWS],
            series=series,
            month=f"{chosen:%Y-%m}",
            months=[f"{one:%Y-%m}" for one in reversed(list(counted))],
            missing=bool(month) and parsed_month(month) != chosen,
            charts=charts_of(board, series, name_of, words),
            totals=_TOTALS,
            columns=_COLUMNS,
            in_lines=IN_LINES,
            rates=_RATES,
            most_bars=MOST_BARS,
            month_words=month_words,
            name_of=name_of,
            figure=figure,
            rate=rate,
        )

    def as_csv(self, month: str) -> Response:
        """All procedures of a month. A month without figures is not there."""
        counted = self._reader.counted()
        chosen = parsed_month(month) if month else self._chosen(counted, "")
        if chosen is None or chosen not in counted:
            raise Problem(404, "usage_csv_no_month")
        names = self._names.all()
        found = self._reader.published(chosen)
        told = months_csv([found], lambda code: names.get(code, ""), lambda agency: self._agencies.get(agency, ""))
        named = {"Content-Disposition": f'attachment; filename="so-lieu-{chosen:%Y-%m}.csv"'}
        return Response(told, 200, _HEADERS | named, "text/csv; charset=utf-8")

    def _chosen(self, counted: Mapping[date, object], month: str) -> date | None:
        asked = parsed_month(month)
        if asked in counted:
            return asked
        whole = [one for one in counted if one < month_of(self._clock())]
        return max(whole or counted, default=None)


def usage_routes(
    settings: Settings, reviewed: ReviewedNow, sessions: SessionFactory, clock: Clock, limiter: RateLimiter
) -> APIRouter:
    """The routes. ``limiter``: looks per address."""
    names = ProcedureNames(reviewed, sessions, clock)
    offices = load_offices(settings.data_dir / "catalogue").agencies
    agencies = {one: agency.name for one, agency in offices.items()}
    page = UsagePage(BoardReader(sessions), names, agencies, clock)
    router = APIRouter()

    @router.get(PATH)
    async def show_usage(request: Request, thang: str = "", lang: str = "") -> Response:
        slow_down(limiter, request)
        return await run_in_threadpool(page.show, thang, language_of(lang))

    @router.get(f"{PATH}.csv")
    async def usage_csv(request: Request, thang: str = "") -> Response:
        slow_down(limiter, request)
        return await run_in_threadpool(page.as_csv, thang)

    return router
