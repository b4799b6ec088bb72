"""A citizen's text as the ledger can hold it."""

import re
import unicodedata

MAX_TEXT = 2_000
_KEPT_CONTROLS = frozenset("\n\t")
_SURROGATE = re.compile("[\ud800-\udfff]")


class EmptyTextError(ValueError):
    """The message has nothing that could be read."""


class TextTooLongError(ValueError):
    """The message is longer than ``MAX_TEXT`` characters."""


def carriable(text: str) -> str:
    """The text as databases and event streams can carry it: without control characters, lone surrogates shown as ``�``."""
    if text.replace("\n", "").isprintable():
        return text  # neither kind is printable, and nearly all texts are
    whole = _SURROGATE.sub("\ufffd", text)
    return "".join(char for char in whole if char in _KEPT_CONTROLS or unicodedata.category(char) != "Cc")


def storable(text: str) -> str:
    """A citizen's text in composed form (NFC), as databases can carry it. Total."""
    return unicodedata.normalize("NFC", carriable(text.replace("\r\n", "\n").replace("\r", "\n")))


def shows_something(text: str) -> bool:
    """Whether a person would see anything of the text."""
    return any(unicodedata.category(char) not in ("Cf", "Zs", "Zl", "Zp", "Cc") for char in text)


def accepted_text(text: str) -> str:
    """The text to store. Raises ``EmptyTextError`` and ``TextTooLongError`` (counted in composed characters)."""
    cleaned = storable(text).strip()
    if not shows_something(cleaned):
        raise EmptyTextError
    if len(cleaned) > MAX_TEXT:
        raise TextTooLongError
    return cleaned
