"""Every text of the console's pages, by key, in ``*.vi.yml`` files beside this one (and in English for whoever works on them)."""

from functools import cache
from pathlib import Path

from bot.texts import load_texts

FOLDER = Path(__file__).parent


@cache
def _texts(language: str) -> dict[str, str]:
    return load_texts(FOLDER, language)


def label(key: str, language: str = "vi", **values: object) -> str:
    """The text with its ``{names}`` filled in. Raises ``KeyError`` for an unknown key, language or missing value."""
    return _texts(language)[key].format(**values)


def has_label(key: str, language: str = "vi") -> bool:
    """Whether there is such a text."""
    return key in _texts(language)
