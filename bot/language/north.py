"""A view of the text for the last resort of a search: speech-to-text and some speakers of the north swap l and n."""

import re

from bot.language.normalise import fold

_SWAPPED = re.compile(r"(?<![^\W_])n(?!g|h)")


def north_fold(text: str) -> str:
    """``fold``, with n at the beginning of a syllable written as l: ``lộp hồ sơ`` and ``nộp hồ sơ`` become one. ``ng`` and
    ``nh`` stay. For matching both sides of a comparison, never for showing."""
    return _SWAPPED.sub("l", fold(text))
