"""Fuzzing of what faces the outside. ``python -m tests.fuzz`` (``make fuzz``) runs long; ``test_parsers.py`` a little."""

from functools import cache

from tests.fuzz.parsers import Parser


@cache
def all_parsers() -> tuple[Parser, ...]:
    """Every parser, by the pages of this folder."""
    from tests.fuzz import files, people, platforms

    return (*platforms.parsers(), *files.parsers(), *people.parsers())
