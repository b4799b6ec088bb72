"""Looking at the page behind an official link without being led anywhere else: https, allowed hosts, public addresses, few
redirects, limited size and time. The page's words are judged in ``pages`` and kept nowhere.
"""

import re
import ssl
import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpcore
import httpx

from bot.levels.outcomes import LinkFinding, Outcome
from bot.levels.pages import is_home_page, judge_page
from bot.public_addresses import (
    AddressResolver,
    DeadlineReached,
    NameNotFound,
    NotPublic,
    PinnedBackend,
    system_addresses,
)

_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_TURNED_AWAY = frozenset({403, 429})
_PAGES = ("text/html", "application/xhtml+xml")
_HOST = re.compile(r"[a-z0-9_.-]{1,253}")
_LONGEST_LINK = 2_000
_OFFICIAL = ".gov.vn"
_PORTS = {"http": 80, "https": 443}
_AGENT = "MotCua-LinkCheck/1.0 (kiem tra lien ket thu tuc hanh chinh; moi ngay mot lan)"
_LOCAL = frozenset({"127.0.0.1", "localhost"})


@dataclass(frozen=True)
class LookLimits:
    """Bounds of one look: letters of the page in bytes, everything together in seconds, redirects."""

    max_bytes: int = 2_000_000
    seconds: float = 15.0
    redirects: int = 5


class _Ended(Exception):
    """The look is over; holds the finding."""

    def __init__(self, outcome: Outcome, detail: str, host: str = "") -> None:
        super().__init__(outcome)
        self.finding = LinkFinding(outcome, detail, host)


