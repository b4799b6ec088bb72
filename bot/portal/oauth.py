"""Access tokens by the client-credentials grant (RFC 6749, section 4.4)."""

import base64
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlencode

from bot.portal.errors import ContractChanged, CredentialsRefused, PortalError, TooManyAttempts, Unavailable
from bot.portal.http_exchange import Answer, Call, HttpExchange
from bot.portal.reading import as_object, read_matching, read_whole_number

_TOKEN = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)
_EARLY_SECONDS = 30.0
_LONGEST_LIFE = 24 * 3600


@dataclass(frozen=True)
class ClientCredentials:
    """What the portal's owner gave us."""

    client_id: str
    client_secret: str = field(repr=False)

    def __post_init__(self) -> None:
        """Raises ``ValueError`` where one is empty."""
        if not self.client_id or not self.client_secret:
            raise ValueError("portal_client_id and portal_client_secret must not be empty")


@dataclass(frozen=True)
class _Token:
    value: str = field(repr=False)
    ends: float


class AccessTokens:
    """The current token, fetched when none is at hand, one fetch at a time for all threads. Tokens are given up 30 seconds (or
    half of a short life) before their end. In memory only."""

    def __init__(
        self,
        token_url: str,
        credentials: ClientCredentials,
        exchange: HttpExchange,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._url, self._exchange, self._clock = token_url, exchange, clock
        # RFC 6749, section 2.3.1: both are form-encoded before they are joined for HTTP Basic.
        pair = f"{quote(credentials.client_id, safe='')}:{quote(credentials.client_secret, safe='')}"
        self._authorization = "Basic " + base64.b64encode(pair.encode()).decode()
        self._lock = threading.Lock()
        self._token: _Token | None = None

    def current(self, deadline: float) -> str:
        """A token. Raises ``CredentialsRefused``, ``Unavailable``, ``TooManyAttempts`` or ``ContractChanged``."""
        if not self._lock.acquire(timeout=self._exchange.left(deadline)):
            raise Unavailable("another call still waits for a token")
        try:
            if self._token is None or self._clock() >= self._token.ends:
                self._token = self._fetch(deadline)
            return self._token.value
        finally:
            self._lock.release()

    def refused(self, value: str) -> None:
        """Forgets a token that the portal no longer takes, unless another call has already fetched a new one."""
        with self._lock:
            if self._token is not None and self._token.value == value:
                self._token = None

    def _fetch(self, deadline: float) -> _Token:
        headers = {"Authorization": self._authorization, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode({"grant_type": "client_credentials"}).encode()
        answer = self._exchange.send(Call("POST", self._url, headers, body), deadline)
        if answer.status != 200:
            raise _refusal(answer)
        fields = as_object(answer.json(), "token")
        kind: Any = fields.get("token_type")
        if not isinstance(kind, str) or kind.lower() != "bearer":
            raise ContractChanged("token_type: not bearer")
        life = read_whole_number(fields, "expires_in", 2**31, least=1)
        life = min(life, _LONGEST_LIFE)
        return _Token(read_matching(fields, "access_token", _TOKEN), self._clock() + max(life - _EARLY_SECONDS, life / 2))


def _refusal(answer: Answer) -> PortalError:
    if answer.status in (400, 401, 403):
        return CredentialsRefused(f"HTTP {answer.status}: the portal gives no token")
    if answer.status == 429:
        return TooManyAttempts(answer.wait_seconds)
    if answer.status >= 500:
        return Unavailable(f"HTTP {answer.status}")
    return ContractChanged(f"HTTP {answer.status} is not in the contract")
