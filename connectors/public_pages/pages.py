"""The public pages' templates, files and headers."""

from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any, Literal

from fastapi import FastAPI
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.staticfiles import StaticFiles

from bot.clock import VIETNAM_TIME
from bot.language.formats import spoken_money
from bot.texts import say

STATIC = Path(__file__).parent / "static"
TEMPLATES = Path(__file__).parent / "templates"
STATIC_PATH = "/public"

POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)

NAVIGATION: tuple[tuple[str, str], ...] = (
    ("/thu-tuc", "card_list_title"),
    ("/viec-trong-doi", "public_nav_events"),
    ("/huong-dan", "public_nav_guides"),
    ("/so-lieu", "usage_page"),
    ("/tam-ngung", "paused_navigation"),
    ("/trang-thai", "state_navigation"),
    ("/kenh-chinh-thuc", "public_nav_channels"),
    ("/du-lieu-mo", "open_data_title"),
)
"""The links in every page's header: path and key of the words. A page that people should find is added here."""


def _day(value: date) -> str:
    if isinstance(value, datetime):
        value = value.astimezone(VIETNAM_TIME)
    return value.strftime("%d/%m/%Y")


def _moment(value: datetime) -> str:
    return value.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")


def _number(value: float) -> str:
    """``12.345`` and ``12,5``, as people here write numbers."""
    text = f"{value:,}" if isinstance(value, int) else f"{value:,.1f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def language_of(asked: str | None) -> Literal["vi", "en"]:
    """The language that the parameter ``lang`` of an address asks for: ``en``, or else Vietnamese."""
    return "en" if asked == "en" else "vi"


class PublicPages:
    """Renders the templates of ``connectors/public_pages/templates``. In them ``t(key, …)`` is a text of ``bot/texts``,
    ``language`` the page's language, ``day``, ``moment``, ``money`` (đồng) and ``number`` are filters. Everything is escaped."""

    def __init__(self) -> None:
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters.update(day=_day, moment=_moment, number=_number, money=spoken_money)
        self._environment.globals["navigation"] = NAVIGATION

    def show(
        self, name: str, *, status: int = 200, language: str = "vi", headers: Mapping[str, str] | None = None, **values: Any
    ) -> HTMLResponse:
        """The page as an answer. ``language``: ``vi`` or ``en``."""

        def text(key: str, **given: object) -> str:
            return say(key, language, **given)

        shown = self._environment.get_template(name).render(values | {"language": language, "t": text})
        return HTMLResponse(shown, status, {"Content-Security-Policy": POLICY} | dict(headers or {}))


def mount_public_files(app: FastAPI, folder: Path = STATIC) -> None:
    """``/public/*``."""
    app.mount(STATIC_PATH, StaticFiles(directory=folder), name="public")
