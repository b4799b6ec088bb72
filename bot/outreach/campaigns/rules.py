"""What campaigns go by: when nobody is disturbed, how often one person is told, how fast, and where links lead."""

from dataclasses import dataclass
from datetime import timedelta

from bot.outreach.quiet_hours import QuietHours
from bot.settings import Settings

TICK = timedelta(seconds=10)
"""Between two rounds of sending."""

GIVE_UP = timedelta(days=14)
"""Who could not be told for so long is not told at all: the news are old."""


@dataclass(frozen=True)
class CampaignRules:
    """``rest``: the least time between two campaigns to one person. ``per_minute``: messages of campaigns on one channel.
    ``address``: where the gateway is reached, without a path."""

    quiet: QuietHours
    rest: timedelta
    per_minute: int
    address: str

    @property
    def at_once(self) -> int:
        """How many messages one round may write for one channel."""
        return max(1, int(self.per_minute * TICK.total_seconds() // 60))


def campaign_rules(settings: Settings) -> CampaignRules:
    """The rules that the settings name. Raises ``ValueError``, naming the setting, for one that cannot be used."""
    address = settings.public_url or f"http://127.0.0.1:{settings.gateway_port}"
    return CampaignRules(
        QuietHours.parse(settings.notice_quiet_hours),
        timedelta(days=settings.campaign_rest_days),
        settings.campaign_messages_per_minute,
        address.rstrip("/"),
    )
