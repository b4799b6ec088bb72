"""The table of words by which citizens speak of the filling (``words.yml``)."""

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def word_table() -> Mapping[str, Any]:
    """The table, read once."""
    loaded: dict[str, Any] = yaml.safe_load((Path(__file__).parent / "words.yml").read_text(encoding="utf-8"))
    return loaded


def alternatives(name: str) -> str:
    """One entry as a pattern of alternatives: a text as it stands, a list joined."""
    value = word_table()[name]
    return "|".join(f"(?:{row})" for row in value) if isinstance(value, list) else str(value)
