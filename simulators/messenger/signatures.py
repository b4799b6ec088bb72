"""Signatures between the platform and the page's application, from the documents alone."""

import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any


def webhook_body(payload: Mapping[str, Any]) -> bytes:
    """The payload as the platform writes it: no spaces, everything outside ASCII as lower-case ``\\uXXXX``, ``/`` as ``\\/``."""
    return json.dumps(payload, ensure_ascii=True, separators=(",", ":")).replace("/", "\\/").encode("ascii")


def signature_headers(app_secret: str, body: bytes) -> dict[str, str]:
    """``X-Hub-Signature-256`` and its SHA-1 ancestor over the bytes as they are sent."""
    key = app_secret.encode()
    return {
        "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
        "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
    }


def appsecret_proof(app_secret: str, access_token: str) -> str:
    """What a call proves with, besides its token, that it comes from the application's server."""
    return hmac.new(app_secret.encode(), access_token.encode(), hashlib.sha256).hexdigest()


def cdn_signature(app_secret: str, path: str, expires_at: int) -> str:
    """Signature of a link to a file on the simulator's own file host."""
    return hmac.new(app_secret.encode(), f"cdn:{path}:{expires_at:x}".encode(), hashlib.sha256).hexdigest()[:32]
