"""Campaigns as rows and as what they say."""

from collections.abc import Mapping
from typing import Any

from bot.outreach.campaigns.content import Content, Nature, Target, Template
from bot.storage.campaign_models import Campaign


def content_of(campaign: Campaign) -> Content:
    """What the campaign says."""
    nature: Nature = "promotion" if campaign.nature == "promotion" else "service"
    target: Target = "card" if campaign.target == "card" else "chat"
    return Content(
        campaign.title,
        campaign.short_text,
        campaign.long_text,
        campaign.procedure_code,
        target,
        nature,
        tuple(campaign.channels),
        {channel: _template(one) for channel, one in campaign.templates.items()},
    )


def _template(stored: Mapping[str, Any]) -> Template:
    return Template(str(stored.get("name", "")), {str(k): str(v) for k, v in dict(stored.get("parameters") or {}).items()})
