"""A share of something, with the interval in which the true share lies with 95 % confidence.

Wilson's score interval (E. B. Wilson, 1927): it never leaves 0 to 1 and holds for small numbers too.
"""

import math
from dataclasses import dataclass

Z_95 = 1.959963984540054
"""The 97.5 % point of the normal distribution."""


LEAST_SHOWN = 5
"""Counts from 1 up to below this are not shown as numbers: they would tell of single persons."""


@dataclass(frozen=True)
class Share:
    """``part`` of ``whole``, both counts. Raises ``ValueError`` where the part is larger, or one is negative."""

    part: int
    whole: int

    def __post_init__(self) -> None:
        if not 0 <= self.part <= self.whole:
            raise ValueError(f"{self.part} of {self.whole} is no share")

    @property
    def value(self) -> float | None:
        """From 0 to 1; None where there is nothing to have a share of."""
        return self.part / self.whole if self.whole else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The lower and upper end of the 95 % interval; None where there is nothing to have a share of."""
        return wilson(self.part, self.whole) if self.whole else None


def wilson(part: float, whole: float, z: float = Z_95) -> tuple[float, float]:
    """Wilson's interval of ``part`` of ``whole`` (> 0)."""
    share = part / whole
    centre = share + z * z / (2 * whole)
    spread = z * math.sqrt(share * (1 - share) / whole + z * z / (4 * whole * whole))
    width = 1 + z * z / whole
    return max(0.0, (centre - spread) / width), min(1.0, (centre + spread) / width)
