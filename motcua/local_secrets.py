"""Secrets of a local run: made once, kept in ``var/secrets.env`` with mode 600, never in git.

Production sets the variables (or their ``_FILE`` variants) itself; what is set is never overwritten.
"""

import os
import secrets
from collections.abc import Mapping, MutableMapping, Sequence
from pathlib import Path

from cryptography.fernet import Fernet

NAMES = ("PORTAL_TOKEN", "ENGINE_SECRET", "LEDGER_KEY", "WEB_SESSION_SECRET")
SIMULATED_NAMES = (
    "ZALO_APP_ID",
    "ZALO_APP_SECRET",
    "ZALO_OA_ID",
    "ZALO_OA_SECRET_KEY",
    "FACEBOOK_APP_ID",
    "FACEBOOK_APP_SECRET",
    "FACEBOOK_PAGE_ID",
    "FACEBOOK_PAGE_TOKEN",
    "FACEBOOK_VERIFY_TOKEN",
    "TELEGRAM_BOT_TOKEN",
    "TELEGRAM_WEBHOOK_SECRET",
)
"""What the platforms' consoles would give: made up here where the platforms are stand-ins of ours."""

_ID_DIGITS = 16


def read_secrets(path: Path) -> dict[str, str]:
    """The names and values of the file; empty where it does not exist."""
    if not path.exists():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text(encoding="utf-8").splitlines() if "=" in line)
    return {name.strip(): value.strip() for name, value in pairs}


def new_secret(name: str) -> str:
    """A fresh secret in the form that its name asks for: Fernet's for the ledger's key, digits for ids, a bot's token."""
    if name == "LEDGER_KEY":
        return Fernet.generate_key().decode()
    if name.endswith("_ID"):
        return "9" + "".join(secrets.choice("0123456789") for _ in range(_ID_DIGITS - 1))
    if name == "TELEGRAM_BOT_TOKEN":
        return f"{secrets.randbelow(9 * 10**8) + 10**8}:{secrets.token_hex(17)}0"
    return secrets.token_urlsafe(32)


def ensure_secrets(
    path: Path, environment: MutableMapping[str, str], names: Sequence[str] = (*NAMES, *SIMULATED_NAMES)
) -> Mapping[str, str]:
    """Completes ``environment`` with the local secrets and keeps new ones in ``path``. Returns those added."""
    stored = read_secrets(path)
    missing = [name for name in names if name not in environment and f"{name}_FILE" not in environment]
    fresh = {name: new_secret(name) for name in missing if name not in stored}
    if fresh:
        path.parent.mkdir(parents=True, exist_ok=True)
        text = "".join(f"{name}={value}\n" for name, value in (stored | fresh).items())
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
    added = {name: (stored | fresh)[name] for name in missing}
    environment.update(added)
    return added
