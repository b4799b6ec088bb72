"""Numbers as officials here write them: ``1.234``, ``97,5 %``."""

from decimal import Decimal
from fractions import Fraction
from typing import Any

from bot.reporting.indicators import decimal

NOTHING = "–"


def whole(number: int) -> str:
    """``1.234.567``."""
    return f"{number:,}".replace(",", ".")


def with_comma(text: str) -> str:
    """``1234.50`` from a file as ``1.234,5``: no zeros at the end."""
    sign, number = ("-", text[1:]) if text.startswith("-") else ("", text)
    before, _, after = number.partition(".")
    after = after.rstrip("0")
    return sign + whole(int(before)) + (f",{after}" if after else "")


def percent(text: str | None) -> str:
    """``97,5 %``; a dash where there is none."""
    return NOTHING if text is None else f"{with_comma(text)}\u00a0%"


def share(part: int, of: int) -> str:
    """A share as a percentage; a dash where there is nothing to share."""
    return percent(decimal(Fraction(part * 100, of), 2)) if of else NOTHING


def span(seconds: Any) -> str:
    """Seconds as ``45 giây`` or ``2 phút 5 giây``; a dash for None."""
    if seconds is None:
        return NOTHING
    minutes, rest = divmod(int(seconds), 60)
    if not minutes:
        return f"{rest} giây"
    hours, minutes = divmod(minutes, 60)
    parts = [(hours, "giờ"), (minutes, "phút"), (0 if hours else rest, "giây")]
    return " ".join(f"{whole(number)} {unit}" for number, unit in parts if number)


def width(text: str | None) -> float:
    """A percentage of a file as a number from 0 to 100, for drawing."""
    return 0.0 if text is None else max(0.0, min(100.0, float(Decimal(text))))
