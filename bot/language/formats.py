"""Numbers and dates as Vietnamese administrative writing shows them."""

from datetime import date


def spoken_money(vnd: int) -> str:
    """An amount in đồng: ``20000`` is ``20.000 đồng``."""
    return f"{vnd:,}".replace(",", ".") + " đồng"


def spoken_date(day: date) -> str:
    """A day as ``dd/mm/yyyy``."""
    return f"{day.day:02d}/{day.month:02d}/{day.year:04d}"


def spoken_month(month: str) -> str:
    """``2026-07`` is ``tháng 7/2026``; a full day ``2026-07-15`` is spoken as the day. Raises ``ValueError`` otherwise."""
    parts = month.split("-")
    if len(parts) == 3:
        return spoken_date(date.fromisoformat(month))
    if len(parts) != 2:
        raise ValueError(f"not a month: {month!r}")
    first = date(int(parts[0]), int(parts[1]), 1)
    return f"tháng {first.month}/{first.year}"
