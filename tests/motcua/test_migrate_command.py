"""``motcua migrate`` forward and back, as an operator uses it for an upgrade and for the way back."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from bot.settings import Settings
from bot.storage.database import open_database
from bot.storage.migrate import is_at_head
from motcua import stack
from motcua.cli import app
from tests.databases import migrated_sqlite


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["migrate", *words])
    return result.exit_code, result.output


def test_the_ledger_goes_back_to_an_older_release_and_forward_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = migrated_sqlite(tmp_path / "ledger.sqlite3")
    key = Fernet.generate_key().decode()
    settings = Settings(database_url=url, var_dir=tmp_path, engine_secret="x", ledger_key=key, web_session_secret="x" * 40)
    monkeypatch.setattr(stack, "load_settings", lambda: settings)
    monkeypatch.setenv("COLUMNS", "250")
    database = open_database(url)
    assert run("--to", "0028") == (0, "Sổ cái đã về phiên bản 0028.\n")
    assert not is_at_head(database.engine)
    code, said = run("--to", "9999")
    assert (code, "Không đưa được sổ cái về «9999»" in said) == (1, True)
    assert run()[0] == 0
    assert is_at_head(database.engine)
    database.engine.dispose()
