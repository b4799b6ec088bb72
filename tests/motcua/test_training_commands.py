"""``motcua training`` from the outside."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from bot.conversations.clock import utc_now
from bot.conversations.outcomes import beat
from bot.settings import Settings
from bot.storage.database import open_database
from bot.training.jobs import HEARTBEAT_KIND, Sign, claim_job, tell
from motcua.cli import app
from motcua.doctor import check_trainer
from tests.databases import one_ledger
from tests.moving_clock import MovingClock

Run = Callable[..., Result]


@pytest.fixture
def ledger(tmp_path: Path) -> str:
    return one_ledger(tmp_path / "ledger.sqlite3")


@pytest.fixture
def run(ledger: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", ledger)
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    return lambda *arguments: CliRunner().invoke(app, ("training", *arguments))


def test_a_training_is_asked_for_shown_and_cancelled(run: Run, ledger: str) -> None:
    assert "Chưa có" in run("jobs").output
    assert "lần huấn luyện 1" in run("start", "--no-conversations", "--since", "2026-11-20", "--until", "2026-11-21").output
    assert run("start").exit_code == 1, "one waits already"
    database = open_database(ledger)
    job = claim_job(database.sessions, "one", MovingClock()())
    assert job is not None
    assert job.options.conversations is False
    tell(database.sessions, 1, "one", Sign("train", 0.4, "10:00 đang làm\n", {}), MovingClock()())
    database.engine.dispose()
    assert "train" in run("jobs").output
    assert "10:00 đang làm" in run("show", "1").output
    assert "Đang dừng" in run("cancel", "1").output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("show", "7"), "Không có lần huấn luyện này"),
        (("cancel", "7"), "Không có lần huấn luyện này"),
        (("start", "--since", "2026-11-20"), "Khoảng ngày chưa đúng"),
        (("start", "--commit", "0" * 40), "Không đọc được"),
    ],
    ids=["show", "cancel", "days", "commit"],
)
def test_what_is_not_there_is_said(run: Run, arguments: tuple[str, ...], told: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 1
    assert told in result.output


def test_the_doctor_says_when_nobody_carries_out_what_was_asked_for(run: Run, ledger: str) -> None:
    settings = Settings(database_url=ledger, engine_secret="x", ledger_key="x", web_session_secret="x")
    assert [finding.level for finding in check_trainer(settings)] == ["ok"]
    run("start")
    assert [finding.level for finding in check_trainer(settings)] == ["warning"]
    database = open_database(ledger)
    beat(database.sessions, "one", HEARTBEAT_KIND, utc_now())
    database.engine.dispose()
    assert [finding.level for finding in check_trainer(settings)] == ["ok"]
