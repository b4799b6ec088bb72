"""``/trang-thai``: what works now, what did in the last 90 days, and which outages are announced. It tells the truth also where
the ledger is away: then it says that nothing can be checked."""

import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError
from starlette.concurrency import run_in_threadpool

from bot.storage.database import SessionFactory
from bot.switches.words import outage_text
from bot.sync_monitor.state_page import PartState, ServiceState, days_drawing, part_name, percent, read_state, state_json
from bot.texts import say
from connectors.public_pages.pages import PublicPages, language_of

PATH = "/trang-thai"
_REMEMBERED_SECONDS = 10.0
_HEADERS = {"Cache-Control": "public, max-age=10"}
_ICONS = {"up": "✓", "down": "✕", "planned": "!", "starting": "…", "unknown": "?"}


class StateReader:
    """Reads the state at most every ten seconds, however many ask."""

    def __init__(self, sessions: SessionFactory, clock: Callable[[], datetime]) -> None:
        self._sessions, self._clock = sessions, clock
        self._lock = threading.Lock()
        self._last: tuple[float, ServiceState] | None = None

    def look(self) -> ServiceState:
        """The state; not known where the ledger does not answer."""
        with self._lock:
            if self._last is None or time.monotonic() - self._last[0] > _REMEMBERED_SECONDS:
                self._last = (time.monotonic(), self._read())
            return self._last[1]

    def _read(self) -> ServiceState:
        now = self._clock()
        try:
            with self._sessions() as session:
                return read_state(session, now)
        except SQLAlchemyError:
            return ServiceState(now, known=False)


def state_routes(reader: StateReader, pages: PublicPages) -> APIRouter:
    """The page and the same as JSON."""
    router = APIRouter()

    @router.get(PATH)
    async def show_state(lang: str = "vi") -> Response:
        state = await run_in_threadpool(reader.look)
        language = language_of(lang)
        return pages.show(
            "service_state.html",
            status=200 if state.known else 503,
            language=language,
            headers=_HEADERS,
            state=state,
            icons=_ICONS,
            parts=[_shown(part, language) for part in state.parts],
            outage_text=lambda one: outage_text(one, language),
        )

    @router.get(PATH + ".json")
    async def tell_state() -> Response:
        state = await run_in_threadpool(reader.look)
        return JSONResponse(state_json(state), 200 if state.known else 503, _HEADERS)

    return router


def _shown(part: PartState, language: str) -> dict[str, Any]:
    name, availability = part_name(part.part, language), percent(part.availability, language)
    title = say("state_strip", language, part=name, availability=availability)
    drawing = Markup(days_drawing(part.days, title, language))  # noqa: S704 (it escapes its texts)
    return {"name": name, "state": part.state, "availability": availability, "drawing": drawing, "looked_at": part.looked_at}
