"""Single sign-on with OpenID Connect: authorization code with PKCE, state and nonce, and an ID token verified strictly."""

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote, urlsplit

import httpx
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge
from cryptography.fernet import InvalidToken, MultiFernet
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from bot.accounts.provider_identity import ProviderIdentity
from bot.conversations.clock import Clock
from bot.conversations.encryption import ledger_cipher
from bot.settings import Settings
from console.address import ConsoleAddress

CALLBACK = "/sign-in/provider/callback"
ON_THE_WAY = timedelta(minutes=10)
"""How long someone may take at the provider."""
_TIMEOUT_SECONDS = 5.0
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_LEEWAY_SECONDS = 60
_LOOPBACK = ("127.0.0.1", "::1", "localhost")


class ProviderRefusedError(Exception):
    """What came back proves nobody's identity: wrong state, nonce, signature, issuer, audience, time, or a refused code."""


class ProviderAwayError(Exception):
    """The provider does not answer, or not with what OpenID Connect asks for."""


class ProviderSettingError(ValueError):
    """A setting of single sign-on is missing or unusable; the message names it."""


@dataclass(frozen=True)
class Provider:
    """What we know of the provider beforehand."""

    issuer: str
    client_id: str
    client_secret: str
    redirect_uri: str


def provider_of(settings: Settings, address: ConsoleAddress) -> Provider | None:
    """The provider of these settings, None where none is set. Raises ``ProviderSettingError`` and ``MissingSettingError``."""
    if not settings.console_oidc_issuer:
        return None
    parts = urlsplit(settings.console_oidc_issuer)
    if parts.scheme != "https" and not (parts.scheme == "http" and parts.hostname in _LOOPBACK):
        raise ProviderSettingError("CONSOLE_OIDC_ISSUER must be an https address")
    reason = "CONSOLE_OIDC_ISSUER is set"
    return Provider(
        settings.console_oidc_issuer,
        settings.required("console_oidc_client_id", reason),
        settings.required("console_oidc_client_secret", reason),
        address.base + CALLBACK,
    )


class SingleSignOn:
    """The way to the provider and back. What must be remembered meanwhile travels in a cookie, encrypted with
    ``key``, the ledger's keys."""

    def __init__(self, provider: Provider, key: str, clock: Clock) -> None:
        self._provider, self._clock = provider, clock
        self._cipher: MultiFernet = ledger_cipher(key)

    def begin(self, onward: str) -> tuple[str, str]:
        """The address at the provider to go to, and the value of the cookie to come back with. Raises ``ProviderAwayError``."""
        kept = {"state": secrets.token_urlsafe(32), "nonce": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(64)}
        with self._client() as client:
            endpoint = self._metadata(client)["authorization_endpoint"]
        address = prepare_grant_uri(
            endpoint,
            self._provider.client_id,
            "code",
            self._provider.redirect_uri,
            "openid profile email",
            kept["state"],
            nonce=kept["nonce"],
            code_challenge=create_s256_code_challenge(kept["verifier"]),
            code_challenge_method="S256",
        )
        kept |= {"next": onward, "at": self._clock().isoformat()}
        return str(address), self._cipher.encrypt(json.dumps(kept).encode()).decode()

    def finish(self, answer: Mapping[str, str], cookie: str | None) -> tuple[ProviderIdentity, str]:
        """Who came back, and where to go on. Raises ``ProviderRefusedError`` and ``ProviderAwayError``."""
        kept = self._opened(cookie)
        code = answer.get("code", "")
        if not hmac.compare_digest(answer.get("state", "").encode(), kept["state"].encode()) or not code:
            raise ProviderRefusedError("state")
        if answer.get("iss", self._provider.issuer) != self._provider.issuer:
            raise ProviderRefusedError("iss")
        with self._client() as client:
            metadata = self._metadata(client)
            token = self._exchanged(client, metadata, code, kept["verifier"])
            keys = self._json(client, metadata["jwks_uri"])
        claims = self._verified(token, keys, kept["nonce"])
        email = claims.get("email") if claims.get("email_verified") is True else None
        name = claims.get("name")
        identity = ProviderIdentity(
            self._provider.issuer,
            claims["sub"],
            email if isinstance(email, str) and email else None,
            name if isinstance(name, str) and name else None,
        )
        return identity, kept["next"]

    def _exchanged(self, client: httpx.Client, metadata: Mapping[str, Any], code: str, verifier: str) -> Any:
        """The ID token for the code, as the token endpoint gives it."""
        us = self._provider
        sent = {"grant_type": "authorization_code", "code": code, "redirect_uri": us.redirect_uri, "code_verifier": verifier}
        methods = metadata.get("token_endpoint_auth_methods_supported")
        in_body = isinstance(methods, list) and "client_secret_basic" not in methods
        if in_body:
            sent |= {"client_id": us.client_id, "client_secret": us.client_secret}
        basic = httpx.BasicAuth(quote(us.client_id, safe=""), quote(us.client_secret, safe=""))
        auth = httpx.Auth() if in_body else basic
        try:
            answer = client.post(metadata["token_endpoint"], data=sent, auth=auth)
            content = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ProviderAwayError("token") from error
        if answer.status_code >= 500:
            raise ProviderAwayError("token")
        if answer.status_code != 200 or not isinstance(content, dict):
            raise ProviderRefusedError("code")
        return content.get("id_token")

    def _verified(self, token: Any, keys: dict[str, Any], nonce: str) -> dict[str, Any]:
        if not isinstance(token, str):
            raise ProviderRefusedError("id_token")
        rules = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": self._provider.issuer},
            aud={"essential": True, "value": self._provider.client_id},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        try:
            claims = jwt.decode(token, KeySet.import_key_set(keys), algorithms=_ALGORITHMS).claims  # type: ignore[arg-type]
            rules.validate(claims)
        except (JoseError, ValueError, TypeError, KeyError) as error:
            raise ProviderRefusedError(type(error).__name__) from error
        if claims.get("azp", self._provider.client_id) != self._provider.client_id:
            raise ProviderRefusedError("azp")
        if not isinstance(claims["sub"], str) or not 0 < len(claims["sub"]) <= 255:
            raise ProviderRefusedError("sub")
        return claims

    def _opened(self, cookie: str | None) -> dict[str, str]:
        try:
            kept: dict[str, str] = json.loads(self._cipher.decrypt((cookie or "").encode()))
            begun = datetime.fromisoformat(kept["at"])
        except (InvalidToken, ValueError, KeyError) as error:
            raise ProviderRefusedError("cookie") from error
        if not timedelta(0) <= self._clock() - begun <= ON_THE_WAY:
            raise ProviderRefusedError("too late")
        return kept

    def _metadata(self, client: httpx.Client) -> dict[str, Any]:
        metadata = self._json(client, self._provider.issuer.rstrip("/") + "/.well-known/openid-configuration")
        named = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        if metadata.get("issuer") != self._provider.issuer or not all(isinstance(metadata.get(name), str) for name in named):
            raise ProviderAwayError("metadata")
        return metadata

    def _json(self, client: httpx.Client, address: str) -> dict[str, Any]:
        try:
            answer = client.get(address)
            answer.raise_for_status()
            content = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
            raise ProviderAwayError(address.rsplit("/", 1)[-1]) from error
        if not isinstance(content, dict):
            raise ProviderAwayError("not an object")
        return content

    def _client(self) -> httpx.Client:
        is_local = urlsplit(self._provider.issuer).hostname in _LOOPBACK
        return httpx.Client(timeout=_TIMEOUT_SECONDS, follow_redirects=False, trust_env=not is_local)
