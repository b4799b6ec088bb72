"""Pages from templates: escaped always, with the account, the menu and the form's token at hand."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from bot.clock import VIETNAM_TIME
from console.cookies import Cookies
from console.forgery import FIELD, forgery_token
from console.navigation import in_sections, menu_for
from console.static_files import StaticFile
from console.texts import label

TEMPLATES = Path(__file__).parent / "templates"


def moment(value: datetime) -> str:
    """A moment as people here write it: ``14:05 05/08/2026``."""
    return value.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")


@pass_context
def _csrf_field(context: Context) -> Markup:
    """The hidden field that every form of ours begins with."""
    return Markup('<input type="hidden" name="{}" value="{}">').format(FIELD, context["csrf_token"])


class Pages:
    """Renders the templates of ``console/templates``. In them ``t(key, …)`` is a text, ``asset(name)`` a static file's address,
    ``account`` the person (or None), ``menu`` the menu by section, ``csrf()`` the hidden field of a form, ``moment`` a filter."""

    def __init__(self, cookies: Cookies, static: Mapping[str, StaticFile]) -> None:
        self._cookies = cookies
        self._environment = Environment(
            loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
        )
        self._environment.filters["moment"] = moment
        self._environment.globals["t"] = label
        self._environment.globals["csrf"] = _csrf_field
        self._environment.globals["asset"] = lambda name: static[name].address

    def show(
        self, request: Request, name: str, *, status: int = 200, headers: Mapping[str, str] | None = None, **values: Any
    ) -> HTMLResponse:
        """The page (or, for names under ``parts/``, the piece of a page) as an answer."""
        session = getattr(request.state, "session", None)
        account = session.account if session is not None else None
        complete = session is not None and session.complete
        given = {
            "account": account,
            "menu": in_sections(menu_for(account)) if account is not None and complete else (),
            "path": request.url.path,
            "csrf_token": forgery_token(request, self._cookies),
        }
        text = self._environment.get_template(name).render(given | values)
        answer = HTMLResponse(text, status, dict(headers or {}))
        self._cookies.keep_visit(request, answer)
        return answer
