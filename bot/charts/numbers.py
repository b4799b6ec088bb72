"""Numbers as people here write them."""

import math


def number(value: float) -> str:
    """``12.345``; with one decimal where it is no whole number: ``12,5``."""
    text = f"{value:,.0f}" if float(value).is_integer() else f"{value:,.1f}"
    return text.replace(",", " ").replace(".", ",").replace(" ", ".")


def percent(share: float) -> str:
    """A share of 1 in percent: ``4,2%``."""
    return f"{100 * share:.1f}".replace(".", ",").removesuffix(",0") + "%"


def scale_top(highest: float) -> float:
    """The end of an axis that begins at 0: a round number not below ``highest``."""
    if not (math.isfinite(highest) and highest > 0):
        return 1.0
    step = float(10 ** math.floor(math.log10(highest)))
    return next(step * times for times in (1, 1.5, 2, 2.5, 3, 4, 5, 6, 8, 10) if step * times >= highest * (1 - 1e-9))
