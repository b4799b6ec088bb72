"""When two wordings are the same to a citizen."""

import re
from functools import lru_cache

from bot.language.normalise import fold


@lru_cache(maxsize=1 << 16)
def wording_key(text: str) -> str:
    """A wording as compared between procedures: lower case, without marks and signs, with single blanks."""
    return re.sub(r"[\W_]+", " ", fold(text)).strip()
