"""Signed tokens that let a browser continue its own conversation, and no other, for a day. They hold no personal data."""

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

from bot.secret_lists import is_one_of

VALID_FOR = timedelta(hours=24)
_MIN_SECRET_BYTES = 16
_PURPOSE = b"motcua web chat session v1\x00"
_TOKEN = re.compile(r"([0-9a-f]{32})\.(\d{1,12})\.([A-Za-z0-9_-]{43})")


class WeakSecretError(ValueError):
    """WEB_SESSION_SECRET is too short to sign with."""


class InvalidSessionError(ValueError):
    """The token was not made by us, or was changed."""


class ExpiredSessionError(InvalidSessionError):
    """The token is ours but too old."""


class SessionTokens:
    """Makes and checks tokens of the form ``conversation.expiry.signature``. ``secrets``: a list, the first signs."""

    def __init__(self, secrets: str) -> None:
        self._keys = [secret.strip().encode() for secret in secrets.split(",")]
        if any(len(key) < _MIN_SECRET_BYTES for key in self._keys):
            raise WeakSecretError(f"WEB_SESSION_SECRET needs at least {_MIN_SECRET_BYTES} bytes, each secret of its list")

    def issue(self, conversation_id: str, now: datetime) -> str:
        """A token for this conversation that is valid from now on for a day."""
        body = f"{conversation_id}.{int((now + VALID_FOR).timestamp())}"
        signature = base64.urlsafe_b64encode(_signed(body, self._keys[0])).decode().rstrip("=")
        return f"{body}.{signature}"

    def check(self, token: str, now: datetime) -> tuple[str, datetime]:
        """The conversation and the end of the token. Raises ``InvalidSessionError`` or ``ExpiredSessionError``."""
        parts = _TOKEN.fullmatch(token) if token.isascii() else None
        if parts is None:
            raise InvalidSessionError("not a session token")
        conversation_id, expiry, signature = parts.groups()
        try:
            given = base64.urlsafe_b64decode(signature + "=")
        except binascii.Error as error:
            raise InvalidSessionError("not a session token") from error
        if not is_one_of(given, [_signed(f"{conversation_id}.{expiry}", key) for key in self._keys]):
            raise InvalidSessionError("wrong signature")
        if int(expiry) <= now.timestamp():
            raise ExpiredSessionError("too old")
        return conversation_id, datetime.fromtimestamp(int(expiry), UTC)


def _signed(body: str, key: bytes) -> bytes:
    return hmac.new(key, _PURPOSE + body.encode(), hashlib.sha256).digest()
