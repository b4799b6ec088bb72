"""What is counted of menus and guides."""

from typing import Literal, get_args

PressKind = Literal["menu", "event", "guide"]
"""The menu of situations of life, one situation, one guide."""

PRESS_KINDS: tuple[PressKind, ...] = get_args(PressKind)
