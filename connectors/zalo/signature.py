"""The signature of Zalo's webhooks: ``mac = sha256(app_id + raw body + timestamp + OA secret)``, no HMAC. Pure.

Two things are not settled by the documentation, so both readings are tried and the match is logged: the timestamp is the
body's (documented) or that of the header ``X-ZEvent-Timestamp`` (seen in the field); the value begins with ``mac=``
(documented) or not (seen).
"""

import hashlib
import hmac
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from connectors.gateway.webhooks import MalformedEventError
from connectors.zalo.envelope import json_object

SIGNATURE_HEADER = "x-zevent-signature"
TIMESTAMP_HEADER = "x-zevent-timestamp"
SignatureMode = Literal["enforce", "log_only"]

_VALUE = re.compile(r"(mac=)?([0-9a-f]{64})")


@dataclass(frozen=True)
class SignatureMatch:
    """Which reading of the documentation the platform follows."""

    timestamp: Literal["body", "header"]
    prefixed: bool


def matching_signature(headers: Mapping[str, str], raw: bytes, app_id: str, oa_secret: str) -> SignatureMatch | None:
    """How the request is signed with our secret, or None where it is not. ``headers`` have lower-case names.

    ``raw`` must be the bytes as received: the same JSON written anew has another signature.
    """
    told = _VALUE.fullmatch(headers.get(SIGNATURE_HEADER, "").strip().lower())
    if told is None:
        return None
    sources: tuple[tuple[Literal["body", "header"], str | None], ...] = (
        ("body", _body_timestamp(raw)),
        ("header", headers.get(TIMESTAMP_HEADER)),
    )
    for source, timestamp in sources:
        if timestamp is not None and hmac.compare_digest(told[2], signature_of(raw, timestamp, app_id, oa_secret)):
            return SignatureMatch(source, prefixed=told[1] is not None)
    return None


def signature_of(raw: bytes, timestamp: str, app_id: str, oa_secret: str) -> str:
    """The 64 hexadecimal digits that belong to this body."""
    signed = app_id.encode() + raw + timestamp.encode("utf-8", "backslashreplace") + oa_secret.encode()
    return hashlib.sha256(signed).hexdigest()


def _body_timestamp(raw: bytes) -> str | None:
    """The digits as they stand in the body, as text or as a number."""
    try:
        found = json_object(raw).get("timestamp")
    except MalformedEventError:
        return None
    return found if isinstance(found, str) else None
