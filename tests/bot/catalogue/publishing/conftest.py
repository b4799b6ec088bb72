"""Ledgers of both kinds, and a source of the reviewed catalogue over small files."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.catalogue.publishing.content import ReviewedSource
from tests.bot.catalogue.small_files import small_files, write_files
from tests.databases import database, database_url

__all__ = ["database", "database_url"]

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)


@pytest.fixture
def make_source(tmp_path: Path) -> Callable[..., ReviewedSource]:
    """A source as another process, machine (``at``) or release of the product (``shipped``) has it."""

    def make(at: str = "here", shipped: Mapping[str, bytes] | None = None) -> ReviewedSource:
        files = small_files() if shipped is None else shipped
        folder = tmp_path / at / f"shipped-{len(list((tmp_path / at).glob('*')))}"
        return ReviewedSource(write_files(folder, files), tmp_path / at / "published")

    return make
