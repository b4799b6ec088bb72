"""``motcua reports`` as an operator uses it."""

import json
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from typer.testing import CliRunner

from bot.settings import Settings
from bot.storage.database import Database, open_database, writing
from bot.storage.report_models import Report
from motcua import stack
from motcua.cli import app
from tests.bot.reporting.dossiers import dossier, register, vn
from tests.databases import one_ledger


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Database:
    url = one_ledger(tmp_path / "ledger.sqlite3")
    key = Fernet.generate_key().decode()
    settings = Settings(
        database_url=url, var_dir=tmp_path, engine_secret="x", ledger_key=key, web_session_secret="x" * 40, report_mail_to="a@b.c"
    )
    monkeypatch.setattr(stack, "load_settings", lambda: settings)
    monkeypatch.setenv("COLUMNS", "250")
    return open_database(url)


def run(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(app, list(words))
    return result.exit_code, result.output


def test_a_report_is_made_saved_listed_and_borne_out_by_the_rows(database: Database, tmp_path: Path) -> None:
    register(database, dossier("a", received_at=vn("2026-10-26 08:00")))
    assert "Chưa có báo cáo nào" in run("reports", "list")[1]
    out = tmp_path / "bao cao"
    code, told = run("reports", "make", "--daily", "2026-10-26", "--out", str(out))
    assert code == 0
    assert "Đã lập báo cáo daily-2026-10-26-r1." in told
    saved = out / "2026-10" / "daily-2026-10-26-r1.json"
    assert json.loads(saved.read_bytes())["figures"]["total"]["received"] == 1
    assert "giữ báo cáo daily-2026-10-26-r1" in run("reports", "make", "--daily", "2026-10-26")[1]
    assert run("reports", "make", "--monthly", "2026-10")[0] == 0
    listed = run("reports", "list")[1]
    assert "monthly-2026-10-r1" in listed
    assert "thư điện tử: chờ gửi" in listed
    code, told = run("reports", "verify", "monthly-2026-10-r1")
    assert code == 0
    assert "mọi số liệu đều khớp" in told


def test_rows_that_came_late_and_figures_that_were_changed_are_found(database: Database) -> None:
    register(database, dossier("a", received_at=vn("2026-10-26 08:00")))
    run("reports", "make", "--daily", "2026-10-26")
    register(database, dossier("late", received_at=vn("2026-10-26 09:00")))
    code, told = run("reports", "verify", "daily-2026-10-26-r1")
    assert code == 1
    assert "H05.31" in told
    assert "số liệu không khớp hồ sơ hiện nay" in told
    assert "Khác bản trước" in run("reports", "make", "--daily", "2026-10-26")[1]
    assert run("reports", "verify", "daily-2026-10-26-r2")[0] == 0
    with writing(database.sessions) as session:
        report = session.get_one(Report, "daily-2026-10-26-r2")
        report.figures = report.figures | {"total": report.figures["total"] | {"late": 9}}
    assert "không còn khớp SHA-256" in run("reports", "verify", "daily-2026-10-26-r2")[1]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("make",), "đúng một trong hai"),
        (("make", "--daily", "2026-10-26", "--monthly", "2026-10"), "đúng một trong hai"),
        (("make", "--daily", "26/10/2026"), "Ngày viết như 2026-11-26"),
        (("make", "--monthly", "2026-13"), "tháng viết như"),
        (("make", "--daily", "2999-01-01"), "chưa kết thúc"),
        (("verify", "daily-1"), "Không có báo cáo"),
    ],
)
@pytest.mark.usefixtures("database")
def test_what_cannot_be_done_is_said(words: tuple[str, ...], told: str) -> None:
    code, said = run("reports", *words)
    assert code == 1
    assert told in said


def test_a_folder_that_cannot_be_written_to_is_named(database: Database, tmp_path: Path) -> None:
    (tmp_path / "2026-10").write_text("in the way")
    code, told = run("reports", "make", "--daily", "2026-10-26", "--out", str(tmp_path))
    assert (code, "Không ghi được" in told) == (1, True)
    with database.sessions() as session:
        assert session.get(Report, "daily-2026-10-26-r1") is not None
