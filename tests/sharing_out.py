"""How the tests are shared out between the workers of pytest-xdist (``make test``): what stays together, and what begins first.

A file stays on one worker, so that what it starts is started once. Folders that share a started Rasa, product or browser stay
together whole. The longest shares are given out first, so that no worker is left alone with one at the end.
"""

from collections.abc import Sequence
from pathlib import PurePosixPath

import pytest
from xdist.scheduler import LoadScopeScheduling

TOGETHER = ("tests/end_to_end", "tests/engine", "tests/browser")
"""Folders of which each is one share."""

LONGEST_FIRST = (
    "tests/end_to_end",
    "tests/engine",
    "tests/connectors/chaos",
    "tests/browser",
    "tests/connectors/honesty",
    "tests/connectors/gateway",
    "tests/simulators",
    "tests/connectors",
    "tests/console",
    "tests/actions",
    "tests/motcua",
    "tests/deploy",
    "tests/security",
    "tests/fuzz",
    "tests/bot/dialogue",
    "tests/bot/review",
    "tests/data",
    "tests/bot/catalogue",
)
"""Folders whose tests begin first, in this order. What is named nowhere comes last, in its own order."""


def share_of(nodeid: str) -> str:
    """The share that a test belongs to: a folder of ``TOGETHER``, else its file."""
    file = nodeid.partition("::")[0]
    return next((folder for folder in TOGETHER if PurePosixPath(file).is_relative_to(folder)), file)


def place_in_line(nodeid: str) -> int:
    """The smaller, the earlier the test is given out."""
    file = PurePosixPath(nodeid.partition("::")[0])
    return next((place for place, folder in enumerate(LONGEST_FIRST) if file.is_relative_to(folder)), len(LONGEST_FIRST))


class SharedOut(LoadScopeScheduling):
    """Gives out whole shares in the order of the collected tests."""

    def __init__(self, config: pytest.Config, log: object = None) -> None:
        config.option.loadscopereorder = False
        super().__init__(config, log)  # type: ignore[arg-type]

    def _split_scope(self, nodeid: str) -> str:
        return share_of(nodeid)


def in_line(items: Sequence[pytest.Item]) -> list[pytest.Item]:
    """The tests in the order in which they are given out."""
    return sorted(items, key=lambda item: place_in_line(item.nodeid))
