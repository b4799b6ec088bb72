"""The engine's settings, read from environment variables; for secrets ``NAME_FILE`` may name a file instead."""

import os
from collections.abc import Mapping
from pathlib import Path


class MisconfiguredError(Exception):
    """The engine cannot start as it is set up; the text names the setting and the remedy."""


def setting(name: str, default: str = "", environ: Mapping[str, str] = os.environ) -> str:
    """Value of the variable, else the content of the file named by ``NAME_FILE``, else the default. An unreadable file
    raises ``MisconfiguredError``: a secret must never silently be empty."""
    value = environ.get(name, "").strip()
    if value:
        return value
    path = environ.get(f"{name}_FILE", "").strip()
    if not path:
        return default
    try:
        return Path(path).read_text(encoding="utf-8").strip() or default
    except OSError as error:
        raise MisconfiguredError(f"{name}_FILE names a file that cannot be read: {path} ({error.strerror})") from error


def secrets_setting(name: str, environ: Mapping[str, str] = os.environ) -> tuple[str, ...]:
    """The secrets of a comma separated list, in their order: the first is sent, all are accepted, so that one can be exchanged
    while everything runs. Raises ``MisconfiguredError`` where there is none."""
    found = tuple(secret for part in setting(name, environ=environ).split(",") if (secret := part.strip()))
    if not found:
        raise MisconfiguredError(f"{name} is empty: set the secret that gateway and engine share")
    return found


def number_setting(name: str, default: float, environ: Mapping[str, str] = os.environ) -> float:
    """A positive number; raises ``MisconfiguredError`` by name for anything else."""
    text = setting(name, str(default), environ)
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < 1e9:
        raise MisconfiguredError(f"{name} must be a positive number, got {text!r}")
    return value


def port_setting(name: str, default: int, environ: Mapping[str, str] = os.environ) -> int:
    """A TCP port (1 to 65535); raises ``MisconfiguredError`` by name for anything else."""
    text = setting(name, str(default), environ)
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= 65535:
        raise MisconfiguredError(f"{name} must be a port (1 to 65535), got {text!r}")
    return int(text)
