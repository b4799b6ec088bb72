"""What the public page of the service's state says, as plain values; and the strip of days as a drawing."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from html import escape
from typing import Any

from sqlalchemy.orm import Session

from bot.clock import VIETNAM_TIME
from bot.switches.board import AnnouncedOutage
from bot.switches.store import all_outages
from bot.sync_monitor.uptime import DAYS_SHOWN, Latest, Minutes, days_of, state_now, strip
from bot.texts import say, wording

PARTS = ("webchat", "assistant", "answers", "portal", "register", "zalo", "facebook", "telegram")
"""In the order of the page; a part that was never looked at is not shown."""
_PAST_SHOWN = timedelta(days=90)
_BAR, _GAP, _HEIGHT = 6, 2, 28
_COLOURS = {"up": "#1a7f4b", "partly": "#b96a00", "down": "#9b1c1c", "unknown": "#8a958f"}


@dataclass(frozen=True)
class PartState:
    """One part. ``state``: ``up``, ``down``, ``starting`` or ``unknown`` now; ``days``: the last days, the oldest first."""

    part: str
    state: str
    looked_at: datetime | None
    days: tuple[tuple[date, Minutes], ...]

    @property
    def availability(self) -> float | None:
        """Over the days shown, of what was measured."""
        return sum((minutes for _, minutes in self.days), Minutes()).availability


@dataclass(frozen=True)
class ServiceState:
    """The whole page. ``known`` False: the ledger is away, and nothing can be said."""

    at: datetime
    known: bool
    parts: tuple[PartState, ...] = ()
    present: tuple[AnnouncedOutage, ...] = ()
    planned: tuple[AnnouncedOutage, ...] = ()
    past: tuple[AnnouncedOutage, ...] = ()

    @property
    def overall(self) -> str:
        """``up``, ``down`` (some part is), ``starting`` (some part is, none is down), ``planned`` (an announced outage lasts) or
        ``unknown``."""
        states = {part.state for part in self.parts}
        if not self.known or not states or states == {"unknown"}:
            return "unknown"
        if self.present:
            return "planned"
        return next((state for state in ("down", "starting") if state in states), "up")


def read_state(session: Session, now: datetime) -> ServiceState:
    """The state now. Raises SQLAlchemy's errors."""
    today = now.astimezone(VIETNAM_TIME).date()
    days = days_of(session, today - timedelta(days=DAYS_SHOWN - 1), today)
    latest = state_now(session, now)
    outages = all_outages(session, now - _PAST_SHOWN)
    standing = [one for one in outages if one.withdrawn_at is None]
    return ServiceState(
        at=now,
        known=True,
        parts=tuple(_part(name, latest.get(name), days.get(name, {}), today) for name in PARTS if name in days),
        present=tuple(one for one in standing if one.lasts(now)),
        planned=tuple(reversed([one for one in standing if one.starts_at > now])),
        past=tuple(one for one in outages if not one.lasts(now) and one.starts_at <= now),
    )


def _part(name: str, latest: Latest | None, days: Mapping[date, Minutes], today: date) -> PartState:
    state, at = (latest.state, latest.at) if latest else ("unknown", None)
    return PartState(name, state, at, tuple(strip(days, today)))


def part_name(part: str, language: str) -> str:
    """A part's name; a platform's own where we have no words."""
    key = f"state_part_{part}"
    return say(key, language) if wording(key, language) is not None else part.capitalize()


def percent(value: float | None, language: str, *, fault: bool = False) -> str:
    """``99,95 %``: cut and not rounded, so that a minute down never reads as 100 %; the share of a ``fault`` is rounded up, so
    that one never reads as none."""
    if value is None:
        return say("state_not_measured", language)
    cut = (math.ceil(round(value * 10_000, 6)) if fault else int(value * 10_000)) / 100
    text = f"{cut:.2f}".rstrip("0").rstrip(".")
    return f"{text.replace('.', ',') if language == 'vi' else text} %"


def days_drawing(days: Sequence[tuple[date, Minutes]], title: str, language: str) -> str:
    """One bar a day as SVG: height and colour both tell the state, and each bar says its day in words."""
    width = len(days) * (_BAR + _GAP)
    bars = []
    for number, (day, minutes) in enumerate(days):
        verdict = minutes.verdict
        height = {"up": _HEIGHT, "partly": _HEIGHT * 2 // 3, "down": _HEIGHT // 3, "unknown": 4}[verdict]
        words = f"{day:%d/%m/%Y}: {say(f'state_day_{verdict}', language)}"
        if minutes.down:
            words += f" ({say('state_minutes_down', language, minutes=minutes.down)})"
        bars.append(
            f'<rect x="{number * (_BAR + _GAP)}" y="{_HEIGHT - height}" width="{_BAR}" height="{height}" rx="1" '
            f'fill="{_COLOURS[verdict]}"><title>{escape(words)}</title></rect>'
        )
    return (
        f'<svg viewBox="0 0 {width} {_HEIGHT}" width="100%" height="{_HEIGHT}" preserveAspectRatio="none" role="img" '
        f'aria-label="{escape(title)}">{"".join(bars)}</svg>'
    )


def state_json(state: ServiceState) -> dict[str, Any]:
    """The same for programs. Availability as a share from 0 to 1, null where nothing was measured."""
    return {
        "schema": "motcua.state/1",
        "at": state.at.isoformat(timespec="seconds"),
        "overall": state.overall,
        "parts": [
            {
                "part": one.part,
                "state": one.state,
                "looked_at": one.looked_at.isoformat(timespec="seconds") if one.looked_at else None,
                "availability_90_days": round(one.availability, 5) if one.availability is not None else None,
                "days": [
                    {"day": day.isoformat(), "up": minutes.up, "down": minutes.down, "unknown": minutes.unknown}
                    for day, minutes in one.days
                    if minutes != Minutes()
                ],
            }
            for one in state.parts
        ],
        "outages": [_outage(one, when) for when in ("present", "planned", "past") for one in getattr(state, when)],
    }


def _outage(one: AnnouncedOutage, when: str) -> dict[str, Any]:
    return {
        "when": when,
        "scope": one.channel or one.scope,
        "from": one.starts_at.isoformat(timespec="seconds"),
        "until": (one.withdrawn_at or one.ends_at).isoformat(timespec="seconds"),
        "announced_at": one.announced_at.isoformat(timespec="seconds"),
    }