@dataclass(frozen=True)
class LinkChecker:
    """Looks at one link per call. ``hosts``: those of the catalogue's links; every ``….gov.vn`` is allowed beside them.
    ``allow_loopback``: this machine's own addresses too, for tests and stand-ins; never in production."""

    hosts: frozenset[str]
    allow_loopback: bool = False
    limits: LookLimits = LookLimits()
    addresses_of: AddressResolver = system_addresses
    tls: ssl.SSLContext | None = None
    network: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)
    monotonic: Callable[[], float] = time.monotonic

    def look(self, url: str, code: str, names: Iterable[str]) -> LinkFinding:
        """What stands behind the link of the procedure with this code and these names. Never raises for what others send."""
        end = self.monotonic() + self.limits.seconds
        try:
            if is_home_page(url):
                # Nothing that may stand there is about one procedure: nobody is bothered.
                raise _Ended("home_page", "path", urlsplit(url).hostname or "")
            return self._followed(url, code, tuple(names), end)
        except _Ended as ended:
            return ended.finding
        except ValueError:
            return LinkFinding("address_forbidden", "not_a_link")

    def _followed(self, link: str, code: str, names: tuple[str, ...], end: float) -> LinkFinding:
        url, seen = self._allowed(link, "address_forbidden"), set[str]()
        for _ in range(self.limits.redirects + 1):
            seen.add(str(url))
            answer = self._ask(url, end)
            if isinstance(answer, bytes):
                return judge_page(answer, str(url), code, names)
            url = self._allowed(str(_joined(url, answer)), "redirect_forbidden", url.host)
            if str(url) in seen:
                raise _Ended("redirect_loop", "again", url.host)
        raise _Ended("redirect_loop", "too_many", url.host)

    def _allowed(self, link: str, otherwise: Outcome, host_before: str = "") -> httpx.URL:
        if len(link) > _LONGEST_LINK or not link.isprintable():
            raise _Ended(otherwise, "not_a_link", host_before)
        try:
            url = httpx.URL(link).copy_with(fragment=None)
        except (httpx.InvalidURL, UnicodeError, ValueError) as error:
            raise _Ended(otherwise, "not_a_link", host_before) from error
        host = url.raw_host.decode("ascii", "replace").lower()
        if url.userinfo or not _HOST.fullmatch(host):
            raise _Ended(otherwise, "not_a_link", host_before)
        if self.allow_loopback and host in _LOCAL and url.scheme in _PORTS:
            return url
        if url.scheme != "https" or url.port not in (None, 443):
            raise _Ended(otherwise, "not_https" if url.scheme != "https" else "other_port", host)
        if host not in self.hosts and not host.endswith(_OFFICIAL):
            raise _Ended(otherwise, "host_not_allowed", host)
        return url

    def _ask(self, url: httpx.URL, end: float) -> bytes | str:
        """The page's bytes, or where the host sends us."""
        port = url.port or _PORTS[url.scheme]
        local = frozenset({f"{url.host}:{port}"}) if self.allow_loopback and url.host in _LOCAL else frozenset[str]()
        backend = PinnedBackend(self.addresses_of, local, lambda: end - self.monotonic(), self.network)
        asked = httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path)
        headers: dict[bytes | str, bytes | str] = {"Accept": "text/html", "Accept-Encoding": "identity", "User-Agent": _AGENT}
        try:
            with (
                httpcore.ConnectionPool(self.tls, max_keepalive_connections=0, network_backend=backend) as pool,
                pool.stream("GET", asked, headers=headers) as response,
            ):
                return self._answer(response, url)
        except NotPublic as error:
            raise _Ended("address_forbidden", "address_not_public", url.host) from error
        except NameNotFound as error:
            raise _Ended("unreachable", "name_not_found", url.host) from error
        except (DeadlineReached, httpcore.TimeoutException) as error:
            raise _Ended("too_slow", "out_of_time", url.host) from error
        except ssl.SSLError as error:
            raise _Ended("unreachable", "certificate", url.host) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, OSError) as error:
            raise _Ended("unreachable", "connection_broken", url.host) from error

    def _answer(self, response: httpcore.Response, url: httpx.URL) -> bytes | str:
        if response.status in _REDIRECTS:
            location = _header(response, b"location")
            if not location:
                raise _Ended("http_error", "redirect_without_location", url.host)
            return location
        if response.status in _TURNED_AWAY:
            raise _Ended("turned_away", f"http_{response.status}", url.host)
        if response.status != 200:
            raise _Ended("http_error", f"http_{response.status}", url.host)
        kind = _header(response, b"content-type").partition(";")[0].strip().lower()
        if kind not in _PAGES:
            raise _Ended("not_a_page", "content_type", url.host)
        return self._bounded(response, url.host)

    def _bounded(self, response: httpcore.Response, host: str) -> bytes:
        limit, content = self.limits.max_bytes, bytearray()
        unpack = _unpacker(_header(response, b"content-encoding").strip().lower(), host)
        try:
            for part in response.iter_stream():
                content += unpack(part, limit + 1 - len(content)) if unpack else part
                if len(content) > limit:
                    raise _Ended("too_large", "received", host)
        except zlib.error as error:
            raise _Ended("not_a_page", "content_encoding", host) from error
        return bytes(content)


def _unpacker(encoding: str, host: str) -> Callable[[bytes, int], bytes] | None:
    """We ask for no packing; who packs all the same is unpacked within the limit: a small answer may unpack to gigabytes."""
    if encoding in ("", "identity"):
        return None
    if encoding not in ("gzip", "x-gzip", "deflate"):
        raise _Ended("not_a_page", "content_encoding", host)
    # 32: gzip's or zlib's own frame, whichever is there.
    return zlib.decompressobj(zlib.MAX_WBITS + 32).decompress


def _joined(url: httpx.URL, location: str) -> httpx.URL:
    try:
        return url.join(location)
    except (httpx.InvalidURL, UnicodeError, ValueError) as error:
        raise _Ended("redirect_forbidden", "not_a_link", url.host) from error


def _header(response: httpcore.Response, name: bytes) -> str:
    return next((value.decode("latin-1") for key, value in response.headers if key.lower() == name), "")
