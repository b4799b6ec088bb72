"""``motcua usage`` as an operator uses it."""

from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import update
from typer.testing import CliRunner

from bot.settings import Settings
from bot.storage.database import Database, open_database, writing
from bot.storage.evidence_models import UsageCount
from motcua import stack
from motcua.cli import app
from tests.bot.usage.made_up import at, dossier, put, sums
from tests.databases import one_ledger


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = one_ledger(tmp_path / "ledger.sqlite3")
    settings = Settings(
        database_url=url,
        var_dir=tmp_path,
        engine_secret="x",
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret="x" * 40,
    )
    monkeypatch.setattr(stack, "load_settings", lambda: settings)
    monkeypatch.setenv("COLUMNS", "250")
    opened = open_database(url)
    put(opened, *(dossier(at(11, day)) for day in range(1, 10)), dossier(at(10, 3), agency=None))
    return opened


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["usage", *words])
    return result.exit_code, result.output


def test_a_month_is_counted_and_holds(database: Database) -> None:
    code, said = run("reconcile", "--month", "2026-11")
    assert (code, "chưa được đếm" in said) == (1, True)
    assert run("count", "--month", "2026-11") == (0, "11/2026: 1 ô số liệu\n")
    assert sums(database) == {"dossiers": 9}
    code, said = run("reconcile", "--month", "2026-11")
    assert (code, "Khớp đến từng đơn vị" in said) == (0, True)


def test_a_difference_is_named_and_the_exit_status_tells(database: Database) -> None:
    run("count", "--month", "2026-11")
    with writing(database.sessions) as session:
        session.execute(update(UsageCount).values(n=8))
    code, said = run("reconcile", "--month", "2026-11")
    assert code == 1
    line = next(line for line in said.splitlines() if line.strip().startswith("dossiers"))
    assert line.split() == ["dossiers", "1.001193", "tthcc-xa", "phuong-kinh-bac", "online", "–", "8", "9"]


@pytest.mark.parametrize("month", ["2026-13", "9999-99", "11/2026", "x" * 5000, "-1"])
@pytest.mark.usefixtures("database")
def test_a_month_that_is_none_is_refused(month: str) -> None:
    for command in ("count", "reconcile"):
        code, said = run(command, f"--month={month}")
        assert (code, "Tháng không đúng" in said) == (1, True)
