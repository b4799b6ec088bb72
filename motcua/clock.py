"""The wall clock in Vietnam: the only place where the command line reads the date."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

VIETNAM = ZoneInfo("Asia/Ho_Chi_Minh")


def today() -> date:
    """The date in Vietnam."""
    return datetime.now(VIETNAM).date()
