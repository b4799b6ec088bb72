"""HTTP towards a portal under one deadline, for all adapters."""

import json
import logging
import random
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any, TypeVar
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from bot import tracing
from bot.portal.errors import ContractChanged, Unavailable

logger = logging.getLogger(__name__)

T = TypeVar("T")

TOTAL_SECONDS = 3.0
MAX_ANSWER_BYTES = 256 * 1024
_PARALLEL_CALLS = 16
_RETRY_STATUSES = frozenset({502, 503, 504})
_RETRY_PAUSE_SECONDS = (0.05, 0.25)
_CHUNK_BYTES = 64 * 1024
_DEFAULT_WAIT_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 3600.0


@dataclass(frozen=True)
class Call:
    """One request. ``repeatable``: a read, or a write with an idempotency key."""

    method: str
    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    repeatable: bool = True


@dataclass(frozen=True)
class Answer:
    """A complete HTTP answer, within the size limit."""

    status: int
    media_type: str
    retry_after: str | None
    body: bytes = field(repr=False)

    def json(self, media_type: str = "application/json") -> Any:
        """The body; ``ContractChanged`` where it is not JSON of that media type."""
        if self.media_type != media_type:
            raise ContractChanged(f"HTTP {self.status} is not {media_type}")
        try:
            return json.loads(self.body)
        except (ValueError, RecursionError) as error:
            raise ContractChanged(f"HTTP {self.status}: the body is not JSON") from error

    @property
    def wait_seconds(self) -> float:
        """``Retry-After`` in seconds, between one second and an hour; a minute where it is absent or not a number."""
        sent = self.retry_after
        if sent is None or not sent.isascii() or not sent.isdigit() or len(sent) > 9:
            return _DEFAULT_WAIT_SECONDS
        return min(max(float(sent), 1.0), _LONGEST_WAIT_SECONDS)


def checked_base(address: str, setting: str) -> str:
    """``address`` without a slash at its end; ``ValueError`` naming the setting where it is not http or https."""
    if urlsplit(address).scheme not in ("http", "https") or not urlsplit(address).hostname:
        raise ValueError(f"{setting} is not an http or https address")
    return address.rstrip("/")


class HttpExchange:
    """Sends calls. A piece of work (one or several calls) ends within its seconds, name resolution, retries and dripping answers
    included: it runs in a worker thread that is left behind when the time is up.

    A repeatable call is retried once, after a short random pause, and only where the connection failed or a 502, 503 or 504
    came back. Follows no redirect, uses no proxy and no ``.netrc``, keeps no cookies, reads at most 256 KiB. Safe for several
    threads.
    """

    def __init__(
        self,
        *,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        self._clock, self._jitter = clock, jitter
        self._session = _plain_session()
        self._workers = ThreadPoolExecutor(_PARALLEL_CALLS, thread_name_prefix="portal")
        self._closing = threading.Event()

    def close(self) -> None:
        """Gives up waiting calls and closes the connections."""
        self._closing.set()
        self._workers.shutdown(wait=True, cancel_futures=True)
        self._session.close()

    def within(self, seconds: float, work: Callable[[float], T]) -> T:
        """The result of ``work(deadline)``, a moment of this exchange's clock; ``Unavailable`` when the time is up."""
        deadline = self._clock() + seconds
        try:
            # The worker thread continues the caller's trace.
            running: Future[T] = self._workers.submit(copy_context().run, work, deadline)
        except RuntimeError as error:
            raise Unavailable("the portal client is closed") from error
        try:
            return running.result(timeout=seconds)
        except TimeoutError as error:
            running.cancel()
            raise Unavailable(f"no answer within {seconds:g} s") from error

    def left(self, deadline: float) -> float:
        """Seconds until the deadline; ``Unavailable`` where none are left."""
        left = deadline - self._clock()
        if left <= 0:
            raise Unavailable("no time left")
        return left

    def rest(self, until: float, deadline: float) -> None:
        """Waits until this exchange's clock shows ``until``, but not beyond the deadline."""
        self._closing.wait(max(0.0, min(until, deadline) - self._clock()))

    def send(self, call: Call, deadline: float) -> Answer:
        """The answer, whatever its status. ``Unavailable`` where there is none, ``ContractChanged`` where it is too large."""
        if tracing.traceparent() is None:
            # Rounds ask the portal all day; a trace is of a citizen's message.
            return self._send_with_retry(call, deadline)
        with tracing.span("portal", kind="client", method=call.method) as span:
            answer = self._send_with_retry(call, deadline)
            span.note(status=answer.status)
            return answer

    def _send_with_retry(self, call: Call, deadline: float) -> Answer:
        try:
            answer = self._send_once(call, deadline)
            if answer.status not in _RETRY_STATUSES or not call.repeatable:
                return answer
            reason = f"HTTP {answer.status}"
        except requests.ConnectionError as error:
            if not call.repeatable:
                raise Unavailable(type(error).__name__) from error
            reason = type(error).__name__
        pause = self._jitter(*_RETRY_PAUSE_SECONDS)
        if self._clock() + pause >= deadline or self._closing.wait(pause):
            raise Unavailable(reason)
        logger.info("portal.retry", extra={"reason": reason})
        tracing.note(retried=reason)
        try:
            return self._send_once(call, deadline)
        except requests.ConnectionError as error:
            raise Unavailable(type(error).__name__) from error

    def _send_once(self, call: Call, deadline: float) -> Answer:
        """One attempt. ``requests.ConnectionError`` = may be tried again; all other transport faults are ``Unavailable``."""
        headers = {"Accept": "application/json, application/problem+json", "Accept-Encoding": "identity", **call.headers}
        try:
            with self._session.request(
                call.method,
                call.url,
                data=call.body,
                headers=headers,
                timeout=self.left(deadline),
                allow_redirects=False,
                stream=True,
            ) as response:
                return Answer(
                    status=response.status_code,
                    media_type=response.headers.get("Content-Type", "").partition(";")[0].strip().lower(),
                    retry_after=response.headers.get("Retry-After"),
                    body=self._read(response, deadline),
                )
        except requests.ConnectionError:
            raise
        except (requests.RequestException, urllib3.exceptions.HTTPError, OSError) as error:
            raise Unavailable(type(error).__name__) from error

    def _read(self, response: requests.Response, deadline: float) -> bytes:
        """The body as it comes in; ``Unavailable`` when the time is up, ``ContractChanged`` when it is too large."""
        body = b""
        while chunk := response.raw.read1(_CHUNK_BYTES, decode_content=False):
            body += chunk
            if len(body) > MAX_ANSWER_BYTES:
                raise ContractChanged("the answer is over 256 KiB")
            if self._clock() >= deadline or self._closing.is_set():
                raise Unavailable("the answer did not end in time")
        return body


def _plain_session() -> requests.Session:
    session = requests.Session()
    session.trust_env = False
    session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
    for scheme in ("http://", "https://"):
        session.mount(scheme, HTTPAdapter(pool_maxsize=_PARALLEL_CALLS))
    return session
