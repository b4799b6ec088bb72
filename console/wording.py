"""Times as people write them, for the officers' pages."""

import re
from datetime import datetime, timedelta

from bot.clock import VIETNAM_TIME
from console.texts import label

_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_MINUTE, _HOUR, _DAY = 60, 3600, 86_400


def span(amount: timedelta) -> str:
    """A length of time in its two largest units: ``dưới 1 phút``, ``12 phút``, ``3 giờ 5 phút``, ``2 ngày 4 giờ``."""
    seconds = max(0, int(amount.total_seconds()))
    if seconds < _MINUTE:
        return label("span_moment")
    if seconds < _HOUR:
        return label("span_minutes", minutes=seconds // _MINUTE)
    if seconds < _DAY:
        return _joined("span_hours", seconds // _HOUR, "span_minutes", seconds % _HOUR // _MINUTE)
    return _joined("span_days", seconds // _DAY, "span_hours", seconds % _DAY // _HOUR)


def _joined(large: str, many: int, small: str, few: int) -> str:
    return f"{_counted(large, many)} {_counted(small, few)}" if few else _counted(large, many)


def _counted(key: str, count: int) -> str:
    return label(key, minutes=count, hours=count, days=count)


def clock_time(moment: datetime, now: datetime) -> str:
    """``14:05`` today, ``14:05 05/08`` in this year, else with the year."""
    local, today = moment.astimezone(VIETNAM_TIME), now.astimezone(VIETNAM_TIME)
    if local.date() == today.date():
        return local.strftime("%H:%M")
    return local.strftime("%H:%M %d/%m" if local.year == today.year else "%H:%M %d/%m/%Y")


def unmarked(text: str) -> str:
    """The assistant's words without the marks of bold type; the asterisks of a masked number stay."""
    return _BOLD.sub(r"\1", text)
