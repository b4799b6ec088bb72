"""How the platform lets an officer write now, until when, and what comes after: in words, and as the stretches of a bar."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from bot.clock import VIETNAM_TIME
from bot.conversations.windows import ClosedReason, Reach, SendMode, WindowPhase, phases, send_mode
from bot.texts import say
from console.texts import label
from console.wording import span

SOON = timedelta(hours=4)
"""With less of a stretch left than this, the clock warns."""

Tone = Literal["open", "soon", "shut"]


@dataclass(frozen=True)
class Stretch:
    """One stretch of the bar: how the platform lets us write in it, where it begins and how long it is, in percent of the bar."""

    mode: SendMode
    begins: float
    length: float


@dataclass(frozen=True)
class WindowClock:
    """``now``: what holds and until when; ``then``: what follows, empty where nothing does; ``at``: where we are on the bar, in
    percent (None without a bar)."""

    tone: Tone
    now: str
    then: str = ""
    stretches: tuple[Stretch, ...] = ()
    at: float | None = None


def window_clock(reach: Reach, now: datetime, *, human_agent: bool) -> WindowClock:
    """The clock of a conversation. ``human_agent``: Facebook granted our app the feature."""
    mode = send_mode(reach, by_person=True, now=now)
    if mode == "unavailable":
        return WindowClock("shut", label("window_unavailable"))
    all_of_it = phases(reach, by_person=True, human_agent=human_agent)
    if not all_of_it:
        return (
            WindowClock("open", label("window_always")) if mode == "free" else WindowClock("shut", label("window_window_closed"))
        )
    stretches, at = _bar(all_of_it, now)
    place = next((number for number, phase in enumerate(all_of_it) if now <= phase.ends), None)
    if place is None:
        since = label("window_closed_since", at=full_moment(all_of_it[-1].ends))
        return WindowClock("shut", since, label("window_wait_for_citizen"), stretches, at)
    phase = all_of_it[place]
    following = all_of_it[place + 1] if place + 1 < len(all_of_it) else None
    tone: Tone = "shut" if mode == "quota_used_up" else "soon" if phase.ends - now < SOON else "open"
    return WindowClock(tone, _now(phase, mode, reach, now), _then(following, reach), stretches, at)


def full_moment(moment: datetime) -> str:
    """``14:05, thứ Tư 25/11/2026``, the time in Vietnam."""
    local = moment.astimezone(VIETNAM_TIME)
    return f"{local:%H:%M}, {say(f'day_{local.weekday()}')} {local:%d/%m/%Y}"


def _now(phase: WindowPhase, mode: SendMode | ClosedReason, reach: Reach, now: datetime) -> str:
    key = "window_quota_used_up_until" if mode == "quota_used_up" else f"window_now_{phase.mode}"
    return label(key, at=full_moment(phase.ends), span=span(phase.ends - now), left=_quota(reach))


def _then(following: WindowPhase | None, reach: Reach) -> str:
    if following is None:
        return label("window_then_closed")
    return label(f"window_then_{following.mode}", at=full_moment(following.ends), left=_quota(reach))


def _quota(reach: Reach) -> str:
    return label("window_quota_unknown") if reach.quota_left is None else label("window_quota_left", left=reach.quota_left)


def _bar(all_of_it: tuple[WindowPhase, ...], now: datetime) -> tuple[tuple[Stretch, ...], float]:
    first, whole = all_of_it[0].begins, all_of_it[-1].ends - all_of_it[0].begins

    def percent(amount: timedelta) -> float:
        return round(min(100.0, max(0.0, 100 * (amount / whole))), 2)

    return (
        tuple(Stretch(one.mode, percent(one.begins - first), percent(one.ends - one.begins)) for one in all_of_it),
        percent(now - first),
    )
