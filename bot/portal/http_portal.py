"""The portal over HTTP, as ``docs/portal-api.yaml`` describes it."""

import json
import logging
import random
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import urllib3
from requests.adapters import HTTPAdapter

from bot.portal.errors import ContractChanged, CredentialsRefused, NotFound, PortalError, TooManyAttempts, Unavailable
from bot.portal.records import Dossier, LookupFactor, parse_dossier

logger = logging.getLogger(__name__)

TOTAL_SECONDS = 3.0
MAX_ANSWER_BYTES = 256 * 1024
_PARALLEL_CALLS = 16
_RETRY_STATUSES = frozenset({502, 503, 504})
_RETRY_PAUSE_SECONDS = (0.05, 0.25)
_CHUNK_BYTES = 64 * 1024
_DEFAULT_WAIT_SECONDS = 60.0
_LONGEST_WAIT_SECONDS = 3600.0
_NOT_FOUND = "urn:problem:dossier-not-found"


@dataclass(frozen=True)
class _Answer:
    """A complete HTTP answer, within the size limit."""

    status: int
    media_type: str
    retry_after: str | None
    body: bytes = field(repr=False)


class HttpPortal:
    """``PortalGateway`` over HTTP.

    Promises an answer or an error within ``total_seconds``, name resolution, retry and dripping answers included: each call runs
    in a worker thread that is left behind when the time is up. Retries once, after a short random pause, and only where
    the connection failed or a 502, 503 or 504 came back (the look-up is a read). Follows no redirect, uses no proxy and no
    ``.netrc``, keeps no cookies, reads at most 256 KiB. Safe for several threads.
    """

    def __init__(
        self,
        base_url: str,
        token: str,
        *,
        total_seconds: float = TOTAL_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        jitter: Callable[[float, float], float] = random.uniform,
    ) -> None:
        """Raises ``ValueError`` for an address that is not http or https, or an empty token."""
        if urlsplit(base_url).scheme not in ("http", "https") or not urlsplit(base_url).hostname:
            raise ValueError("portal_url is not an http or https address")
        if not token:
            raise ValueError("portal_token is empty")
        self._lookup_url = base_url.rstrip("/") + "/v1/dossiers/lookup"
        self._authorization = f"Bearer {token}"
        self._total_seconds, self._clock, self._jitter = total_seconds, clock, jitter
        self._session = _plain_session()
        self._workers = ThreadPoolExecutor(_PARALLEL_CALLS, thread_name_prefix="portal")
        self._closing = threading.Event()

    def close(self) -> None:
        """Gives up waiting calls and closes the connections."""
        self._closing.set()
        self._workers.shutdown(wait=True, cancel_futures=True)
        self._session.close()

    def lookup_dossier(self, code: str, factor: LookupFactor, *, on_behalf_of: str | None = None) -> Dossier:
        """See ``PortalGateway.lookup_dossier``."""
        body = {"dossier_code": code, "factor": {"type": factor.type, "value": factor.value}}
        headers = {"Client-Reference": on_behalf_of} if on_behalf_of else {}
        answer = self._exchange(json.dumps(body).encode(), headers)
        if answer.status == 200:
            return parse_dossier(_json(answer, "application/json"), code)
        raise _refusal(answer)

    def _exchange(self, body: bytes, headers: dict[str, str]) -> _Answer:
        deadline = self._clock() + self._total_seconds
        try:
            call: Future[_Answer] = self._workers.submit(self._send_with_retry, body, headers, deadline)
        except RuntimeError as error:
            raise Unavailable("the portal client is closed") from error
        try:
            return call.result(timeout=self._total_seconds)
        except TimeoutError as error:
            call.cancel()
            raise Unavailable(f"no answer within {self._total_seconds:g} s") from error

    def _send_with_retry(self, body: bytes, headers: dict[str, str], deadline: float) -> _Answer:
        try:
            answer = self._send(body, headers, deadline)
            if answer.status not in _RETRY_STATUSES:
                return answer
            reason = f"HTTP {answer.status}"
        except requests.ConnectionError as error:
            reason = type(error).__name__
        pause = self._jitter(*_RETRY_PAUSE_SECONDS)
        if self._clock() + pause >= deadline or self._closing.wait(pause):
            raise Unavailable(reason)
        logger.info("portal.retry", extra={"reason": reason})
        try:
            return self._send(body, headers, deadline)
        except requests.ConnectionError as error:
            raise Unavailable(type(error).__name__) from error

    def _send(self, body: bytes, headers: dict[str, str], deadline: float) -> _Answer:
        """One attempt. ``requests.ConnectionError`` = may be tried again; all other transport faults are ``Unavailable``."""
        left = deadline - self._clock()
        if left <= 0:
            raise Unavailable("no time left")
        sent = {
            "Authorization": self._authorization,
            "Accept": "application/json, application/problem+json",
            "Accept-Encoding": "identity",
            "Content-Type": "application/json",
            **headers,
        }
        try:
            with self._session.post(
                self._lookup_url, data=body, headers=sent, timeout=left, allow_redirects=False, stream=True
            ) as response:
                return _Answer(
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


def _json(answer: _Answer, media_type: str) -> Any:
    if answer.media_type != media_type:
        raise ContractChanged(f"HTTP {answer.status} is not {media_type}")
    try:
        return json.loads(answer.body)
    except (ValueError, RecursionError) as error:
        raise ContractChanged(f"HTTP {answer.status}: the body is not JSON") from error


def _refusal(answer: _Answer) -> PortalError:
    """Names an answer other than 200. Only the contract's own 404 means "no such dossier": a proxy's 404 does not."""
    if answer.status == 404:
        problem = _json(answer, "application/problem+json")
        if isinstance(problem, dict) and problem.get("type") == _NOT_FOUND:
            return NotFound("no dossier fits this pair")
        return ContractChanged("HTTP 404 that is not the contract's")
    if answer.status in (401, 403):
        return CredentialsRefused(f"HTTP {answer.status}: the portal refuses our token")
    if answer.status == 429:
        return TooManyAttempts(_wait_seconds(answer.retry_after))
    if answer.status >= 500:
        return Unavailable(f"HTTP {answer.status}")
    return ContractChanged(f"HTTP {answer.status} is not in the contract")


def _wait_seconds(retry_after: str | None) -> float:
    """``Retry-After`` in seconds, between one second and an hour; a minute where it is absent or not a number."""
    if retry_after is None or not retry_after.isascii() or not retry_after.isdigit() or len(retry_after) > 9:
        return _DEFAULT_WAIT_SECONDS
    return min(max(float(retry_after), 1.0), _LONGEST_WAIT_SECONDS)
