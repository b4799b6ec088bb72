"""Short links of campaigns: one for each channel and ward, made when first needed, leading only to pages of ours."""

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bot.outreach.campaigns.counts import count
from bot.storage.campaign_models import Campaign, CampaignLink, CampaignVisit

PATH = "/c"
CARD_PATH = "/thu-tuc"
"""Of the public pages of procedures."""

_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Without letters and digits that look alike on paper."""
_LENGTH = 8
_CODE = re.compile(rf"[{_LETTERS}]{{{_LENGTH}}}")
_OPEN_STATES = ("approved", "running", "paused", "stopped", "finished")
_PREVIEW = re.compile(
    r"bot\b|bot/|crawl|spider|preview|facebookexternalhit|facebot|zalo.?share|zalobot|telegrambot|whatsapp|skypeuri|slack|twitter"
    r"|discord|linkedin|pinterest|embedly|curl|wget|python|httpx|okhttp|go-http|java/|headless|monitor|scan|fetch",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Landing:
    """What a code stands for."""

    code: str
    campaign_id: int
    channel: str
    place_id: str
    target: str
    procedure_code: str | None


def new_code() -> str:
    """A code that cannot be guessed by trying a few and can be typed from a poster."""
    return "".join(secrets.choice(_LETTERS) for _ in range(_LENGTH))


def normal_code(typed: str) -> str | None:
    """The code in its one spelling, or None for anything that is none."""
    code = typed.strip().upper() if len(typed) <= 2 * _LENGTH else ""
    return code if _CODE.fullmatch(code) else None


def link_code(session: Session, campaign_id: int, channel: str, place_id: str, make: Callable[[], str] = new_code) -> str:
    """The code of this channel and ward, in the caller's transaction; the same for every caller."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    wanted = select(CampaignLink.code).where(
        CampaignLink.campaign_id == campaign_id, CampaignLink.channel == channel, CampaignLink.place_id == place_id
    )
    for _ in range(5):
        known = session.scalar(wanted)
        if known is not None:
            return known
        # Another campaign's code, or another caller's row for the same ward: look again.
        row = {"code": make(), "campaign_id": campaign_id, "channel": channel, "place_id": place_id}
        session.execute(insert(CampaignLink).values(**row).on_conflict_do_nothing())
    raise RuntimeError("no free code of a campaign link was found in five tries")


def landing_of(session: Session, typed: str) -> Landing | None:
    """What the code stands for; None for one that is unknown, hostile, or of a campaign that nobody has approved. Posters
    are printed before a campaign begins."""
    code = normal_code(typed)
    link = session.get(CampaignLink, code) if code is not None else None
    if link is None:
        return None
    campaign = session.get_one(Campaign, link.campaign_id)
    if campaign.state not in _OPEN_STATES:
        return None
    return Landing(link.code, campaign.id, link.channel, link.place_id, campaign.target, campaign.procedure_code)


def target_path(landing: Landing) -> str:
    """Where the link leads: a path of ours and nothing else, with the code, so that what follows counts for the campaign."""
    if landing.target == "card" and landing.procedure_code is not None:
        return f"{CARD_PATH}/{landing.procedure_code}?c={landing.code}"
    return f"/?c={landing.code}"


def is_preview(user_agent: str) -> bool:
    """Whether a program asks and no person: chat programs open links by themselves to show a preview. No name is one too."""
    return not user_agent.strip() or bool(_PREVIEW.search(user_agent[:400]))


def note_visit(session: Session, conversation_id: str, landing: Landing, now: datetime) -> None:
    """That this conversation came of the campaign; the last one that brought it counts."""
    row = session.get(CampaignVisit, conversation_id)
    if row is None:
        row = CampaignVisit(conversation_id=conversation_id)
        session.add(row)
    elif row.campaign_id != landing.campaign_id:
        row.started_at = row.finished_at = None
    row.campaign_id, row.channel, row.place_id, row.at = landing.campaign_id, landing.channel, landing.place_id, now


def count_click(session: Session, landing: Landing, now: datetime) -> None:
    """One more click; nothing of who it was."""
    count(session, landing.campaign_id, landing.channel, landing.place_id, "clicked", now)
