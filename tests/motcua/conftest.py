"""Commands run in the tests' own process here."""

import os
import sys
from collections.abc import Iterator

import pytest
from rich.console import Console

WIDE = 250
"""Columns: tables of the commands are read in tests, not folded."""


@pytest.fixture(autouse=True)
def environment_as_before() -> Iterator[None]:
    """A command completes the environment with local secrets; the next test must not find them."""
    before = dict(os.environ)
    yield
    os.environ.clear()
    os.environ.update(before)


@pytest.fixture(autouse=True)
def wide_terminal() -> None:
    """A console keeps the width under which its module was imported, which is the worker's and not the test's."""
    for name, module in list(sys.modules.items()):
        console = getattr(module, "console", None) if name.startswith("motcua.") else None
        if isinstance(console, Console):
            console.width = WIDE
