"""The ledger's short names in words: ``label_of("reason", "asked")``."""

from bot.texts import say


def label_of(kind: str, value: str | None) -> str:
    """The words for a value of this kind; the value itself where this release has no words for it, empty for None."""
    if value is None:
        return ""
    try:
        return say(f"review_{kind}_{value}")
    except KeyError:
        return value
