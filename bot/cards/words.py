"""Words as the list of cards is searched. Pure."""

import re

from bot.language.normalise import fold

_SIGNS = re.compile(r"[^0-9a-z.]+|\.(?![0-9])")


def plain_words(text: str) -> list[str]:
    """The words without marks and signs; the points of a code stay."""
    return _SIGNS.sub(" ", fold(text)).split()
