"""Proofs by the app's secret: Facebook's over a webhook, ours over a call. Always SHA-256, whatever a header names."""

import hmac

_PREFIX = "sha256="


def webhook_signature(body: bytes, app_secret: str) -> str:
    """The value of ``X-Hub-Signature-256`` for this body."""
    return _PREFIX + hmac.new(app_secret.encode(), body, "sha256").hexdigest()


def is_signed(body: bytes, header: str | None, app_secret: str) -> bool:
    """Whether Facebook signed exactly these bytes: they are never decoded first, since the signature covers the escaped form.

    The older ``X-Hub-Signature`` (SHA-1) is not looked at. Hex digits may be of either case; the comparison takes constant time.
    """
    if header is None or not header.isascii():
        return False
    given = _PREFIX + header.removeprefix(_PREFIX).lower() if header.startswith(_PREFIX) else header
    return hmac.compare_digest(webhook_signature(body, app_secret), given)


def is_same_word(given: str | None, expected: str) -> bool:
    """Whether the verify token is ours, in constant time."""
    return given is not None and bool(expected) and hmac.compare_digest(given.encode("utf-8", "replace"), expected.encode())


def appsecret_proof(access_token: str, app_secret: str) -> str:
    """The proof that a call with this token comes from our server (Graph API, "Secure Requests")."""
    return hmac.new(app_secret.encode(), access_token.encode(), "sha256").hexdigest()
