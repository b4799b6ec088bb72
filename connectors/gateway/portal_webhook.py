"""Where the portal tells of dossiers and drafts: ``POST /webhooks/portal``."""

import asyncio
import logging
from collections.abc import Callable

from fastapi import APIRouter, Request
from fastapi.responses import Response
from sqlalchemy.exc import IntegrityError

from bot.conversations.clock import Clock
from bot.outreach.rules import NoticeRules
from bot.outreach.taking_in import EventTaken, TakeInDraft, take_in_event
from bot.portal.errors import ContractChanged, WebhookRefused
from bot.portal.webhooks import MAX_EVENT_BYTES, PortalEvent, PortalWebhooks
from bot.storage.database import SessionFactory, writing
from connectors.gateway.bodies import limited_body
from connectors.gateway.problems import Problem
from connectors.gateway.webhooks import rejected

logger = logging.getLogger(__name__)

CHANNEL = "portal"


def portal_routes(webhooks: PortalWebhooks, take_in: Callable[[PortalEvent], EventTaken]) -> APIRouter:
    """The route. 200 once the event is committed, known already, or of a type that means nothing to us; 401 where the signature
    or its time does not fit, 400 for what is no event, 413 and 408 like every body (none of them stored). A ledger that is away
    is 503 and a fault of ours 500: the portal sends again."""
    router = APIRouter()

    @router.post("/webhooks/portal")
    async def take_event(request: Request) -> Response:
        body = await limited_body(request, MAX_EVENT_BYTES)
        try:
            event = webhooks.verified(request.headers, body)
        except WebhookRefused as error:
            rejected(CHANNEL, error.reason)
            raise Problem(400 if error.reason == "malformed" else 401, "event_refused") from error
        except ContractChanged as error:
            logger.error("portal.needs_attention", extra={"reason": str(error), "error": "ContractChanged"})
            raise Problem(400, "event_refused") from error
        taken = await asyncio.to_thread(take_in, event)
        logger.info("webhook.taken", extra={"channel": CHANNEL, "events": [event.type], "result": taken})
        return Response(status_code=200)

    return router


class PortalEvents:
    """Carries events out, each once, in one transaction with its id."""

    def __init__(self, sessions: SessionFactory, rules: NoticeRules, take_in_draft: TakeInDraft, clock: Clock) -> None:
        self._sessions, self._rules, self._take_in_draft, self._clock = sessions, rules, take_in_draft, clock

    def take_in(self, event: PortalEvent) -> EventTaken:
        """Raises SQLAlchemy's errors where the ledger is away; then nothing was done."""
        try:
            return self._take_in(event)
        except IntegrityError:
            # A repetition at the same moment was committed first: now it is seen.
            return self._take_in(event)

    def _take_in(self, event: PortalEvent) -> EventTaken:
        with writing(self._sessions) as session:
            return take_in_event(session, event, self._rules, self._take_in_draft, self._clock())
