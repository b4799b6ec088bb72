"""A platform's rate limit, shared by all senders: each takes the next slot in the ledger before it calls (GCRA)."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from bot.storage.channel_models import ChannelAccount

LONGEST_RATE_WAIT = timedelta(seconds=2)
_NOTED_EVERY = timedelta(seconds=5)


@dataclass(frozen=True)
class RatePace:
    """``per_second`` calls on the long run, ``burst`` of them at once, and the least time between two to one citizen."""

    per_second: float
    burst: int
    per_chat: timedelta = timedelta(0)


def next_free_slot(session: Session, channel: str, account: str, pace: RatePace, now: datetime) -> timedelta:
    """Takes the next slot; how long to wait for it. Where that is over ``LONGEST_RATE_WAIT`` none is taken, come again."""
    row = held_account(session, channel, account)
    step = timedelta(seconds=1 / pace.per_second)
    longest_saved = now - step * (pace.burst - 1)
    earliest = max(row.next_slot_at or longest_saved, longest_saved)
    wait = max(earliest - now, timedelta(0))
    if wait <= LONGEST_RATE_WAIT:
        row.next_slot_at = earliest + step
    return wait


def held_account(session: Session, channel: str, account: str) -> ChannelAccount:
    """The account's row, held for writing; made where it is missing."""
    row = session.get(ChannelAccount, (channel, account), with_for_update=True)
    if row is None:
        row = ChannelAccount(channel=channel, account=account, state="ok")
        session.add(row)
        session.flush()
    return row


def pause_account(session: Session, channel: str, account: str, until: datetime, now: datetime, needs: str | None = None) -> None:
    """Nothing is sent until then. ``needs``: a person has to do something; said once, with its time."""
    row = held_account(session, channel, account)
    row.paused_until = max(row.paused_until or until, until)
    if needs is not None and row.state == "ok":
        row.state, row.reason, row.since = "needs_attention", needs[:160], now


def resume_account(session: Session, channel: str, account: str, quota_left: int | None, now: datetime) -> None:
    """A call went through: whatever was wrong with the account is over. What is known already is not written again: all senders
    share this row."""
    known = session.get(ChannelAccount, (channel, account))
    if known is not None and known.state == "ok" and quota_left in (None, known.quota_left) and _just_noted(known, now):
        return
    row = held_account(session, channel, account)
    row.last_sent_at = now
    if quota_left is not None:
        row.quota_left = quota_left
    if row.state != "ok":
        row.state, row.reason, row.since, row.paused_until = "ok", None, now, None


def _just_noted(row: ChannelAccount, now: datetime) -> bool:
    return row.last_sent_at is not None and abs(now - row.last_sent_at) < _NOTED_EVERY
