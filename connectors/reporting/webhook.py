"""A report as a signed POST.

The receiver checks ``X-Motcua-Signature``: ``v1=`` and the hex HMAC-SHA256 over the timestamp, a full stop and the raw body; and
that ``X-Motcua-Timestamp`` (seconds) is no older than it likes. ``Idempotency-Key`` is the report's id: a report that comes twice
is the same report."""

import hashlib
import hmac
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import httpcore

from bot.conversations.clock import Clock
from bot.public_addresses import (
    AddressResolver,
    DeadlineReached,
    NameNotFound,
    NotPublic,
    PinnedBackend,
    system_addresses,
)
from bot.reporting.delivery import DestinationAwayError, DestinationRefusedError
from bot.reporting.files import report_json
from bot.reporting.view import ReportView

_SECONDS = 30.0
_TRY_AGAIN = (408, 425, 429)
_DONE = range(200, 300)


@dataclass(frozen=True)
class WebhookSender:
    """Posts to one https address. ``local``: ``host:port`` that may be private or plain http. Redirects are not followed: the
    signature is for the address that was agreed on."""

    url: str
    secret: str
    clock: Clock
    local: frozenset[str] = frozenset()
    addresses_of: AddressResolver = system_addresses
    tls: ssl.SSLContext | None = None
    monotonic: Callable[[], float] = time.monotonic
    network: httpcore.NetworkBackend = field(default_factory=httpcore.SyncBackend)

    def __call__(self, view: ReportView) -> None:
        """Hands the report over, in 30 seconds at most. The answer's body is not read."""
        body, end = report_json(view), self.monotonic() + _SECONDS
        backend = PinnedBackend(self.addresses_of, self.local, lambda: end - self.monotonic(), self.network)
        self._check()
        try:
            with (
                httpcore.ConnectionPool(self.tls, max_keepalive_connections=0, network_backend=backend) as pool,
                pool.stream("POST", self.url, headers=self._headers(view, body), content=body) as response,
            ):
                status = response.status
        except NotPublic as error:
            raise DestinationRefusedError("address_not_public") from error
        except NameNotFound as error:
            raise DestinationAwayError("name_not_found") from error
        except (DeadlineReached, httpcore.TimeoutException) as error:
            raise DestinationAwayError("out_of_time") from error
        except (httpcore.NetworkError, httpcore.ProtocolError) as error:
            raise DestinationAwayError("connection_broken") from error
        if status in _DONE:
            return
        if status in _TRY_AGAIN or status >= 500:
            raise DestinationAwayError(f"http_{status}")
        raise DestinationRefusedError(f"http_{status}")

    def _check(self) -> None:
        url = urlsplit(self.url)
        if url.scheme != "https" and f"{url.hostname}:{url.port or 80}" not in self.local:
            raise DestinationRefusedError("not_https")

    def _headers(self, view: ReportView, body: bytes) -> list[tuple[bytes | str, bytes | str]]:
        timestamp = str(int(self.clock().timestamp()))
        named = {
            "Content-Type": "application/json; charset=utf-8",
            "Idempotency-Key": view.id,
            "X-Motcua-Report": view.id,
            "X-Motcua-Timestamp": timestamp,
            "X-Motcua-Signature": f"v1={signature(self.secret, timestamp, body)}",
            "User-Agent": "motcua-reports",
        }
        return list(named.items())


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """Hex HMAC-SHA256 over the timestamp, a full stop and the body."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()
