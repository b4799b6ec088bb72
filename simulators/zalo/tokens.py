"""OAuth v4 of an Official Account: single-use codes, single-use refresh tokens, access tokens that end."""

import base64
import hashlib
import hmac
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from simulators.zalo.knobs import Knobs

CODE_SECONDS: Final = 10 * 60
REFRESH_TOKEN_SECONDS: Final = 90 * 24 * 3600

# -14002, -14003 and -14014 are known from the field, the others are this stand-in's choice.
BAD_APP_ID: Final = (-14002, "Invalid app id")
BAD_REDIRECT: Final = (-14003, "Invalid redirect uri")
BAD_SECRET: Final = (-14004, "Invalid secret key")
BAD_GRANT_TYPE: Final = (-14005, "Invalid grant type")
BAD_CODE: Final = (-118, "Invalid grant")
BAD_REFRESH_TOKEN: Final = (-14014, "Invalid refresh token")


class OAuthError(Exception):
    """A refusal of the OAuth server."""

    def __init__(self, reason: tuple[int, str]) -> None:
        self.code, self.name = reason
        super().__init__(f"{self.code} {self.name}")

    def body(self, *, with_number: bool) -> dict[str, Any]:
        """What goes over the wire, HTTP 200; some answers lack the number."""
        body: dict[str, Any] = {
            "error_name": self.name,
            "error_reason": self.name,
            "error_description": self.name,
            "ref_doc": "/v4/oa",
        }
        return body | {"error": self.code} if with_number else body


@dataclass(frozen=True)
class _Code:
    ends_ms: int
    challenge: str | None


def pkce_challenge(verifier: str) -> str:
    """S256 of RFC 7636, unpadded."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


class Tokens:
    """Codes and tokens that were given out to one application by one Official Account."""

    def __init__(self, app_id: str, app_secret: str, now_ms: Callable[[], int], knobs: Callable[[], Knobs]) -> None:
        self.app_id, self.app_secret = app_id, app_secret
        self.redirect_uri: str | None = None
        """The address saved in the developer console; None takes any."""
        self.code_challenge: str | None = None
        """The challenge saved in the developer console, which makes a verifier necessary."""
        self._now_ms, self._knobs = now_ms, knobs
        self.granted = False
        self._codes: dict[str, _Code] = {}
        self._access: dict[str, int] = {}
        self._refresh: dict[str, int] = {}

    def consent(self, app_id: str, redirect_uri: str, challenge: str | None) -> str:
        """The administrator agrees: a code. Raises ``OAuthError`` where the request does not fit the console."""
        if app_id != self.app_id:
            raise OAuthError(BAD_APP_ID)
        if not redirect_uri.startswith(("http://", "https://")) or self.redirect_uri not in (None, redirect_uri):
            raise OAuthError(BAD_REDIRECT)
        if self.code_challenge is not None and challenge not in (None, self.code_challenge):
            raise OAuthError(BAD_CODE)
        code = secrets.token_urlsafe(32)
        self._codes[code] = _Code(self._now_ms() + CODE_SECONDS * 1000, challenge or self.code_challenge)
        return code

    def exchange(self, secret_key: str, form: Mapping[str, str]) -> dict[str, str]:
        """A pair for a code or a refresh token, both used up by it. Raises ``OAuthError``."""
        if not hmac.compare_digest(secret_key.encode(), self.app_secret.encode()):
            raise OAuthError(BAD_SECRET)
        if form.get("app_id") != self.app_id:
            raise OAuthError(BAD_APP_ID)
        match form.get("grant_type"):
            case "authorization_code":
                self._use_code(form.get("code", ""), form.get("code_verifier"))
            case "refresh_token":
                ends = self._refresh.pop(form.get("refresh_token", ""), 0)
                if ends <= self._now_ms():
                    raise OAuthError(BAD_REFRESH_TOKEN)
            case _:
                raise OAuthError(BAD_GRANT_TYPE)
        return self.grant()

    def _use_code(self, code: str, verifier: str | None) -> None:
        found = self._codes.pop(code, None)
        if found is None or found.ends_ms <= self._now_ms():
            raise OAuthError(BAD_CODE)
        if found.challenge is not None and (verifier is None or pkce_challenge(verifier) != found.challenge):
            raise OAuthError(BAD_CODE)

    def grant(self) -> dict[str, str]:
        """A new pair as the token endpoint writes it: ``expires_in`` is a string of seconds."""
        knobs, now = self._knobs(), self._now_ms()
        access, refresh = secrets.token_urlsafe(48), secrets.token_urlsafe(48)
        self._access[access] = now + knobs.access_token_seconds * 1000
        self._refresh[refresh] = now + REFRESH_TOKEN_SECONDS * 1000
        self.granted = True
        answer = {"access_token": access, "refresh_token": refresh, "expires_in": str(knobs.access_token_seconds)}
        if knobs.refresh_expiry_shown:
            answer["refresh_token_expires_in"] = str(REFRESH_TOKEN_SECONDS)
        return answer

    def is_valid(self, access_token: str) -> bool:
        """Whether this access token still opens the interfaces."""
        return self._access.get(access_token, 0) > self._now_ms()

    def proof_fits(self, access_token: str, proof: str) -> bool:
        """Whether ``appsecret_proof`` is HMAC-SHA256 of the token under the application's secret."""
        right = hmac.new(self.app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()
        return hmac.compare_digest(proof.lower().encode(), right.encode())

    def expire_access(self) -> None:
        """Ends all access tokens at once; refresh tokens stay."""
        self._access.clear()

    def revoke(self) -> None:
        """The Official Account removes the application: nothing is valid any more, and no event is sent."""
        self._access.clear()
        self._refresh.clear()
        self._codes.clear()
        self.granted = False
