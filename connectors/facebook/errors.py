"""What an answer of the Graph API, or the lack of one, means for the call: by HTTP status, code and subcode.

The text of an error is never looked at, save for the one case that had no subcode of its own for years: another app controls
the thread. Codes: Meta's pages "Common Error Codes" (2026-03-18) and "Rate limiting" (2026-03-23); README.md names the rest.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from connectors.channel import Ambiguous, ChannelError, Permanent, PermanentEffect, Temporary

_RATE_SECONDS = 60.0
_LONGEST_WAIT = 3600.0
_OTHER_APP = "another app is controlling this thread"

# Meta: "The messages are all sent successfully, but the endpoint returns an error."
_SENT_ALL_THE_SAME = frozenset({(1, 1357046)})
_TEMPORARY = frozenset({1, 2, 1200})
_RATE_OF_ALL = frozenset({4, 17, 32, 80006})
_RATE_OF_ONE = frozenset({613})

_BY_SUBCODE: Mapping[tuple[int, int], tuple[str, PermanentEffect]] = {
    (10, 2018278): ("window_closed", "none"),
    (10, 2018065): ("window_closed", "none"),
    (10, 2018108): ("person_unavailable", "contact_unavailable"),
    (10, 2018300): ("other_app_in_control", "muted"),
    (10, 2018028): ("app_in_development", "account_needs_attention"),
    (200, 2018028): ("app_in_development", "account_needs_attention"),
    # The older table: blocked; the newer one: window closed. Either way nothing arrives until the citizen writes.
    (200, 1545041): ("not_receiving", "contact_unavailable"),
    (100, 2018001): ("no_such_person", "contact_unavailable"),
    (100, 2534037): ("other_app_in_control", "muted"),
    # Not tried again: the link stands in the text beside it, and a second try would hold up what follows.
    (100, 2018008): ("media_not_fetched", "none"),
    (100, 2018294): ("media_too_slow", "none"),
    (100, 2018047): ("media_of_wrong_type", "none"),
    (100, 2018109): ("media_too_large", "none"),
    (100, 1893061): ("tag_retired", "none"),
}
_BY_CODE: Mapping[int, tuple[str, PermanentEffect]] = {
    3: ("no_permission", "account_needs_attention"),
    10: ("no_permission", "account_needs_attention"),
    100: ("refused_parameter", "none"),
    102: ("token_refused", "account_needs_attention"),
    104: ("token_refused", "account_needs_attention"),
    190: ("token_refused", "account_needs_attention"),
    230: ("not_receiving", "contact_unavailable"),
    368: ("blocked_as_abusive", "account_needs_attention"),
    551: ("person_unavailable", "contact_unavailable"),
    2200: ("webhook_not_verified", "account_needs_attention"),
    2500: ("call_refused", "account_needs_attention"),
}


@dataclass(frozen=True)
class _GraphError:
    code: int
    subcode: int
    text: str
    transient: bool


def error_of_answer(status: int, body: bytes, headers: Mapping[str, str]) -> ChannelError:
    """What an answer other than a success means for the call."""
    error = _graph_error(body)
    if error is None:
        return _error_without_words(status, headers)
    if (error.code, error.subcode) in _SENT_ALL_THE_SAME:
        return Ambiguous(_named("unsure", error))
    if error.code in _RATE_OF_ALL or error.code in _RATE_OF_ONE:
        wait = retry_after(headers) or _RATE_SECONDS
        return Temporary(_named("rate_limited", error), wait, whole_account=error.code in _RATE_OF_ALL)
    if error.code in _TEMPORARY or error.transient:
        # A refusal in the API's own words: it was not carried out, whatever the HTTP status.
        return Temporary(_named("platform_fault", error), retry_after(headers))
    if error.code == 10 and _OTHER_APP in error.text.lower():
        return Permanent(_named("other_app_in_control", error), "muted")
    known = _BY_SUBCODE.get((error.code, error.subcode)) or _BY_CODE.get(error.code)
    if known is not None:
        return Permanent(_named(known[0], error), known[1])
    if 200 <= error.code <= 299:
        return Permanent(_named("no_permission", error), "account_needs_attention")
    return Ambiguous(_named("unknown_fault", error)) if status >= 500 else Permanent(_named("refused", error))


def _error_without_words(status: int, headers: Mapping[str, str]) -> ChannelError:
    """Not the API but something before it answered. 429 and 503 mean "not taken on" by HTTP; behind a 500, 502 or 504 the
    message may have gone out all the same, so it must not be sent twice."""
    reason = f"http_{status}"
    if status in (429, 503):
        return Temporary(reason, retry_after(headers), whole_account=True)
    if status == 408 or 300 <= status < 400:
        return Temporary(reason, whole_account=True)
    if status >= 500 or status < 300:
        return Ambiguous(reason)
    return Permanent(reason, "account_needs_attention" if status in (401, 403, 404) else "none")


def error_of_transport(error: httpx.HTTPError) -> ChannelError:
    """What it means that no answer came: before the connection stood nothing was sent, after that nobody knows."""
    name = type(error).__name__
    if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.ProxyError | httpx.UnsupportedProtocol):
        return Temporary(f"not_connected: {name}", whole_account=True)
    if isinstance(error, httpx.PoolTimeout):
        return Temporary(f"not_connected: {name}")
    return Ambiguous(f"no_answer: {name}")


def retry_after(headers: Mapping[str, str]) -> float | None:
    """The seconds of ``Retry-After``, at most an hour; None where it is missing or a date."""
    value = headers.get("retry-after", "")
    return min(float(value[:9]), _LONGEST_WAIT) if value.isascii() and value.isdigit() else None


def _graph_error(body: bytes) -> _GraphError | None:
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        return None
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict) or not _number(error.get("code")):
        return None
    return _GraphError(
        _number(error["code"]),
        _number(error.get("error_subcode")),
        str(error.get("message", "")),
        error.get("is_transient") is True,
    )


def _number(value: Any) -> int:
    """The value if it is a number of a code's size, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) and abs(value) < 10**9 else 0


def _named(reason: str, error: _GraphError) -> str:
    return f"{reason} ({error.code}/{error.subcode})" if error.subcode else f"{reason} ({error.code})"
