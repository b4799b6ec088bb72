"""Every text that the assistant says, by key. The texts stand in ``*.<language>.yml`` files beside this one."""

from functools import cache
from pathlib import Path

import yaml

_FOLDER = Path(__file__).parent


def load_texts(folder: Path, language: str) -> dict[str, str]:
    """All texts of one language. Raises ``ValueError`` where a key stands in two files or a value is no text."""
    found: dict[str, str] = {}
    for path in sorted(folder.glob(f"*.{language}.yml")):
        content = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        for key, value in content.items():
            if not isinstance(value, str):
                raise ValueError(f"{path.name}: {key!r} is not a text; put it in quotes")
            if key in found:
                raise ValueError(f"{path.name}: {key!r} stands in another file too")
            found[key] = value.strip()
    return found


@cache
def _texts(language: str) -> dict[str, str]:
    return load_texts(_FOLDER, language)


def wording(key: str, language: str = "vi") -> str | None:
    """The text with its ``{names}`` as they stand; None where there is none of this key (any more)."""
    return _texts(language).get(key)


def say(key: str, language: str = "vi", **values: object) -> str:
    """The text with its ``{names}`` filled in. Raises ``KeyError`` for an unknown key, language or missing value."""
    text = _texts(language)[key]
    # Filled by hand and not only when there are values: a forgotten value must not reach a citizen as braces.
    return text.format(**values)
