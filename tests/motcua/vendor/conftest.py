"""A small installation whose ledger holds something in every table of a citizen, and a place to restore it to."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from bot.catalogue.embedding.encoder import EncoderLoad
from bot.settings import Settings
from bot.storage.database import Database
from motcua.vendor import ledger, questions
from tests.databases import bare_postgres, database, database_url, postgres_server, shape_at_once
from tests.motcua.vendor.packs import KEY, Places, fill_ledger

__all__ = ["database", "database_url"]


@pytest.fixture(autouse=True)
def no_encoder(monkeypatch: pytest.MonkeyPatch) -> None:
    """The search by words alone: the encoder takes seconds to load and is not what is tested."""
    monkeypatch.setattr(questions, "load_encoder", lambda _settings: EncoderLoad(None, None))


@pytest.fixture
def shaped_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A restored SQLite ledger gets its tables at once: for a test of something else. That a restoration really goes through the
    migrations is shown by the tests without this fixture."""
    migrated = ledger._shape
    monkeypatch.setattr(ledger, "_shape", lambda link, revision: shape_at_once(link, revision) or migrated(link, revision))


@pytest.fixture
def settings(tmp_path: Path, database_url: str) -> Settings:
    """An installation with little data and a tiny model."""
    data, models = tmp_path / "data", tmp_path / "models"
    (data / "catalogue").mkdir(parents=True)
    (data / "catalogue" / "một.yml").write_text("tên: khai sinh\n", encoding="utf-8")
    models.mkdir()
    (models / "motcua-1.tar.gz").write_bytes(b"a model")
    (models / "motcua-1.json").write_text('{"trained": "from this"}', encoding="utf-8")
    return Settings(
        database_url=database_url,
        data_dir=data,
        models_dir=models,
        var_dir=tmp_path / "var",
        embedding_model="none",
        hotline="1900 1234",
        engine_secret="engine-secret",
        ledger_key=KEY,
        web_session_secret="web-secret",
        zalo_app_secret="zalo-secret",
    )


@pytest.fixture
def filled(database: Database) -> Database:
    """A ledger that holds something."""
    fill_ledger(database)
    return database


@pytest.fixture
def places(tmp_path: Path) -> Iterator[Places]:
    with ExitStack() as lent:
        count = iter(range(100))

        def sqlite() -> str:
            return f"sqlite:///{tmp_path}/target-{next(count)}.sqlite3"

        def of(kind: str) -> str:
            return sqlite() if kind == "sqlite" else lent.enter_context(bare_postgres.lent())

        yield Places(sqlite, ("sqlite", "postgresql") if postgres_server() else ("sqlite",), of)
