"""How long after a citizen's last act each platform lets us write, and how (facts of the platforms, dated below).

Zalo OA: free within 48 hours, from the account's quota until 7 days. Messenger: 24 hours; after that, until 7 days, only what a
person wrote, under the tag HUMAN_AGENT. Telegram and the web chat: any time. As of 2026-11.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

SendMode = Literal["free", "from_quota", "human_agent", "template"]
"""``template``: outside the window, as a form of words that the platform approved beforehand."""
ClosedReason = Literal["window_closed", "unavailable", "quota_used_up"]


@dataclass(frozen=True)
class ReplyWindow:
    """``free``: anyone may write. ``from_quota``: anyone, at the account's cost. ``person_only``: only what a person wrote.
    Each is a length counted from the citizen's last act; None means that it never ends, or does not exist for the last two."""

    free: timedelta | None
    from_quota: timedelta | None = None
    person_only: timedelta | None = None


WINDOWS: dict[str, ReplyWindow] = {
    "zalo": ReplyWindow(timedelta(hours=48), from_quota=timedelta(days=7)),
    "facebook": ReplyWindow(timedelta(hours=24), person_only=timedelta(days=7)),
    "telegram": ReplyWindow(None),
    "webchat": ReplyWindow(None),
}


@dataclass(frozen=True)
class Reach:
    """What is known of a citizen's reachability. ``quota_left`` is None where the platform has not told."""

    channel: str
    acted_at: datetime | None
    unavailable_reason: str | None = None
    quota_left: int | None = None


@dataclass(frozen=True)
class WindowPhase:
    """A stretch of time after a citizen's last act in which messages may be sent in one way."""

    mode: SendMode
    begins: datetime
    ends: datetime


def phases(reach: Reach, *, by_person: bool, human_agent: bool) -> tuple[WindowPhase, ...]:
    """The stretches in order, each beginning where the one before ends; none where there is no end, or no act of the citizen.
    ``human_agent``: the platform granted our app that people write for longer."""
    window = WINDOWS.get(reach.channel)
    if window is None or window.free is None or reach.acted_at is None:
        return ()
    lengths: list[tuple[SendMode, timedelta | None]] = [
        ("free", window.free),
        ("from_quota", window.from_quota),
        ("human_agent", window.person_only if by_person and human_agent else None),
    ]
    found: list[WindowPhase] = []
    for mode, length in lengths:
        if length is not None:
            found.append(WindowPhase(mode, found[-1].ends if found else reach.acted_at, reach.acted_at + length))
    return tuple(found)


def send_mode(reach: Reach, *, by_person: bool, now: datetime) -> SendMode | ClosedReason:
    """How a message may be sent now, or why not. Asked when a message is written and again before each call.

    A citizen who never acted cannot be written to where the platform has a window.
    """
    if reach.unavailable_reason is not None:
        return "unavailable"
    window = WINDOWS.get(reach.channel, ReplyWindow(timedelta(0)))
    if window.free is None:
        return "free"
    if reach.acted_at is None:
        return "window_closed"
    age = now - reach.acted_at
    if age <= window.free:
        return "free"
    if window.from_quota is not None and age <= window.from_quota:
        return "from_quota" if reach.quota_left is None or reach.quota_left > 0 else "quota_used_up"
    if window.person_only is not None and by_person and age <= window.person_only:
        return "human_agent"
    return "window_closed"
