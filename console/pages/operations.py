"""``/operations``: what runs, what waits, what needs a person; read anew every ten seconds."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from markupsafe import Markup

from bot.accounts.audit import record_audit
from bot.accounts.permissions import Permission
from bot.charts.lines import Line, lines
from bot.clock import VIETNAM_TIME
from bot.conversations.delivery_figures import send_again
from bot.operations.state import FiveMinutes, OperationsState
from bot.storage.database import writing
from bot.storage.wakeup import announce_outbound
from bot.sync_monitor.state_page import part_name
from console.access import Session, allow
from console.operations_desk import Operations
from console.services import Services, With
from console.texts import label

_DONE = ("sent_again", "not_unsent")
_OLD_SECONDS = 120
_FEW_DAYS = 14
_LITTLE_DISK = 10_000_000_000


def show_operations(request: Request, services: With, session: Session) -> Response:
    """The whole page. ``?still=1``: it stays as it is until it is loaded again."""
    done = request.query_params.get("done", "")
    return services.pages.show(
        request,
        "operations.html",
        done=f"operations_{done}" if done in _DONE else None,
        still=request.query_params.get("still") == "1",
        **_shown(services, session),
    )


def show_state(request: Request, services: With, session: Session) -> Response:
    """The changing part alone; the page asks for it by itself."""
    return services.pages.show(request, "parts/operations.html", **_shown(services, session))


def send_unsent(services: With, session: Session, delivery: int) -> Response:
    """A person decides that a message that did not arrive for sure is sent once more."""
    with writing(services.database.sessions) as ledger:
        sent = send_again(ledger, delivery)
        if sent:
            announce_outbound(ledger)
            record_audit(ledger, session.account.actor, "message.sent_again", f"delivery:{delivery}", now=services.clock())
    services.operations.forget()
    return RedirectResponse(f"/operations?done={'sent_again' if sent else 'not_unsent'}", 303)


def _shown(services: Services, session: Session) -> dict[str, Any]:
    read = services.operations.read()
    figures = read.state.figures
    return {
        "read": read,
        "figures": figures,
        "now": figures.now,
        "old": figures.inbound.age(figures.now) > _OLD_SECONDS,
        "chart": _chart(read.state.hour),
        "worries": worries(read),
        "starting": any(latest.state == "starting" for latest in read.state.parts.values()),
        "part_name": lambda part: part_name(part, "vi"),
        "age": lambda moment: _age(figures.now, moment),
        "size": size_in_words,
        "few_days": _FEW_DAYS,
        "may_send": session.account.may(Permission.OPERATIONS_MANAGE),
    }


def _age(now: datetime, moment: datetime) -> float:
    return max(0.0, (now - moment).total_seconds())


def size_in_words(size: float) -> str:
    """Bytes as people read them: ``4,2 GB``, ``310 MB``, ``12 MB``."""
    gigabytes = size / 1e9
    shown = f"{gigabytes:.1f} GB" if gigabytes < 100 else f"{gigabytes:.0f} GB"
    return f"{size / 1e6:.0f} MB" if gigabytes < 1 else shown.replace(".", ",")


def worries(read: Operations) -> list[str]:
    """What needs a person now, as keys of texts; empty where all is well."""
    state, machine = read.state, read.machine
    figures = state.figures
    found = {
        "workers": figures.beats.get("worker", (figures.now, 0))[1] == 0,
        "unanswered": figures.inbound.age(figures.now) > _OLD_SECONDS,
        "unsent": figures.outbound.age(figures.now) > 300,
        "channel": any(not one.ok or one.consent_needed for one in figures.channels),
        "token": any(one.token_days is not None and one.token_days < _FEW_DAYS for one in figures.channels),
        "engine": _engine_is_down(state),
        "portal": _is_down(state, "portal"),
        "migrations": machine.migrations == "behind",
        "versions": len(state.releases | {machine.version}) > 1 and bool(state.releases),
        "disk": machine.disk_free < _LITTLE_DISK,
    }
    return [f"operations_worry_{name}" for name, holds in found.items() if holds]


def _is_down(state: OperationsState, part: str) -> bool:
    latest = state.parts.get(part)
    return latest is not None and latest.state == "down"


def _engine_is_down(state: OperationsState) -> bool:
    return state.slots[state.route.live].fault is not None or _is_down(state, "assistant")


def _chart(hour: tuple[FiveMinutes, ...]) -> Markup:
    labels = [f"{one.begins.astimezone(VIETNAM_TIME):%H:%M}" for one in hour]
    told = label("operations_chart_told", arrived=sum(one.arrived for one in hour), ended=sum(one.ended for one in hour))
    series = [
        Line(label("operations_arrived"), [one.arrived for one in hour]),
        Line(label("operations_ended"), [one.ended for one in hour]),
        Line(label("operations_mean_seconds"), [one.mean_seconds for one in hour]),
    ]
    return lines("last-hour", label("operations_hour"), told, labels, series)


def page_routes() -> APIRouter:
    """The routes of this page."""
    router = APIRouter()
    read = Permission.OPERATIONS_READ
    router.add_api_route("/operations", show_operations, methods=["GET"], dependencies=[allow(read)], response_model=None)
    router.add_api_route(
        "/operations/state", show_state, methods=["GET"], dependencies=[allow(read, by_itself=True)], response_model=None
    )
    router.add_api_route(
        "/operations/unsent/{delivery}/again",
        send_unsent,
        methods=["POST"],
        dependencies=[allow(Permission.OPERATIONS_MANAGE)],
        response_model=None,
    )
    return router
