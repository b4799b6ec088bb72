"""A day with or without its time."""

from dataclasses import dataclass
from datetime import date, datetime


@dataclass(frozen=True)
class Moment:
    """A day, with its time where the source recorded one (Vietnam time). No time is ever made up."""

    day: date
    at: datetime | None = None
