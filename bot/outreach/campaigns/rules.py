"""What campaigns go by: when nobody is disturbed, how often one person is told, how fast, and where links lead."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from bot.catalogue.load import load_offices
from bot.catalogue.publishing.content import folder_in_force
from bot.outreach.campaigns.places import place_title
from bot.outreach.quiet_hours import QuietHours
from bot.settings import PLATFORMS, Settings

TICK = timedelta(seconds=10)
"""Between two rounds of sending."""

GIVE_UP = timedelta(days=14)
"""Who could not be told for so long is not told at all: the news are old."""


@dataclass(frozen=True)
class CampaignRules:
    """``rest``: the least time between two campaigns to one person. ``per_minute``: messages of campaigns on one channel.
    ``address``: where the gateway is reached, without a path. ``channels``: the platforms that are on; ``wards``: names by id."""

    quiet: QuietHours
    rest: timedelta
    per_minute: int
    address: str
    channels: tuple[str, ...] = PLATFORMS
    wards: Mapping[str, str] = field(default_factory=dict)

    @property
    def at_once(self) -> int:
        """How many messages one round may write for one channel."""
        return max(1, int(self.per_minute * TICK.total_seconds() // 60))


def campaign_rules(settings: Settings) -> CampaignRules:
    """The rules that the settings name. Raises ``ValueError``, naming the setting, for one that cannot be used, and
    ``CatalogueError``."""
    address = settings.public_url or f"http://127.0.0.1:{settings.gateway_port}"
    return CampaignRules(
        QuietHours.parse(settings.notice_quiet_hours),
        timedelta(days=settings.campaign_rest_days),
        settings.campaign_messages_per_minute,
        address.rstrip("/"),
        settings.enabled_channels,
        {place.id: place_title(place) for place in load_offices(folder_in_force(settings)).places},
    )
