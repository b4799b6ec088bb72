"""The envelope of the exchange services behind a province's LGSP: login, session, ``service`` in the body, ``error_code``.

There is no public, current specification: this follows the contract as public one-stop systems have implemented it. What
those differ in is accepted in all its forms (success ``"00"``, ``"0"`` or 0; data under ``result`` or ``data``).
"""

import json
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.language.normalise import fold
from bot.portal.errors import ContractChanged, CredentialsRefused, TooManyAttempts, Unavailable
from bot.portal.http_exchange import Answer, Call, HttpExchange
from bot.portal.reading import as_object, read_matching

SUCCESS_CODES = frozenset({"00", "0"})
_SESSION = re.compile(r"[\x21-\x7e]{1,4096}", re.ASCII)
_CODE = re.compile(r"-?[0-9A-Za-z_]{1,20}", re.ASCII)
_YOUNG_SECONDS = 30.0


@dataclass(frozen=True)
class LgspAccount:
    """What the province's LGSP gave us. ``agency_code`` is ``madonvi``, ``destination`` the header ``dstcode``."""

    user: str
    password: str = field(repr=False)
    agency_code: str
    destination: str

    def __post_init__(self) -> None:
        """Raises ``ValueError`` where one is empty."""
        if not (self.user and self.password and self.agency_code and self.destination):
            raise ValueError("portal_lgsp_user, _password, _agency and _destination must not be empty")


@dataclass(frozen=True)
class ServiceAnswer:
    """``data`` of a success; ``error_code`` otherwise."""

    error_code: str
    data: Any = field(repr=False)
    message: str = field(default="", repr=False)

    @property
    def succeeded(self) -> bool:
        """Whether the code is one of success."""
        return self.error_code in SUCCESS_CODES

    @property
    def says_absent(self) -> bool:
        """Whether a failure means that there is no such record. There is no agreed code for it: the message tells."""
        return self._message_holds("khong tim thay", "khong ton tai", "not found")

    @property
    def says_session_ended(self) -> bool:
        """Whether a failure speaks of the session or token."""
        return self._message_holds("phien", "session", "token")

    def _message_holds(self, *words: str) -> bool:
        folded = fold(self.message[:300])
        return any(word in folded for word in words)


@dataclass(frozen=True)
class _Session:
    token: str = field(repr=False)
    since: float


class LgspServices:
    """Asks services. One session for all threads. Because systems tell an expired session by different codes, any failure within
    an old session (over 30 s), or whose message speaks of the session, is tried once more with a new one; all calls here are
    reads."""

    def __init__(
        self,
        service_url: str,
        login_url: str,
        account: LgspAccount,
        exchange: HttpExchange,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._service_url, self._login_url, self._account = service_url, login_url, account
        self._exchange, self._clock = exchange, clock
        self._lock = threading.Lock()
        self._session: _Session | None = None

    def ask(self, service: str, fields: Mapping[str, Any], deadline: float) -> ServiceAnswer:
        """The answer of a service. Raises ``Unavailable``, ``CredentialsRefused``, ``TooManyAttempts`` or ``ContractChanged``."""
        session = self._current(deadline)
        answer = self._once(service, fields, session, deadline)
        old = self._clock() - session.since > _YOUNG_SECONDS
        if answer is None or (not answer.succeeded and (old or answer.says_session_ended)):
            self._forget(session)
            answer = self._once(service, fields, self._current(deadline), deadline)
        if answer is None or (not answer.succeeded and answer.says_session_ended):
            raise CredentialsRefused("a new session is refused")
        return answer

    def _once(self, service: str, fields: Mapping[str, Any], session: _Session, deadline: float) -> ServiceAnswer | None:
        """None where HTTP itself says that the session is not valid."""
        body = {"service": service, "session": session.token, "madonvi": self._account.agency_code, **fields}
        answer = self._send(self._service_url, body, deadline)
        return None if answer.status in (401, 403) else _read(answer)

    def _current(self, deadline: float) -> _Session:
        if not self._lock.acquire(timeout=self._exchange.left(deadline)):
            raise Unavailable("another call still logs in")
        try:
            if self._session is None:
                self._session = self._login(deadline)
            return self._session
        finally:
            self._lock.release()

    def _forget(self, session: _Session) -> None:
        with self._lock:
            if self._session is session:
                self._session = None

    def _login(self, deadline: float) -> _Session:
        answer = self._send(self._login_url, {"user": self._account.user, "password": self._account.password}, deadline)
        if answer.status in (400, 401, 403):
            raise CredentialsRefused(f"HTTP {answer.status}: the login is refused")
        read = _read(answer)
        if not read.succeeded:
            raise CredentialsRefused("the login is refused")
        fields = as_object(answer.json(), "login")
        return _Session(read_matching(fields, "session", _SESSION), self._clock())

    def _send(self, url: str, body: Mapping[str, Any], deadline: float) -> Answer:
        headers = {"Content-Type": "application/json", "dstcode": self._account.destination}
        return self._exchange.send(Call("POST", url, headers, json.dumps(body).encode()), deadline)


def _read(answer: Answer) -> ServiceAnswer:
    if answer.status == 429:
        raise TooManyAttempts(answer.wait_seconds)
    if answer.status >= 500:
        raise Unavailable(f"HTTP {answer.status}")
    if answer.status != 200:
        raise ContractChanged(f"HTTP {answer.status} is not in the contract")
    fields = as_object(answer.json(), "envelope")
    code = fields.get("error_code")
    word = str(code) if isinstance(code, str | int) and not isinstance(code, bool) else ""
    if not _CODE.fullmatch(word):
        raise ContractChanged("error_code: missing or not a code")
    message = fields.get("message")
    return ServiceAnswer(word, fields.get("result", fields.get("data")), message if isinstance(message, str) else "")
