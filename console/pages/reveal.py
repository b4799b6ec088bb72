"""A private number in clear, as a piece of the conversation's page: asked for with a reason, shown once, recorded always.

The piece ``parts/private_value.html`` stands wherever a page shows a masked number:
``{% with conversation=…, token=…, masked=… %}{% include "parts/private_value.html" %}{% endwith %}``.
"""

from typing import Any

from fastapi import APIRouter, Request, Response

from bot.accounts.permissions import Permission
from bot.accounts.reveal import RevealRefusedError
from console.access import Session, allow
from console.forms import Form, clean_line
from console.problems import Problem
from console.services import With
from console.texts import label

_PATH = "/conversations/{conversation}/private-values/{token}"


def ask_reason(request: Request, services: With, conversation: str, token: str) -> Response:
    """The form for the reason, in place of the masked number."""
    return _piece(request, services, "parts/private_value_reason.html", conversation, token, fault=None)


def reveal(request: Request, services: With, session: Session, form: Form, conversation: str, token: str) -> Response:
    """The number, or that it is no longer kept."""
    try:
        found = services.reveals.reveal_private_value(
            session.account, clean_line(conversation, 64), clean_line(token, 64), form.text("reason", 400)
        )
    except RevealRefusedError as error:
        if error.reason == "not_allowed":
            raise Problem(403, "not_allowed") from error
        fault = label(f"reveal_{error.reason}")
        return _piece(request, services, "parts/private_value_reason.html", conversation, token, fault=fault)
    return _piece(request, services, "parts/private_value_shown.html", conversation, token, found=found)


def _piece(request: Request, services: With, name: str, conversation: str, token: str, **values: Any) -> Response:
    return services.pages.show(request, name, conversation=clean_line(conversation, 64), token=clean_line(token, 64), **values)


def page_routes() -> APIRouter:
    """The routes of this piece."""
    router = APIRouter()
    declared = [allow(Permission.PRIVATE_VALUES_REVEAL)]
    router.add_api_route(_PATH, ask_reason, methods=["GET"], dependencies=declared, response_model=None)
    router.add_api_route(_PATH, reveal, methods=["POST"], dependencies=declared, response_model=None)
    return router
