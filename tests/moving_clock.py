"""A clock that tests move."""

from datetime import UTC, datetime, timedelta


class MovingClock:
    """Stands still until it is moved."""

    def __init__(self, start: datetime | None = None) -> None:
        self.now = start or datetime(2026, 11, 23, 8, 0, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.now

    def move(self, **by: float) -> None:
        """Moves by ``timedelta(**by)``."""
        self.now += timedelta(**by)
