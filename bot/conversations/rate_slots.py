"""A platform's rate limit, shared by all senders: each takes the next slot in the ledger before it calls (GCRA)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, cast

from sqlalchemy import CursorResult, update
from sqlalchemy.orm import Session
from sqlalchemy.orm.attributes import set_committed_value

from bot.storage.channel_models import ChannelAccount

LONGEST_RATE_WAIT = timedelta(seconds=2)
_NOTED_EVERY = timedelta(seconds=5)


@dataclass(frozen=True)
class RatePace:
    """``per_second`` calls on the long run, ``burst`` of them at once, and the least time between two to one citizen."""

    per_second: float
    burst: int
    per_chat: timedelta = timedelta(0)


def next_free_slots(session: Session, account: tuple[str, str], pace: RatePace, now: datetime, count: int) -> list[timedelta]:
    """Takes the next ``count`` slots of an account (channel and name); how long to wait for each. A slot that is further away
    than ``LONGEST_RATE_WAIT`` is not taken, come again.

    What this transaction has read of the account is believed if it still stands when the slots are written.
    """
    known = session.get(ChannelAccount, account)
    if known is not None:
        waits, next_slot = _slots_from(known.next_slot_at, pace, now, count)
        mine = (ChannelAccount.channel == account[0], ChannelAccount.account == account[1])
        unchanged = ChannelAccount.next_slot_at.is_not_distinct_from(known.next_slot_at)
        moved = update(ChannelAccount).where(*mine, unchanged).values(next_slot_at=next_slot)
        done = session.execute(moved.execution_options(synchronize_session=False))
        if cast("CursorResult[Any]", done).rowcount == 1:
            set_committed_value(known, "next_slot_at", next_slot)
            return waits
    row = held_account(session, *account)
    waits, row.next_slot_at = _slots_from(row.next_slot_at, pace, now, count)
    return waits


def _slots_from(next_slot: datetime | None, pace: RatePace, now: datetime, count: int) -> tuple[list[timedelta], datetime | None]:
    """The waits for the next slots, and the one after those that were taken."""
    step = timedelta(seconds=1 / pace.per_second)
    longest_saved = now - step * (pace.burst - 1)
    waits = []
    for _ in range(count):
        earliest = max(next_slot or longest_saved, longest_saved)
        waits.append(max(earliest - now, timedelta(0)))
        if waits[-1] <= LONGEST_RATE_WAIT:
            next_slot = earliest + step
    return waits, next_slot


def held_account(session: Session, channel: str, account: str) -> ChannelAccount:
    """The account's row as it stands now, held for writing; made where it is missing."""
    session.flush()
    row = session.get(ChannelAccount, (channel, account), with_for_update=True, populate_existing=True)
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
