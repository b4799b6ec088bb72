"""Tables of words, kept as data; `bot.language.table_check` holds them together."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml


@cache
def load_table(name: str) -> dict[str, Any]:
    """The table ``name.yml`` of this folder. Raises ``FileNotFoundError`` for an unknown name."""
    table = yaml.safe_load((Path(__file__).parent / f"{name}.yml").read_text(encoding="utf-8"))
    if not isinstance(table, dict):
        raise TypeError(f"table {name} is not a mapping")
    return table


def table_names() -> list[str]:
    """The names of all tables, in order."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.yml"))


def word_set(words: str) -> frozenset[str]:
    """The words of a line as a set."""
    return frozenset(words.split())
