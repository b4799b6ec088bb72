"""What went wrong with a call, as the sender can act on it. Nothing of the platform's own sentence goes on: it may name people.

python-telegram-bot names HTTP 400, 401, 403, 404 and 409; ``connectors.telegram.requests`` adds names for the others.
"""

from collections.abc import Sequence

import httpx
from telegram.error import BadRequest, ChatMigrated, Conflict, Forbidden, InvalidToken, TelegramError, TimedOut

from connectors.channel import Ambiguous, ChannelError, Permanent, PermanentEffect, Temporary
from connectors.telegram.reading import UNREADABLE
from connectors.telegram.requests import CallRefused, ServerFault, TooManyRequests, UnexpectedAnswer

# Raised before the first byte of a request leaves us.
_NOT_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)

_DESCRIPTIONS: Sequence[tuple[str, str, PermanentEffect]] = (
    ("bot was blocked", "blocked_by_citizen", "contact_unavailable"),
    ("user is deactivated", "account_deleted", "contact_unavailable"),
    ("can't initiate", "never_started", "contact_unavailable"),
    ("chat not found", "chat_not_found", "contact_unavailable"),
    ("user not found", "chat_not_found", "contact_unavailable"),
    ("peer_id_invalid", "chat_not_found", "contact_unavailable"),
    ("have no rights to send", "no_right_to_send", "contact_unavailable"),
    ("not enough rights", "no_right_to_send", "contact_unavailable"),
    ("can't parse entities", "bad_markup", "none"),
    ("message is too long", "too_long", "none"),
    ("caption is too long", "too_long", "none"),
    ("text is empty", "empty_text", "none"),
    ("text must be non-empty", "empty_text", "none"),
    ("button_data_invalid", "bad_button", "none"),
    ("button_url_invalid", "bad_button", "none"),
    ("http url", "file_not_fetched", "none"),
    ("webpage_", "file_not_fetched", "none"),
    ("wrong file identifier", "file_not_fetched", "none"),
    ("wrong type of the web page content", "file_not_fetched", "none"),
    ("file is too big", "file_too_big", "none"),
    ("query is too old", "query_too_old", "none"),
)

CALL_ERRORS = (TelegramError, *UNREADABLE)
"""What a call through the library may raise: its own errors, and plain ones where it cannot read the answer."""


def channel_error(error: Exception) -> ChannelError:
    """The error in our words. Where it is not sure that Telegram did nothing, it is ``Ambiguous``: a message sent twice confuses
    more than an operator's question whether it arrived."""
    match error:
        case TooManyRequests():
            return Temporary("too_many_requests", error.retry_after, whole_account=True)
        case Forbidden():
            return _refused(error, "forbidden", "contact_unavailable")
        case InvalidToken():
            return Permanent("token_refused", "account_needs_attention")
        case ChatMigrated():
            return Permanent("chat_migrated", "contact_unavailable")
        case Conflict():
            return Permanent("conflict", "account_needs_attention")
        case BadRequest():
            return _refused(error, "bad_request", "none")
        case CallRefused():
            return Permanent(f"http_{error.status}")
        case ServerFault():
            return Ambiguous(f"http_{error.status}")
        case UnexpectedAnswer():
            return Temporary(f"http_{error.status}")
        case _ if isinstance(error.__cause__, _NOT_SENT):
            return Temporary("not_reached")
        case TimedOut():
            return Ambiguous("timed_out")
        case TelegramError() if isinstance(error.__cause__, httpx.HTTPError):
            return Ambiguous("connection_broken")
        case _:
            return Ambiguous("unreadable_answer")


def _refused(error: TelegramError, otherwise: str, effect: PermanentEffect) -> Permanent:
    description = error.message.lower()
    known = next(((reason, what) for part, reason, what in _DESCRIPTIONS if part in description), (otherwise, effect))
    return Permanent(*known)
