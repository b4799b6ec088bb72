"""The small installation of the vendor's tests, with a key and a folder for its backups."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from bot.settings import Settings
from tests.motcua.vendor.conftest import database, database_url, filled, places, settings

__all__ = ["database", "database_url", "filled", "places", "settings"]


@pytest.fixture
def kept(settings: Settings, tmp_path: Path) -> Settings:
    """The installation's settings, with a place for backups."""
    more = {"backup_key": SecretStr("hàng tre bên con đường làng"), "backup_dir": tmp_path / "backups"}
    return settings.model_copy(update=more)
