"""From a channel's error to what the ledger keeps and when the call is made again. Pure but for the dice."""

import random
from datetime import datetime, timedelta

from bot.conversations.outbox import QUOTA_ASKED_EVERY
from bot.conversations.platform_parts import SENT_AS_LINK, PartEnd, PartToSend
from connectors.channel import Ambiguous, ChannelError, Permanent, Sent, Temporary

MAX_ATTEMPTS = 8
_FIRST_WAIT = 1.0
_LONGEST_WAIT = 300.0


def back_off_seconds(attempt: int, dice: random.Random) -> float:
    """The wait before the next attempt: doubled each time up to five minutes, and spread between half and the whole."""
    whole = min(_LONGEST_WAIT, _FIRST_WAIT * 2.0 ** (attempt - 1))
    return whole * (0.5 + dice.random() / 2)


def end_of_sent(sent: Sent) -> PartEnd:
    """The platform took it."""
    error = f"{SENT_AS_LINK}{sent.as_link}" if sent.as_link is not None else None
    return PartEnd("sent", error=error, message_id=sent.message_id, quota_left=sent.quota_left)


def end_of_failed(part: PartToSend, error: ChannelError, now: datetime, dice: random.Random) -> PartEnd:
    """What follows from an error. Attempts are finite; an account that needs a person keeps its queue."""
    if isinstance(error, Temporary):
        wait = error.retry_after if error.retry_after is not None else back_off_seconds(part.attempt, dice)
        until = now + timedelta(seconds=wait)
        pause = until if error.whole_account else None
        if part.attempt >= MAX_ATTEMPTS and not error.whole_account:
            return PartEnd("dead", error=f"gave_up: {error.reason}")
        return PartEnd("pending", error=error.reason, not_before=until, pause_account_until=pause)
    if isinstance(error, Permanent):
        return _end_of_refused(error, now)
    if isinstance(error, Ambiguous):
        return PartEnd("ambiguous", error=error.reason)
    return PartEnd("dead", error=error.reason)


def _end_of_refused(error: Permanent, now: datetime) -> PartEnd:
    match error.effect:
        case "account_needs_attention":
            return PartEnd("pending", error=error.reason, account_needs=error.reason)
        case "quota_used_up":
            return PartEnd("pending", error=error.reason, not_before=now + QUOTA_ASKED_EVERY)
        case "contact_unavailable":
            return PartEnd("dead", error=error.reason, contact_unavailable=error.reason)
        case "muted":
            return PartEnd("dead", error=error.reason, muted=True)
        case "none":
            return PartEnd("dead", error=error.reason)
