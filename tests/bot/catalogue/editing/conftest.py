"""A small catalogue in a Git workspace, a ledger, people, and imports that say something else."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.accounts.audit import Actor
from bot.authoring.proposals import Person
from bot.authoring.shipped import Shipped
from bot.authoring.workspace import Workspace
from bot.catalogue.editing.desk import CatalogueDesk
from bot.catalogue.importing.agencies import load_agency_names
from bot.catalogue.importing.run import import_source
from bot.catalogue.publishing.content import ReviewedSource
from bot.storage.database import Database
from tests.bot.catalogue.small_files import small_files, write_files
from tests.databases import database, database_url
from tests.shipped import CATALOGUE_FOLDER, shipped_catalogue

__all__ = ["database", "database_url"]

NOW = datetime(2026, 11, 26, 3, tzinfo=UTC)
LAN = Person("lan", "Nguyễn Thị Lan", Actor(None, "lan"))
HOA = Person("hoa", "Trần Văn Hoà", Actor(None, "hoa"))
RECORDS = Path(__file__).parents[1] / "importing" / "fixtures" / "records.jsonl"


@pytest.fixture
def source(tmp_path: Path) -> ReviewedSource:
    """The small catalogue as it ships."""
    return ReviewedSource(write_files(tmp_path / "data" / "catalogue", small_files()), tmp_path / "training" / "published")


@pytest.fixture
def desk(database: Database, source: ReviewedSource, tmp_path: Path) -> CatalogueDesk:
    """The desk over it."""
    workspace = Workspace(tmp_path / "training" / "workspace", Shipped(tmp_path, tmp_path / "data"))
    return CatalogueDesk(database.sessions, workspace, source, lambda: NOW, open_workspace=workspace.head)


@pytest.fixture
def bring(database: Database, tmp_path: Path) -> Callable[..., None]:
    """Imports the small records with words replaced."""
    names = load_agency_names(CATALOGUE_FOLDER, shipped_catalogue().agencies)

    def run(*changes: tuple[str, str]) -> None:
        text = RECORDS.read_text(encoding="utf-8")
        for old, new in changes:
            assert old in text
            text = text.replace(old, new)
        path = tmp_path / "records.jsonl"
        path.write_text(text, encoding="utf-8")
        import_source(path, database.sessions, names, NOW)

    return run
