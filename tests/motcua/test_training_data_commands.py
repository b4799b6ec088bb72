"""``motcua training-data`` from the outside."""

import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.storage.migrate import upgrade
from motcua.cli import app

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs commands over an empty ledger; Rasa's own check says at once that it cannot be started."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/ledger.sqlite3")
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("ENGINE_PYTHON", str(tmp_path / "none"))
    upgrade(f"sqlite:///{tmp_path}/ledger.sqlite3")
    return lambda *arguments: CliRunner().invoke(app, ["training-data", *arguments])


def test_the_project_is_exported_and_a_table_becomes_a_proposal(run: Run, tmp_path: Path) -> None:
    exported = run("export", str(tmp_path / "out.zip"))
    assert exported.exit_code == 0, exported.output
    assert "config.stock.yml" in zipfile.ZipFile(tmp_path / "out.zip").namelist()
    table = tmp_path / "mau.csv"
    table.write_text("intent,text\ndeny,ứ chịu đâu nhé hôm nay\ndeny,không\nla,x\n", encoding="utf-8")
    imported = run("import", str(table))
    assert "thêm 1/3 câu" in imported.output
    assert "dòng 4: không có ý định “la”" in imported.output
    shown = run("status").output
    assert "Đề xuất 1 · đang soạn · Người vận hành · Nhập tệp mau.csv" in shown


def test_what_cannot_be_read_is_said(run: Run, tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(b"PK\x03\x04")
    refused = run("import", str(tmp_path / "a.zip"))
    assert refused.exit_code == 1
    assert "Không mở được tệp nén" in refused.output
    assert run("import", str(tmp_path / "none.csv")).exit_code == 1
    assert run("export", str(tmp_path / "b.zip"), "--commit", "0" * 40).exit_code == 1
