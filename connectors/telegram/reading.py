"""Values of an update, checked: the library takes whatever type the JSON holds."""

from typing import Any

from bot.conversations.citizen_text import carriable

_MOST = 2**63

UNREADABLE = (TypeError, ValueError, KeyError, AttributeError, IndexError, OverflowError, OSError, RecursionError)
"""What python-telegram-bot and plain reading raise on JSON in a shape that the Bot API does not describe."""


def is_id(value: object) -> bool:
    """Whether the value is a whole number that the platform could have given (64 bits)."""
    return isinstance(value, int) and not isinstance(value, bool) and -_MOST <= value < _MOST


def identifier(value: Any) -> str:
    """An id as the ledger keeps it. Raises ``ValueError`` where it is none."""
    if not is_id(value):
        raise ValueError("not an id")
    return str(value)


def text_or_none(value: Any, most: int = 20_000) -> str | None:
    """The text as databases can carry it, or None where it is none. Raises ``ValueError`` for another type."""
    if value is None:
        return None
    if not isinstance(value, str):
        raise ValueError("not a text")
    return carriable(value[:most]) or None


def size_or_none(value: Any) -> int | None:
    """A number of bytes, or None where the platform tells none that could be true."""
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 <= value < _MOST else None
