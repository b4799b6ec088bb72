"""The exit drill: a restored ledger answers as the one it came from, and a drill that should fail does."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text
from typer.testing import CliRunner, Result

from bot.catalogue.load import Catalogue
from bot.catalogue.publishing import content
from bot.settings import PROJECT_ROOT, Settings
from bot.storage.account_models import AuditEntry
from bot.storage.database import Database, open_database
from bot.switches.board import Target
from bot.switches.store import switch_off
from motcua.cli import app
from motcua.vendor import drill as drills
from motcua.vendor import questions
from motcua.vendor.drill import Place, hold_drill
from motcua.vendor.faults import PackError
from motcua.vendor.questions import FILE, Question, answers, read_questions
from motcua.vendor.restoring import restore_pack
from tests.motcua.vendor.packs import NOW, Places, quiet
from tests.shipped import CATALOGUE_FOLDER, search_by_words, shipped_catalogue

ACROSS = [pytest.param(*pair, marks=pytest.mark.postgres) for pair in (("sqlite", "postgresql"), ("postgresql", "sqlite"))]
ASKED = [
    Question(0, "ask_fee", "đăng ký khai sinh mất bao nhiêu tiền"),
    Question(0, "ask_documents", "cần giấy tờ gì"),
    Question(1, "ask_processing_time", "làm hộ chiếu mấy ngày"),
    Question(2, "talk_to_officer", "cho tôi gặp cán bộ"),
]


def read_equal_once(folder: Path) -> Catalogue:
    """The catalogue that ships, wherever a whole copy of it lies: reading it takes seconds."""
    assert {path.name: path.read_bytes() for path in folder.rglob("*.yml")} == SHIPPED_FILES, "no whole copy"
    return shipped_catalogue()


SHIPPED_FILES = {path.name: path.read_bytes() for path in CATALOGUE_FOLDER.rglob("*.yml")}


@pytest.fixture
def shipped(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """An installation with the catalogue that ships."""
    shutil.rmtree(settings.data_dir)
    settings.data_dir.mkdir()
    shutil.copytree(CATALOGUE_FOLDER, settings.data_dir / "catalogue")
    shutil.copy(PROJECT_ROOT / "data" / "sensitive_words.yml", settings.data_dir)
    monkeypatch.setattr(content, "load_catalogue", read_equal_once)
    monkeypatch.setattr(questions, "ProcedureSearch", lambda *_given: search_by_words())
    return settings


@pytest.mark.parametrize(
    ("database_url", "target"),
    [("sqlite", "sqlite"), *ACROSS],
    indirect=["database_url"],
)
def test_the_restored_ledger_gives_the_same_answers(
    shipped: Settings, filled: Database, places: Places, tmp_path: Path, target: str
) -> None:
    """An answer that is switched off stays so: what the ledger knows is part of the answers."""
    switch_off(
        filled.sessions, Target("answer", "1.001193", "fee"), reason="x", by="An", now=NOW, text_vi="Lệ phí đang được rà soát."
    )
    report = hold_drill(shipped, ASKED, Place(tmp_path, places.of(target)), NOW, quiet)
    assert report.passed, report.to_json()
    assert (report.asked, report.audit_entries) == (4, 3)
    assert report.rows > 50
    there = shipped.model_copy(update={"database_url": f"sqlite:///{tmp_path}/none.sqlite3"})
    today = NOW.date()
    said = answers(shipped, ASKED, today)
    assert "đang được rà soát" in said[0]
    assert answers(there, ASKED, today) != said, "another ledger answers otherwise, so the drill compares something"
    assert "cán bộ" in said[3]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_lost_is_found(
    shipped: Settings, filled: Database, places: Places, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A restore that loses rows, an order and keys must not pass."""
    switch_off(
        filled.sessions, Target("answer", "1.001193", "fee"), reason="x", by="An", now=NOW, text_vi="Lệ phí đang được rà soát."
    )

    def losing(path: Path, url: str, *rest: object, **named: object) -> object:
        restored = restore_pack(path, url, *rest, **named)  # type: ignore[arg-type] # handed through as they came
        opened = open_database(url)
        with opened.engine.begin() as connection:
            connection.execute(text("DELETE FROM rating"))
            connection.execute(text("DROP TRIGGER kill_switch_no_delete"))
            connection.execute(text("DELETE FROM kill_switch"))
            connection.execute(text("UPDATE eform_draft SET content = x'00'"))
        opened.engine.dispose()
        return restored

    monkeypatch.setattr(drills, "restore_pack", losing)
    report = hold_drill(shipped, ASKED, Place(tmp_path, places.sqlite()), NOW, quiet)
    assert not report.passed
    assert [one.text for one in report.differences] == [ASKED[0].text]
    assert report.row_differences == {"rating": (2, 0), "kill_switch": (2, 0)}
    assert report.unreadable == 2


