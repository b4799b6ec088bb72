"""A simulator must never talk to, or pose as, the real platform."""

from urllib.parse import urlsplit

_REAL_DOMAINS = (
    "zalo.me",
    "zaloapp.com",
    "zaloplatforms.com",
    "zadn.vn",
    "facebook.com",
    "fb.com",
    "messenger.com",
    "m.me",
    "fbcdn.net",
    "fbsbx.com",
    "telegram.org",
    "telegram.me",
    "t.me",
)


class RealPlatformHost(ValueError):
    """A URL given to a simulator leads to a real platform."""


def refuse_real_platform(url: str) -> str:
    """The URL itself; raises ``RealPlatformHost`` where its host is a real platform's, ``ValueError`` where it has no host."""
    host = (urlsplit(url).hostname or "").rstrip(".").lower()
    if not host:
        raise ValueError(f"not a URL with a host: {url!r}")
    if any(host == domain or host.endswith(f".{domain}") for domain in _REAL_DOMAINS):
        raise RealPlatformHost(f"{host} is a real platform: a simulator must not use it")
    return url
