"""The time in Vietnam. Callers take a clock as a parameter; these are its defaults."""

from datetime import date, datetime, timedelta, timezone

VIETNAM_TIME = timezone(timedelta(hours=7), "Asia/Ho_Chi_Minh")
"""Vietnam has one time zone and no summer time: no zone database is needed."""


def vietnam_now() -> datetime:
    """The present moment in Vietnam."""
    return datetime.now(VIETNAM_TIME)


def vietnam_today() -> date:
    """The date in Vietnam."""
    return vietnam_now().date()