def test_the_shipped_questions_are_readable_and_many() -> None:
    asked = read_questions(PROJECT_ROOT / "data" / FILE)
    assert len(asked) >= 30
    assert len({question.intent for question in asked}) >= 15


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (b"", "không có câu hỏi nào"),
        (b"# only a remark\n", "không có câu hỏi nào"),
        ("làm khai sinh".encode(), ":1:"),
        (b"ask_fee\t\n", ":1:"),
        (b"\t\xff", "không đọc được"),
        (b"greet\tx\n" * 1001, "nhiều nhất"),
    ],
)
def test_a_list_of_questions_that_is_none(tmp_path: Path, written: bytes, said: str) -> None:
    (tmp_path / "q.tsv").write_bytes(written)
    with pytest.raises(PackError, match=said):
        read_questions(tmp_path / "q.tsv")


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """The commands, on the installation of ``settings``."""
    for name in ("database_url", "data_dir", "models_dir", "var_dir", "embedding_model"):
        monkeypatch.setenv(name.upper(), str(getattr(settings, name)))
    monkeypatch.setenv("LEDGER_KEY", settings.ledger_key.get_secret_value())
    return lambda *arguments: CliRunner().invoke(app, ["vendor", *arguments])


def entries(database: Database) -> list[AuditEntry]:
    with database.sessions() as session:
        return list(session.query(AuditEntry).order_by(AuditEntry.number))


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_export_and_restore_as_commands(run: Callable[..., Result], filled: Database, tmp_path: Path) -> None:
    (tmp_path / "words").write_text("một cụm mật khẩu dài\n", encoding="utf-8")
    keys = ("--with-keys", "--passphrase-file", str(tmp_path / "words"))
    made = run("export", str(tmp_path / "p.zip"), *keys)
    assert made.exit_code == 0, made.output
    last = entries(filled)[-1]
    assert (last.act, json.loads(last.details)["with_keys"]) == ("vendor.exported", True)
    place = ("--database-url", f"sqlite:///{tmp_path}/t.sqlite3", "--var-dir", str(tmp_path / "new"))
    done = run("restore", str(tmp_path / "p.zip"), *place, *keys)
    assert done.exit_code == 0, done.output
    assert "nhật ký kiểm toán liền mạch" in done.output
    again = run("restore", str(tmp_path / "p.zip"), *place, *keys)
    assert again.exit_code == 1
    assert "không trống" in again.output


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_drill_is_kept_and_ends_with_one_where_it_fails(
    run: Callable[..., Result], shipped: Settings, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "q.tsv").write_text("ask_fee\tlàm khai sinh mất bao nhiêu tiền\n", encoding="utf-8")
    passed = run("drill", "--questions", str(tmp_path / "q.tsv"))
    assert passed.exit_code == 0, passed.output
    assert "1/1 câu trả lời giống hệt" in passed.output
    kept = [json.loads(path.read_text(encoding="utf-8")) for path in (shipped.var_dir / "vendor").glob("drill-*.json")]
    assert [one["passed"] for one in kept] == [True]
    assert [entry.act for entry in entries(database)] == ["vendor.drill"]
    said = iter([["a"], ["b"]])
    monkeypatch.setattr(drills, "answers", lambda *_given: next(said))
    failed = run("drill", "--questions", str(tmp_path / "q.tsv"))
    assert failed.exit_code == 1
    assert "Diễn tập KHÔNG ĐẠT" in failed.output


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_the_month_as_a_command(run: Callable[..., Result], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATA_DIR", str(PROJECT_ROOT / "data"))
    done = run("sla", "--month", "2026-10", "--csv", str(tmp_path / "a.csv"), "--pdf", str(tmp_path / "a.pdf"))
    assert done.exit_code == 2, "nobody looked in that month, and that is a target missed"
    assert "KHÔNG đạt" in done.output
    assert (tmp_path / "a.pdf").read_bytes()[:5] == b"%PDF-"
    assert "Báo cáo mức dịch vụ tháng 10/2026" in (tmp_path / "a.csv").read_text(encoding="utf-8")
    wrong = run("sla", "--month", "tháng mười")
    assert (wrong.exit_code, "YYYY-MM" in wrong.output) == (1, True)
