"""``motcua models`` from the outside, and what the doctor says of the slots."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.settings import Settings
from bot.storage.database import Database, open_database, writing
from bot.training.slots import SlotReport, note_report
from motcua.cli import app
from motcua.doctor import check_slots
from motcua.stack import load_settings
from tests.bot.training.candidates import CASE
from tests.bot.training.test_promotions import House
from tests.databases import one_ledger

Run = Callable[..., Result]


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    found = open_database(one_ledger(tmp_path / "ledger.sqlite3"))
    yield found
    found.engine.dispose()


@pytest.fixture
def house(database: Database, tmp_path: Path) -> House:
    return House(database, tmp_path / "models")


@pytest.fixture
def run(house: House, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", database.engine.url.render_as_string(hide_password=False))
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    monkeypatch.setenv("MODELS_DIR", str(house.models_dir))
    return lambda *arguments: CliRunner().invoke(app, ("models", *arguments))


@pytest.fixture
def settings(run: Run) -> Settings:
    del run
    return load_settings()


def seen(settings: Settings) -> str:
    return "; ".join(f"{one.level}: {one.seen}" for one in check_slots(settings))


def test_a_model_is_proposed_approved_by_another_and_taken_back(house: House, run: Run, settings: Settings) -> None:
    candidate = house.candidate()
    proposed = run("propose", str(candidate), "--reason", "hiểu lệ phí tốt hơn", "--by", "an")
    assert proposed.exit_code == 0, proposed.output
    assert "✓ Cả 10 câu được bảo vệ đều đúng." in proposed.output
    refused = run("promote", "1", "--reason", "x", "--by", "an")
    assert refused.exit_code == 1
    assert "Người đề xuất không tự duyệt được" in refused.output
    assert run("promote", "1", "--reason", "đã xem", "--by", "binh", "--share", "100").exit_code == 0
    assert "đang nạp" in run("list").output
    assert "đề xuất 1: đang nạp" in seen(settings)
    house.proven()
    slots = run("slots").output
    assert "motcua-candidate.tar.gz" in slots
    assert "giữ để quay về" in slots
    assert "ok: ngăn b phục vụ motcua-candidate.tar.gz" in seen(settings)
    assert run("back", "--reason", "sai phí", "--by", "an").exit_code == 0
    assert "đã đưa về" in run("list").output
    assert house.route.live == "a"
    assert run("back", "--reason", "lần nữa").exit_code == 1


def test_a_bad_model_is_refused_with_every_reason_and_the_broken_texts(house: House, run: Run) -> None:
    candidate = house.candidate(protected={"total": 10, "right": 9, "broken": [CASE]})
    refused = run("propose", str(candidate), "--reason", "thử")
    assert refused.exit_code == 1
    assert "✗ 1 trên 10 câu được bảo vệ bị hiểu sai" in refused.output
    assert "tôi muốn khiếu nại" in refused.output
    assert "Đề xuất 1: bị từ chối." in refused.output


def test_before_anything_was_promoted(run: Run, settings: Settings) -> None:
    assert "Chưa có đề xuất nào." in run("list").output
    assert "mô hình của bản cài đặt" in run("slots").output
    assert seen(settings) == "ok: ngăn a phục vụ motcua-installed.tar.gz"


def test_the_doctor_warns_of_a_live_slot_that_does_not_serve(run: Run, settings: Settings, house: House) -> None:
    del run
    with writing(house.sessions) as session:
        note_report(session, "a", SlotReport("away"), house.clock())
    assert seen(settings).startswith("warning: ngăn a chưa chạy được")
