"""The webhook's signature, written from its description alone: a plain SHA-256 over a concatenation, no HMAC."""

import hashlib


def event_mac(app_id: str, body: bytes, timestamp: str, secret: str) -> str:
    """``sha256(app_id + body + timestamp + secret)`` as 64 lower-case hex digits; ``body`` is the bytes that are sent."""
    return hashlib.sha256(b"".join((app_id.encode(), body, timestamp.encode(), secret.encode()))).hexdigest()
