"""Fetches a file that a citizen's message names, without being led anywhere else.

Errors, one tree::

    FetchError
    ├── ForbiddenAddress(detail)   the link does not lead where this channel's files are; nothing was sent there
    ├── LinkExpired                the host says that there is nothing (any more)
    ├── ContentTooLarge
    └── FetchFailed(detail)        name, connection, time, status, protocol

No error and no log line holds the link: it is a key to the file, and Telegram's holds our token.
"""

import re
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field

import httpcore
import httpx

from bot.public_addresses import (
    AddressResolver,
    DeadlineReached,
    NameNotFound,
    NotPublic,
    PinnedBackend,
    system_addresses,
)

_REDIRECTS = (301, 302, 303, 307, 308)
_GONE = (401, 403, 404, 410)
_LONGEST_LINK = 4096
# A name as DNS knows it, or an IPv4 address. Other characters are read differently by different readers.
_HOST = re.compile(r"[a-z0-9_.-]{1,253}")


class FetchError(Exception):
    """The file was not fetched. ``detail`` is short, stable and free of the link."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class ForbiddenAddress(FetchError):
    """The link, or the address behind it, is not one that this channel's files may come from."""


class LinkExpired(FetchError):
    """The host refuses the link or does not know it."""


class ContentTooLarge(FetchError):
    """There is more than we take."""


class FetchFailed(FetchError):
    """Anything else that came between."""


@dataclass(frozen=True)
class HostRules:
    """Where files may come from: https to ``names`` (whole names, or ``*.suffix``) on port 443 at a public address. ``local``:
    ``host:port`` that may also be plain http and private (a simulator, a Bot API server of our own)."""

    names: tuple[str, ...]
    local: frozenset[str] = frozenset()

    def allow(self, host: str) -> bool:
        """Whether the host's name is one of ``names``."""
        return any(host == name or (name.startswith("*.") and host.endswith(name[1:])) for name in self.names)


@dataclass(frozen=True)
class Fetcher:
    """Gets one file per call, on a connection of its own, following at most ``redirects``."""

    addresses_of: AddressResolver = system_addresses
    tls: ssl.SSLContext | None = None
    network: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)
    redirects: int = 1
    monotonic: Callable[[], float] = time.monotonic

    def get(self, link: str, rules: HostRules, *, max_bytes: int, seconds: float) -> bytes:
        """The content. ``seconds`` is for everything together, from the name to the last byte. Raises ``FetchError``."""
        end = self.monotonic() + seconds
        url = _checked(link, rules)
        for _ in range(self.redirects + 1):
            answer = self._ask(url, rules, max_bytes, end)
            if isinstance(answer, bytes):
                return answer
            url = _checked(str(_joined(url, answer)), rules)
        raise ForbiddenAddress("too_many_redirects")

    def _ask(self, url: httpx.URL, rules: HostRules, max_bytes: int, end: float) -> bytes | str:
        """The content, or where the host sends us."""
        backend = PinnedBackend(self.addresses_of, rules.local, lambda: end - self.monotonic(), self.network)
        try:
            with (
                httpcore.ConnectionPool(self.tls, max_keepalive_connections=0, network_backend=backend) as pool,
                pool.stream("GET", _plain(url), headers={"Accept": "*/*", "Accept-Encoding": "identity"}) as response,
            ):
                return _redirect(response) or _content(response, max_bytes)
        except NotPublic as error:
            raise ForbiddenAddress("address_not_public") from error
        except NameNotFound as error:
            raise FetchFailed("name_not_found") from error
        except (DeadlineReached, httpcore.TimeoutException) as error:
            raise FetchFailed("out_of_time") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise FetchFailed("connection_broken") from error


def _checked(link: str, rules: HostRules) -> httpx.URL:
    if len(link) > _LONGEST_LINK or not link.isprintable():
        raise ForbiddenAddress("not_a_link")
    try:
        url = httpx.URL(link)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ForbiddenAddress("not_a_link") from error
    host = url.raw_host.decode("ascii").lower()
    if url.userinfo or not _HOST.fullmatch(host):
        raise ForbiddenAddress("not_a_link")
    if url.scheme in ("http", "https") and f"{host}:{url.port or _PORTS[url.scheme]}" in rules.local:
        return url
    if url.scheme != "https":
        raise ForbiddenAddress("not_https")
    if url.port not in (None, 443):
        raise ForbiddenAddress("other_port")
    if not rules.allow(host):
        raise ForbiddenAddress("host_not_allowed")
    return url


_PORTS = {"http": 80, "https": 443}


def _joined(url: httpx.URL, location: str) -> httpx.URL:
    try:
        return url.join(location)
    except (httpx.InvalidURL, UnicodeError) as error:
        raise ForbiddenAddress("not_a_link") from error


def _plain(url: httpx.URL) -> httpcore.URL:
    return httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)


def _redirect(response: httpcore.Response) -> str | None:
    if response.status not in _REDIRECTS:
        return None
    location = _header(response, b"location")
    if not location:
        raise FetchFailed("redirect_without_location")
    return location


def _content(response: httpcore.Response, max_bytes: int) -> bytes:
    if response.status in _GONE:
        raise LinkExpired(f"http_{response.status}")
    if response.status != 200:
        raise FetchFailed(f"http_{response.status}")
    declared = _header(response, b"content-length")
    if declared.isdigit() and int(declared[:18]) > max_bytes:
        raise ContentTooLarge("declared")
    content = bytearray()
    for part in response.iter_stream():
        content += part
        if len(content) > max_bytes:
            raise ContentTooLarge("received")
    return bytes(content)


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")
