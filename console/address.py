"""Where the console is reached, and what follows from it."""

from dataclasses import dataclass
from urllib.parse import urlsplit

from bot.settings import Settings

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ConsoleAddressError(ValueError):
    """CONSOLE_URL is no address of the form https://host or http://host:port."""


@dataclass(frozen=True)
class ConsoleAddress:
    """``base``: the address without a path. ``secure_cookies``: true everywhere but on plain http on this machine."""

    base: str
    secure_cookies: bool


def console_address(settings: Settings) -> ConsoleAddress:
    """The address of these settings. Raises ``ConsoleAddressError``."""
    if not settings.console_url:
        return ConsoleAddress(f"http://127.0.0.1:{settings.console_port}", settings.bind_host not in _LOOPBACK)
    base = settings.console_url.rstrip("/")
    parts = urlsplit(base)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username:
        raise ConsoleAddressError("CONSOLE_URL must be of the form https://host, without a path")
    on_this_machine = parts.scheme == "http" and parts.hostname in _LOOPBACK and settings.bind_host in _LOOPBACK
    return ConsoleAddress(base, not on_this_machine)


def safe_next(path: str | None) -> str:
    """Where to go after signing in: a path of ours, or the first page. Nothing that a browser could read as another site."""
    if not path or len(path) > 500 or not path.startswith("/") or path[1:2] in ("/", "\\"):
        return "/"
    if "\\" in path or any(ord(character) <= 0x20 or ord(character) == 0x7F for character in path):
        return "/"
    parts = urlsplit(path)
    return "/" if parts.scheme or parts.netloc or parts.path.startswith("/sign-") else path
