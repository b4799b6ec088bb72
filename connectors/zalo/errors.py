"""What Zalo's answers mean for a caller. One table per host: the same number means other things elsewhere. Pure.

Zalo answers HTTP 200 even to what it refuses; the truth is ``error`` in the body. A number that stands in no table is a refusal
too, so the call was not carried out and may be made again.
"""

import json
from collections.abc import Mapping
from typing import Any, Final

import httpx

from connectors.channel import Ambiguous, ChannelError, Permanent, PermanentEffect, Temporary

_RATE_SECONDS = 15.0
_SEND_FAILED_SECONDS = 30.0


class TokenRejectedError(Exception):
    """The access token is not, or no longer, valid."""


class AttachmentGoneError(Exception):
    """An uploaded file is older than seven days: it has to be uploaded again."""


class PayloadRefused(Permanent):
    """Zalo does not take a message of this shape; the same in plain text may do."""


# openapi.zalo.me (OA OpenAPI v2.0 and v3.0)
_TOKEN: Final = frozenset({-216, 216, -401, 401, -220})
_ATTACHMENT_GONE: Final = -100
_RATE: Final = -32
_SEND_FAILED: Final = -200
_PAYLOAD: Final = frozenset({-201, -210, -233, -240, -248, -249})
_EFFECTS: Final[Mapping[int, tuple[str, PermanentEffect]]] = {
    -230: ("window_closed", "none"),
    -232: ("window_closed", "none"),
    -234: ("night", "none"),
    -213: ("not_reachable", "contact_unavailable"),
    -217: ("blocked", "contact_unavailable"),
    -227: ("user_inactive", "contact_unavailable"),
    -244: ("user_restricts", "contact_unavailable"),
    -211: ("quota_used_up", "quota_used_up"),
    -218: ("recipient_quota_used_up", "none"),
    -204: ("oa_gone", "account_needs_attention"),
    -205: ("oa_gone", "account_needs_attention"),
    -209: ("app_inactive", "account_needs_attention"),
    -212: ("api_not_registered", "account_needs_attention"),
    -214: ("oa_not_allowed", "account_needs_attention"),
    -219: ("app_removed", "account_needs_attention"),
    -221: ("oa_not_verified", "account_needs_attention"),
    -223: ("app_not_authorised", "account_needs_attention"),
    -224: ("plan_too_small", "account_needs_attention"),
    -242: ("bad_secret_proof", "account_needs_attention"),
    -320: ("billing_account", "account_needs_attention"),
    -321: ("billing_account", "account_needs_attention"),
    # Of templates by user id: another try would bring the same.
    -109: ("template_unknown", "none"),
    -111: ("template_data", "none"),
    -112: ("template_data", "none"),
    -1121: ("template_data_length", "none"),
    -1122: ("template_data_missing", "none"),
    -1124: ("template_data_format", "none"),
    -131: ("template_not_approved", "none"),
    -133: ("night", "none"),
    -139: ("refuses_templates", "none"),
    -144: ("template_quota_used_up", "none"),
    -146: ("template_disabled", "none"),
}


def openapi_error(code: int, headers: Mapping[str, str]) -> Exception:
    """The error that a refusal of ``openapi.zalo.me`` means: a ``ChannelError``, ``TokenRejectedError`` or
    ``AttachmentGoneError``."""
    if code in _TOKEN:
        return TokenRejectedError(str(code))
    if code == _ATTACHMENT_GONE:
        return AttachmentGoneError(str(code))
    if code == _RATE:
        return Temporary("rate", retry_after(headers) or _RATE_SECONDS, whole_account=True)
    if code == _SEND_FAILED:
        return Temporary("send_failed", _SEND_FAILED_SECONDS)
    if code in _PAYLOAD:
        return PayloadRefused(f"payload_{abs(code)}")
    if code in _EFFECTS:
        reason, effect = _EFFECTS[code]
        return Permanent(reason, effect)
    return Temporary(f"zalo_{code}")


def read_answer(status: int, headers: Mapping[str, str], content: bytes) -> Any:
    """The ``data`` of a successful answer of ``openapi.zalo.me``. Raises what ``openapi_error`` names, and ``Ambiguous`` where
    nobody can say whether the call was carried out."""
    body = _json_object(content)
    code = _number(body.get("error")) if body is not None else None
    if code:
        raise openapi_error(code, headers)
    if status == httpx.codes.UNAUTHORIZED:
        raise TokenRejectedError("http_401")
    if status == httpx.codes.TOO_MANY_REQUESTS:
        raise Temporary("rate", retry_after(headers) or _RATE_SECONDS, whole_account=True)
    if status >= httpx.codes.INTERNAL_SERVER_ERROR or status == httpx.codes.REQUEST_TIMEOUT:
        # A gateway before the platform may say 502 or 504 after the message went through, and consulting messages have no key
        # that would make a second one harmless. Only a numbered refusal (above) is sure.
        raise Ambiguous(f"http_{status}")
    if status == httpx.codes.FORBIDDEN:
        raise Permanent("http_403", "account_needs_attention")
    if not 200 <= status < 300:
        raise Permanent(f"http_{status}")
    if body is None or code is None:
        raise Ambiguous("unreadable_answer")
    return body.get("data")


def not_answered(error: httpx.HTTPError) -> ChannelError:
    """What an exchange means that brought no answer. Never connected: surely not carried out. Anything later: unknown."""
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout | httpx.UnsupportedProtocol):
        return Temporary("unreachable", whole_account=True)
    return Ambiguous("timeout" if isinstance(error, httpx.TimeoutException) else "connection_broken")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of ``Retry-After``, or None where it is not told (or told as a date)."""
    told = headers.get("retry-after", "").strip()
    return float(told) if told.isascii() and told.isdigit() and len(told) <= 6 else None


def _json_object(content: bytes) -> Mapping[str, Any] | None:
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return None
    return body if isinstance(body, dict) else None


def _number(value: object) -> int | None:
    """An error number, told as a number or as text."""
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    try:
        return int(value)
    except ValueError:
        return None
