"""Verifying what comes to the portal's webhook, by the Standard Webhooks scheme: HMAC-SHA256 over ``id.timestamp.raw body``."""

import base64
import binascii
import hashlib
import hmac
import json
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from bot.portal.errors import ContractChanged, WebhookRefused
from bot.portal.reading import as_object, read_instant, read_matching, read_value
from bot.portal.submission import Draft, parse_draft
from bot.portal.watching import DossierChange, parse_change

WINDOW_SECONDS = 300
MAX_EVENT_BYTES = 256 * 1024
_EVENT_ID = re.compile(r"[A-Za-z0-9_-]{1,64}", re.ASCII)
_TYPE = re.compile(r"[a-z][a-z_.]{0,59}", re.ASCII)
_TIMESTAMP = re.compile(r"[0-9]{1,12}", re.ASCII)
_MOST_SIGNATURES = 10


@dataclass(frozen=True)
class PortalEvent:
    """One event of the portal. ``event_id`` is the same in every repetition: whoever handles it keeps it, under a unique key, in
    the transaction that does what the event asks for. ``change`` for ``dossier.changed``, ``draft`` for ``draft.changed``;
    neither for a type that we do not know, which is to be accepted and ignored."""

    event_id: str
    type: str
    occurred_at: datetime
    change: DossierChange | None = None
    draft: Draft | None = None


class PortalWebhooks:
    """Checks signature and age, then reads the event. Keeps nothing; safe for several threads.

    ``secrets``: those in force, several while one is exchanged; ``whsec_…`` is base64, anything else is taken as it stands.
    ``clock``: Unix seconds."""

    def __init__(
        self, secrets: Sequence[str], *, window_seconds: int = WINDOW_SECONDS, clock: Callable[[], float] = time.time
    ) -> None:
        """Raises ``ValueError`` without a secret, or for a ``whsec_`` one that is not base64."""
        self._keys = tuple(_key(secret) for secret in secrets if secret)
        if not self._keys:
            raise ValueError("portal_webhook_secret is empty")
        self._window_seconds, self._clock = window_seconds, clock

    def verified(self, headers: Mapping[str, str], body: bytes) -> PortalEvent:
        """The event in ``body`` (the raw bytes). ``headers``: their names in any case. Raises ``WebhookRefused`` for a signature
        that does not fit, a time outside the window or what is no event; ``ContractChanged`` for an event that is signed but
        not as the contract describes it."""
        sent = {name.lower(): value for name, value in headers.items()}
        event_id, timestamp = sent.get("webhook-id", ""), sent.get("webhook-timestamp", "")
        if len(body) > MAX_EVENT_BYTES or not _EVENT_ID.fullmatch(event_id) or not _TIMESTAMP.fullmatch(timestamp):
            raise WebhookRefused("malformed")
        if not self._signed(f"{event_id}.{timestamp}.".encode() + body, sent.get("webhook-signature", "")):
            raise WebhookRefused("signature")
        if abs(self._clock() - int(timestamp)) > self._window_seconds:
            raise WebhookRefused("window")
        return _event(event_id, body)

    def _signed(self, content: bytes, header: str) -> bool:
        rights = [base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()) for key in self._keys]
        given = [part[3:].encode("utf-8", "replace") for part in header.split(" ")[:_MOST_SIGNATURES] if part.startswith("v1,")]
        return any(hmac.compare_digest(right, one) for right in rights for one in given)


def _key(secret: str) -> bytes:
    if not secret.startswith("whsec_"):
        return secret.encode()
    try:
        return base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise ValueError("portal_webhook_secret begins with whsec_ and is not base64") from error


def _event(event_id: str, body: bytes) -> PortalEvent:
    try:
        fields = as_object(json.loads(body), "event")
    except (ValueError, RecursionError) as error:
        raise ContractChanged("event: not JSON") from error
    kind, occurred_at = read_matching(fields, "type", _TYPE), read_instant(fields, "timestamp")
    match kind:
        case "dossier.changed":
            return PortalEvent(event_id, kind, occurred_at, change=parse_change(read_value(fields, "data")))
        case "draft.changed":
            return PortalEvent(event_id, kind, occurred_at, draft=parse_draft(read_value(fields, "data")))
        case _:
            return PortalEvent(event_id, kind, occurred_at)
