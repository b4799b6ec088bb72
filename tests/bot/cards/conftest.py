"""Ledgers of both kinds, and who writes the cards of a small reviewed catalogue and of a small import."""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.cards.keeping import CardKeeper
from bot.catalogue.importing.agencies import AgencyNames, load_agency_names
from bot.catalogue.importing.run import import_source
from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.settings import PROJECT_ROOT
from bot.storage.database import Database
from tests.bot.catalogue.small_files import small_files, write_files
from tests.databases import database, database_url
from tests.shipped import shipped_catalogue

__all__ = ["database", "database_url"]

NOW = datetime(2026, 11, 27, 3, tzinfo=UTC)
RECORDS = PROJECT_ROOT / "tests" / "bot" / "catalogue" / "importing" / "fixtures" / "records.jsonl"


@pytest.fixture
def keeper(database: Database, tmp_path: Path) -> Callable[..., CardKeeper]:
    """A keeper as a worker of a release of the product has it, with these reviewed files; without any, the small ones."""
    made: list[None] = []

    def make(files: Mapping[str, bytes] | None = None) -> CardKeeper:
        made.append(None)
        folder = write_files(tmp_path / f"release-{len(made)}", files if files is not None else small_files())
        return CardKeeper(ReviewedNow(ReviewedSource(folder, tmp_path / "published"), database.sessions), database.sessions)

    return make


@pytest.fixture
def take_in(database: Database, tmp_path: Path) -> Callable[..., None]:
    """Imports the small records, with words in them replaced."""
    folder = PROJECT_ROOT / "data" / "catalogue"
    names: AgencyNames = load_agency_names(folder, shipped_catalogue().agencies)

    def take(*replaced: tuple[str, str], without: str | None = None) -> None:
        lines = RECORDS.read_text(encoding="utf-8").splitlines(keepends=True)
        text = "".join(line for line in lines if without is None or without not in line)
        for old, new in replaced:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "records.jsonl"
        path.write_text(text, encoding="utf-8")
        import_source(path, database.sessions, names, NOW, replace_all=True)

    return take
