"""Counting what came of campaigns: numbers by day, channel, ward and step, of nobody in particular."""

from datetime import datetime
from typing import Literal

from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert
from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.storage.campaign_models import CampaignCount

Step = Literal["reached", "delivered", "clicked", "started", "finished", "stopped"]


def count(session: Session, campaign_id: int, channel: str, place_id: str, step: Step, now: datetime) -> None:
    """One more of this step today, in the caller's transaction. Several may count at the same moment."""
    insert = sqlite_insert if session.get_bind().dialect.name == "sqlite" else postgresql_insert
    key = {
        "campaign_id": campaign_id,
        "day": now.astimezone(VIETNAM_TIME).date(),
        "channel": channel,
        "place_id": place_id,
        "step": step,
    }
    added = insert(CampaignCount).values(**key, n=1)
    session.execute(added.on_conflict_do_update(index_elements=list(key), set_={"n": CampaignCount.n + 1}))
