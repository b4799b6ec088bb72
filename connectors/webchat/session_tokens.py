"""Signed tokens that let a browser continue its own conversation, and no other, for a day. They hold no personal data."""

import base64
import binascii
import hashlib
import hmac
import re
from datetime import UTC, datetime, timedelta

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
    """Makes and checks tokens of the form ``conversation.expiry.signature``."""

    def __init__(self, secret: str) -> None:
        if len(secret.encode()) < _MIN_SECRET_BYTES:
            raise WeakSecretError(f"WEB_SESSION_SECRET needs at least {_MIN_SECRET_BYTES} bytes")
        self._key = secret.encode()

    def issue(self, conversation_id: str, now: datetime) -> str:
        """A token for this conversation that is valid from now on for a day."""
        body = f"{conversation_id}.{int((now + VALID_FOR).timestamp())}"
        signature = base64.urlsafe_b64encode(self._sign(body)).decode().rstrip("=")
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
        if not hmac.compare_digest(given, self._sign(f"{conversation_id}.{expiry}")):
            raise InvalidSessionError("wrong signature")
        if int(expiry) <= now.timestamp():
            raise ExpiredSessionError("too old")
        return conversation_id, datetime.fromtimestamp(int(expiry), UTC)

    def _sign(self, body: str) -> bytes:
        return hmac.new(self._key, _PURPOSE + body.encode(), hashlib.sha256).digest()
