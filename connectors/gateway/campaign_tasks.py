"""The worker's rounds of campaigns: telling those whose turn it is, and counting the filings that came of them."""

import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.outreach.campaigns.filings import count_filings
from bot.outreach.campaigns.rules import TICK, campaign_rules
from bot.outreach.campaigns.telling import go_round
from bot.settings import Settings
from bot.storage.database import SessionFactory
from connectors.gateway.scheduled import ScheduledTask

logger = logging.getLogger(__name__)

FILINGS_EVERY = timedelta(minutes=5)


def campaign_tasks(settings: Settings, sessions: SessionFactory) -> Sequence[ScheduledTask]:
    """The tasks. Raises ``ValueError``, naming the setting, for one that cannot be used."""
    rules = campaign_rules(settings)

    def tell(now: datetime) -> None:
        done = go_round(sessions, rules, now)
        if done.started or done.told or done.not_told or done.finished:
            found = {"started": done.started, "told": done.told, "not_told": done.not_told, "finished": done.finished}
            logger.info("campaigns.round", extra=found)

    return (
        ScheduledTask("campaigns", TICK, tell),
        ScheduledTask("campaign-filings", FILINGS_EVERY, lambda now: count_filings(sessions, now)),
    )
