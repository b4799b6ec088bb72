"""What citizens are told of what is off and of outages."""

from datetime import datetime

from bot.clock import VIETNAM_TIME
from bot.switches.board import AnnouncedOutage, Order
from bot.texts import say


def spoken_moment(moment: datetime) -> str:
    """A moment as people read it here: ``14:30 05/08/2026``, in Vietnam's time."""
    return moment.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")


def off_text(order: Order, language: str = "vi") -> str:
    """The order's own words, or the usual ones with its end where it has one."""
    own = order.text_en if language == "en" else order.text_vi
    if own and own.strip():
        return own.strip()
    said = say(f"switch_{order.target.scope}_off", language)
    return f"{said} {say('switch_until', language, until=spoken_moment(order.until_at))}" if order.until_at else said


def outage_text(outage: AnnouncedOutage, language: str = "vi") -> str:
    """The announcement's own words, or the usual ones with start and end."""
    own = outage.text_en if language == "en" else outage.text_vi
    if own and own.strip():
        return own.strip()
    start, end = spoken_moment(outage.starts_at), spoken_moment(outage.ends_at)
    return say(f"outage_{outage.scope}", language, start=start, end=end)
