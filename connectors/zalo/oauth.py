"""Zalo's OAuth v4: the consent page's address, the forms of the token endpoint, and what its answers mean."""

import base64
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final
from urllib.parse import urlencode

import anyio
import httpx

EXCHANGE_SECONDS: Final = 20.0
"""No exchange takes longer; whoever refreshes holds its lease for longer than this."""

# oauth.zaloapp.com. Both mean that the token is used up or was taken back.
_CONSENT_CODES: Final = frozenset({"-14014", "-118"})
_UNTOLD_LIFE: Final = timedelta(hours=1)
_LONGEST_LIFE: Final = timedelta(days=30)


class OAuthError(Exception):
    """No new pair of tokens. ``reason`` is short and holds no secret."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class OAuthUnreached(OAuthError):
    """The request surely did not arrive: the token is as good as before."""


class OAuthUnclear(OAuthError):
    """Nobody knows whether the token was used up: a time-out, a broken connection, an unreadable answer."""


class OAuthRefused(OAuthError):
    """Zalo refused. ``needs_consent``: the token is worth nothing any more."""

    def __init__(self, reason: str, *, needs_consent: bool) -> None:
        super().__init__(reason)
        self.needs_consent = needs_consent


@dataclass(frozen=True)
class TokenPair:
    """Both tokens, and how long the first one lives. Neither shows in a log."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lives: timedelta


@dataclass(frozen=True)
class ZaloApp:
    """Our app at Zalo. ``code_verifier`` where a challenge is saved in its console."""

    app_id: str
    secret: str = field(repr=False)
    code_verifier: str | None = field(default=None, repr=False)


def pkce_challenge(verifier: str) -> str:
    """What has to stand in Zalo's console for this verifier (RFC 7636, S256, without padding)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def consent_url(oauth_url: str, app: ZaloApp, redirect_uri: str, state: str) -> str:
    """The page on which an administrator of the Official Account lets our app in."""
    query = {"app_id": app.app_id, "redirect_uri": redirect_uri, "state": state}
    if app.code_verifier:
        query["code_challenge"] = pkce_challenge(app.code_verifier)
    return f"{oauth_url.rstrip('/')}/v4/oa/permission?{urlencode(query)}"


def read_pair(status: int, content: bytes) -> TokenPair:
    """The pair in an answer of the token endpoint, which may say HTTP 200 to a refusal and leave out the refusal's number.

    Raises ``OAuthRefused`` and ``OAuthUnclear``.
    """
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        raise OAuthUnclear(f"http_{status}_unreadable")
    access, refresh = body.get("access_token"), body.get("refresh_token")
    if isinstance(access, str) and access.strip() and isinstance(refresh, str) and refresh.strip():
        return TokenPair(access.strip(), refresh.strip(), _life(body.get("expires_in")))
    refusal = _refusal(body)
    if refusal is not None:
        raise refusal
    raise OAuthUnclear(f"http_{status}_without_tokens")


def _refusal(body: Mapping[str, Any]) -> OAuthRefused | None:
    code = body.get("error")
    told = " ".join(str(body.get(name, "")) for name in ("error_name", "error_reason", "error_description")).lower()
    if not told.strip() and code in (None, 0, "0"):
        return None
    numbered = f"{code}" if isinstance(code, int | str) and not isinstance(code, bool) else ""
    ended = "refresh token" in told or "refresh_token" in told or "grant" in told
    needs_consent = numbered in _CONSENT_CODES or (not numbered and ended)
    return OAuthRefused(f"oauth_{numbered[:12] or 'unnumbered'}", needs_consent=needs_consent)


def _life(told: object) -> timedelta:
    """``expires_in``, a text or a number of seconds. A pair whose life is not told is still a pair."""
    try:
        seconds = int(told) if isinstance(told, int | str) else 0
    except ValueError:
        seconds = 0
    if seconds <= 0:
        return _UNTOLD_LIFE
    return min(timedelta(seconds=min(seconds, 10**9)), _LONGEST_LIFE)


class OAuthClient:
    """The token endpoint. Each call is made once, since a token works once."""

    def __init__(self, http: httpx.AsyncClient, oauth_url: str, app: ZaloApp, seconds: float = EXCHANGE_SECONDS) -> None:
        self._http = http
        self._url = f"{oauth_url.rstrip('/')}/v4/oa/access_token"
        self._app = app
        self._seconds = seconds

    async def exchange_code(self, code: str) -> TokenPair:
        """The first pair, for an administrator's consent. Raises ``OAuthError``."""
        form = {"grant_type": "authorization_code", "app_id": self._app.app_id, "code": code}
        if self._app.code_verifier:
            form["code_verifier"] = self._app.code_verifier
        return await self._exchange(form)

    async def refresh(self, refresh_token: str) -> TokenPair:
        """The next pair; the token is used up by this. Raises ``OAuthError``."""
        return await self._exchange({"grant_type": "refresh_token", "app_id": self._app.app_id, "refresh_token": refresh_token})

    async def _exchange(self, form: Mapping[str, str]) -> TokenPair:
        try:
            with anyio.fail_after(self._seconds):
                answer = await self._http.post(self._url, data=dict(form), headers={"secret_key": self._app.secret})
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
            raise OAuthUnreached("unreachable") from error
        except (httpx.HTTPError, TimeoutError) as error:
            raise OAuthUnclear("no_answer") from error
        return read_pair(answer.status_code, answer.content)
