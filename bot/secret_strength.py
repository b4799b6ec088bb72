"""Whether shared secrets could be guessed: in production one that could stops the start."""

import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from pydantic import SecretStr

from bot.settings import Settings

logger = logging.getLogger(__name__)

SHORTEST = 24
"""Characters: of random base64 that is 144 bits."""
FEWEST_DIFFERENT = 8
_GUESSED = re.compile(r"(?i)change.?me|secret|password|example|default|123456|matkhau|test")

OURS = ("engine_secret", "web_session_secret", "portal_webhook_secret", "telegram_webhook_secret")
"""Secrets of our own making, or that we may choose together with the other side."""
GIVEN = ("portal_client_secret", "portal_lgsp_password")
"""What the portal chose: we cannot make it stronger, so it never stops the start."""
MAKE_ONE = 'python -c "import secrets; print(secrets.token_urlsafe(32))"'

Why = Literal["short", "few", "guessed"]
_IN_WORDS: dict[Why, str] = {
    "short": f"is shorter than {SHORTEST} characters",
    "few": f"has fewer than {FEWEST_DIFFERENT} different characters",
    "guessed": "is made of words that everybody tries first",
}


class WeakSecretError(ValueError):
    """A secret that could be guessed; the message names the setting, never the value, and says what to do."""


@dataclass(frozen=True)
class WeakSecret:
    """A setting with a secret that could be guessed, and why."""

    name: str
    why: Why

    def __str__(self) -> str:
        return f"{self.name.upper()} {_IN_WORDS[self.why]}"


def weakness_of(secret: str) -> Why | None:
    """Why a secret could be guessed; None where it could not. Well-known words in it do not count towards its length. Pure."""
    if len(secret) < SHORTEST:
        return "short"
    if len(set(secret)) < FEWEST_DIFFERENT:
        return "few"
    rest = _GUESSED.sub("", secret)
    return "guessed" if rest != secret and (len(rest) < SHORTEST or len(set(rest)) < FEWEST_DIFFERENT) else None


def weak_secrets(settings: Settings, names: tuple[str, ...] = OURS) -> Iterator[WeakSecret]:
    """The weak ones among these settings. Of a list that is being exchanged each counts, since each is accepted."""
    for name in names:
        value = getattr(settings, name)
        plain = value.get_secret_value() if isinstance(value, SecretStr) else str(value or "")
        reasons = [why for part in plain.split(",") if part.strip() and (why := weakness_of(part.strip()))]
        if reasons:
            yield WeakSecret(name, reasons[0])


def refuse_weak_secrets(settings: Settings) -> None:
    """Raises ``WeakSecretError`` in production (PLATFORM_SIMULATORS is false) where a secret of ours could be guessed. Elsewhere,
    and for what the portal gave us, the log warns."""
    ours = list(weak_secrets(settings))
    if ours and not settings.platform_simulators:
        named = "; ".join(str(one) for one in ours)
        raise WeakSecretError(
            f"{named}. Make a new one: {MAKE_ONE}, and exchange it as docs/operators/keys.md says. "
            "In production (PLATFORM_SIMULATORS=false) nothing starts with a secret that can be guessed."
        )
    for one in (*ours, *weak_secrets(settings, GIVEN)):
        logger.warning("settings.weak_secret", extra={"setting": one.name.upper(), "reason": one.why})
