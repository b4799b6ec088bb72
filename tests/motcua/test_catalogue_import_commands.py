"""The commands from the outside: import, dry run, versions, undo, report, and the merged catalogue in ``show``."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from rich.console import Console
from typer.testing import CliRunner, Result

from bot.settings import Settings
from motcua import catalogue_import_commands
from motcua.cli import app
from motcua.doctor import check_imported_catalogue
from motcua.stack import load_settings
from tests.shipped import read_once

FIXTURES = Path(__file__).parents[1] / "bot" / "catalogue" / "importing" / "fixtures"
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/var/ledger.sqlite3")
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("EMBEDDING_MODEL", "")
    monkeypatch.setenv("COLUMNS", "200")
    # Not by COLUMNS alone: a console that was made under another width keeps it.
    monkeypatch.setattr(catalogue_import_commands, "console", Console(width=200))
    monkeypatch.setattr(catalogue_import_commands, "load_catalogue", read_once)
    return lambda *arguments: CliRunner().invoke(app, ["catalogue", *map(str, arguments)])


def test_an_import_into_a_fresh_database_makes_it_first(run: Run, tmp_path: Path) -> None:
    result = run("import", FIXTURES / "records.jsonl")
    assert result.exit_code == 0, result.output
    assert "4 thủ tục nhận được" in result.output
    assert "Đã nhập phiên bản 1" in result.output
    assert (tmp_path / "var" / "ledger.sqlite3").is_file()


def test_the_same_again_says_that_nothing_changed(run: Run) -> None:
    run("import", FIXTURES / "records.jsonl")
    assert "không tạo phiên bản mới" in run("import", FIXTURES / "records.jsonl").output


def test_a_dry_run_makes_no_database(run: Run, tmp_path: Path) -> None:
    result = run("import", FIXTURES / "records.jsonl", "--dry-run")
    assert result.exit_code == 0, result.output
    assert "không ghi gì" in result.output
    assert not (tmp_path / "var" / "ledger.sqlite3").exists()


@pytest.mark.parametrize("ending", ["json", "html"])
def test_the_report_is_written_and_can_be_had_again(run: Run, tmp_path: Path, ending: str) -> None:
    first, again = tmp_path / f"a.{ending}", tmp_path / f"b.{ending}"
    assert run("import", FIXTURES / "records.jsonl", "--report", first).exit_code == 0
    assert run("import-report", "1", "--report", again).exit_code == 0
    assert first.read_text(encoding="utf-8") == again.read_text(encoding="utf-8")
    if ending == "json":
        assert json.loads(first.read_text(encoding="utf-8"))["schema"] == "motcua.import-report/1"


def test_a_report_of_another_kind_is_refused_before_anything_is_written(run: Run, tmp_path: Path) -> None:
    assert run("import", FIXTURES / "records.jsonl", "--report", tmp_path / "a.pdf").exit_code == 1
    assert not (tmp_path / "var" / "ledger.sqlite3").exists()


def test_refused_rows_are_named(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text((FIXTURES / "records.jsonl").read_text(encoding="utf-8") + '{"code": "x"}\n', encoding="utf-8")
    result = run("import", path)
    assert result.exit_code == 0
    assert "dòng 5" in result.output


def test_a_file_that_cannot_be_taken_says_why_and_changes_nothing(run: Run, tmp_path: Path) -> None:
    path = tmp_path / "[bold]la.bin"
    path.write_bytes(b"khong phai danh muc")
    result = run("import", path)
    assert result.exit_code == 1
    assert "không nhận ra định dạng" in result.output
    assert run("import", tmp_path / "khong-co").exit_code == 1


def test_versions_and_undo(run: Run) -> None:
    run("import", FIXTURES / "records.jsonl")
    run("import", FIXTURES / "list.tsv")
    listed = run("versions").output
    assert "list.tsv" in listed
    assert "records.jsonl" in listed
    assert "Đã quay lại phiên bản 1" in run("undo").output
    assert "chỉ còn dùng các thủ tục đã rà soát" in run("undo").output
    assert run("undo").exit_code == 1


def test_commands_without_a_database_say_what_to_do(run: Run) -> None:
    for command in ("versions", "undo", "import-report"):
        result = run(command)
        assert result.exit_code == 1
        assert "motcua migrate" in result.output


def test_show_speaks_of_imported_procedures_and_search_finds_them(run: Run) -> None:
    assert run("show", "1.900001").exit_code == 1
    run("import", FIXTURES / "records.jsonl")
    shown = run("show", "1.900001").output
    assert "Đăng ký nuôi mèo" in shown
    assert "20.000 đồng" in shown
    assert "chưa được rà soát" in shown
    assert "1.900001" in run("search", "đăng ký nuôi mèo").output


def test_the_doctor_names_the_live_version(run: Run) -> None:
    settings: Settings = load_settings()
    assert check_imported_catalogue(settings) == []
    run("import", FIXTURES / "records.jsonl")
    finding = check_imported_catalogue(settings)[0]
    assert "phiên bản 1: 4 thủ tục" in finding.seen
    assert "records.jsonl" in finding.seen
