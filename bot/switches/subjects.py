"""What there is to be switched off, beside the procedures."""

import re
from pathlib import Path

from bot.catalogue.answers.render import FACETS
from bot.settings import PLATFORMS, PROJECT_ROOT

CHANNELS = ("webchat", *PLATFORMS)
ANSWER_FACETS = ("overview", *FACETS)
"""The facets of a procedure that are answers of their own, and the overview."""

_DOMAIN = PROJECT_ROOT / "domain" / "intents.yml"


def known_intents(domain: Path = _DOMAIN) -> frozenset[str]:
    """The intents that the assistant knows."""
    return frozenset(re.findall(r"^- ([a-z_]+):", domain.read_text(encoding="utf-8"), re.MULTILINE))
