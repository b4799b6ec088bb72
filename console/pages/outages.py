"""``/outages``: outages announced with start and end, and withdrawn."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlalchemy.orm import Session as LedgerSession

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.accounts.view import AccountView
from bot.switches import store
from bot.switches.board import AnnouncedOutage
from bot.switches.reading import read_moment, read_outage_scope
from bot.switches.subjects import CHANNELS
from bot.switches.words import outage_text
from console.access import Session, allow
from console.forms import Form
from console.pages.switches import LONGEST_TEXT, channel_name, refusal
from console.services import Services, With
from console.texts import label

SCOPES = ("portal", "all", *(f"channel:{name}" for name in CHANNELS))
DONE = {name: f"outage_done_{name}" for name in ("announced", "short_notice", "withdrawn")}
_SHOWN = timedelta(days=90)
_PLANNED = timedelta(days=9)
"""Seven working days are nine days at least."""

_DIGITS = 15


def show_outages(request: Request, services: With) -> Response:
    """What was announced in the last 90 days and is to come, and the form for another."""
    return _page(request, services, done=DONE.get(request.query_params.get("done", "")))


def announce(request: Request, services: With, session: Session, form: Form) -> Response:
    """An announcement was sent."""
    sent = {name: form.text(name, 40) for name in ("scope", "from", "until")}
    sent |= {name: form.lines(name, LONGEST_TEXT) for name in ("text_vi", "text_en")}
    now = services.clock()
    try:
        scope, channel = read_outage_scope(sent["scope"])
        if sent["scope"] not in SCOPES:
            raise store.SwitchRefusedError("outage_refused_scope")
        starts = read_moment(sent["from"], now) if sent["from"] else now
        store.announce_outage(
            services.database.sessions,
            scope,
            channel=channel,
            starts_at=starts,
            ends_at=read_moment(sent["until"], now),
            by=session.account.login,
            now=now,
            text_vi=sent["text_vi"] or None,
            text_en=sent["text_en"] or None,
            also=_audited(services, session.account, "outage.announced", f"outage:{sent['scope']}", sent),
        )
    except store.SwitchRefusedError as error:
        return _page(request, services, status=422, fault=refusal(error), given=sent)
    planned_late = now < starts < now + _PLANNED
    return RedirectResponse(f"/outages?done={'short_notice' if planned_late else 'announced'}", 303)


def withdraw(request: Request, services: With, session: Session, number: str) -> Response:
    """An announcement is to end early."""
    try:
        if not (number.isascii() and number.isdigit() and len(number) <= _DIGITS):
            raise store.SwitchRefusedError("outage_refused_unknown")
        also = _audited(services, session.account, "outage.withdrawn", f"outage:{number}", {})
        store.withdraw_outage(services.database.sessions, int(number), by=session.account.login, now=services.clock(), also=also)
    except store.SwitchRefusedError as error:
        return _page(request, services, status=422, fault=refusal(error))
    return RedirectResponse("/outages?done=withdrawn", 303)


def scope_name(scope: str, channel: str | None) -> str:
    """What an outage is of."""
    return label("outage_of_channel", name=channel_name(channel)) if channel else label(f"outage_of_{scope}")


def _page(request: Request, services: Services, *, status: int = 200, **values: Any) -> Response:
    now = services.clock()
    with services.database.sessions() as session:
        announced = store.all_outages(session, now - _SHOWN)

    def shown(one: AnnouncedOutage) -> dict[str, Any]:
        state = "withdrawn" if one.withdrawn_at else "lasting" if one.lasts(now) else "coming" if one.starts_at > now else "over"
        return {
            "outage": one,
            "name": scope_name(one.scope, one.channel),
            "state": state,
            "texts": {language: outage_text(one, language) for language in ("vi", "en")},
        }

    given = {"done": None, "fault": None, "given": dict.fromkeys(("scope", "from", "until", "text_vi", "text_en"), "")} | values
    scopes = {key: scope_name(key.partition(":")[0], key.partition(":")[2] or None) for key in SCOPES}
    return services.pages.show(
        request, "outages.html", status=status, outages=[shown(one) for one in announced], scopes=scopes, **given
    )


def _audited(services: Services, account: AccountView, act: str, subject: str, sent: dict[str, str]) -> store.Also:
    def record(session: LedgerSession) -> None:
        times = {name: sent[name] for name in ("from", "until") if sent.get(name)}
        record_audit(session, account.actor, act, subject, times, now=services.clock())

    return record


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    declared = [allow(Permission.SWITCHES_MANAGE)]
    routes: list[tuple[str, str, Callable[..., Response]]] = [
        ("GET", "/outages", show_outages),
        ("POST", "/outages", announce),
        ("POST", "/outages/{number}/withdraw", withdraw),
    ]
    for method, path, page in routes:
        router.add_api_route(path, page, methods=[method], dependencies=declared, response_model=None)
    return router
