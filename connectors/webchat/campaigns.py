"""Campaigns on the web chat: their banner above the talk, and whoever came by one of their links."""

import json
import logging
import threading
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from bot.conversations.clock import Clock
from bot.conversations.speech import Line, write_lines
from bot.outreach.campaigns.desk import banners_now
from bot.outreach.campaigns.links import PATH, landing_of, link_code, note_visit
from bot.outreach.campaigns.reading import content_of
from bot.outreach.campaigns.rendering import arrival_message, banner_text
from bot.storage.campaign_models import Campaign
from bot.storage.database import SessionFactory, writing
from bot.storage.models import Conversation, Outbound

logger = logging.getLogger(__name__)

CHANNEL = "webchat"
LOOKED_EVERY_SECONDS = 5.0
_MOST = 2


class CampaignBanners:
    """Call it for the banners of now, as ``/webchat/notices`` gives them. Read again at most every five seconds; while the ledger
    is away the last ones known stay."""

    def __init__(self, sessions: SessionFactory, clock: Clock, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._sessions, self._clock, self._monotonic = sessions, clock, monotonic
        self._lock = threading.Lock()
        self._looked_at: float | None = None
        self._shown: list[dict[str, Any]] = []

    def __call__(self) -> list[dict[str, Any]]:
        """At most two, the latest first."""
        now = self._monotonic()
        with self._lock:
            if self._looked_at is None or now - self._looked_at >= LOOKED_EVERY_SECONDS:
                self._looked_at = now
                self._look()
            moment = self._clock().isoformat()
            return [one for one in self._shown if one["until"] > moment]

    def _look(self) -> None:
        try:
            with writing(self._sessions) as session:
                self._shown = [_banner(session, one) for one in banners_now(session, self._clock())[:_MOST]]
        except SQLAlchemyError as error:
            logger.warning("campaign_banners.not_read", extra={"error": type(error).__name__})


def _banner(session: Session, campaign: Campaign) -> dict[str, Any]:
    content = content_of(campaign)
    assert campaign.banner_until is not None
    return {
        "id": f"campaign-{campaign.id}-{campaign.revision}",
        "kind": "campaign",
        "text": {"vi": banner_text(content), "en": banner_text(content, "en")},
        "from": (campaign.started_at or campaign.changed_at).isoformat(),
        "until": campaign.banner_until.isoformat(),
        "link": f"{PATH}/{link_code(session, campaign.id, CHANNEL, '')}",
    }


def campaign_code(body: bytes) -> str | None:
    """The code that a page sends; None for anything else."""
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    code = data.get("campaign") if isinstance(data, dict) else None
    return code if isinstance(code, str) and 0 < len(code) <= 32 else None


def note_arrival(sessions: SessionFactory, conversation_id: str, code: str, now: datetime) -> bool:
    """Notes the visit and says what the campaign says, once in this conversation."""
    with writing(sessions) as session:
        landing = landing_of(session, code)
        conversation = session.get(Conversation, conversation_id, with_for_update=True)
        if landing is None or conversation is None:
            return False
        note_visit(session, conversation_id, landing, now)
        key = f"visit:{conversation_id}:{landing.campaign_id}"
        said = session.scalar(select(Outbound.id).where(Outbound.idempotency_key == f"{key}:0"))
        if said is None and conversation.speaker in ("bot", "closed"):
            line = Line(arrival_message(content_of(session.get_one(Campaign, landing.campaign_id))), "system")
            write_lines(session, conversation, [line], key=key, now=now)
        return True
