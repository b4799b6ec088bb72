"""``motcua switches`` and ``motcua outages`` from the outside."""

from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from motcua.cli import app
from tests.databases import one_ledger

Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("DATABASE_URL", one_ledger(tmp_path / "ledger.sqlite3"))
    monkeypatch.setenv("VAR_DIR", str(tmp_path / "var"))
    return lambda *arguments: CliRunner().invoke(app, arguments)


def test_an_answer_is_switched_off_listed_and_switched_on_again(run: Run) -> None:
    made = run("switches", "off", "answer:1.001193/fee", "--reason", "sai phí", "--by", "Bình", "--text", "Đang rà soát phí.")
    assert made.exit_code == 0, made.output
    listed = run("switches", "list").output
    assert "answer:1.001193/fee" in listed
    assert "Đang rà soát phí." in listed
    assert run("switches", "on", "answer:1.001193/fee", "--reason", "đã sửa", "--by", "An").exit_code == 0
    assert "Không có gì đang bị tắt" in run("switches", "list").output
    history = run("switches", "history").output
    assert history.index("bật") < history.index("tắt"), "the newest first"
    assert "Bình" in history
    assert "An" in history


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("answer:1.001193", "Mục cần tắt chưa đúng"),
        ("answer:1.001193/nothing", "Không có facet"),
        ("procedure:9.999999", "Không có procedure"),
        ("intent:ask_fees", "Không có intent"),
        ("intent:talk_to_officer", "đường gặp cán bộ"),
        ("channel:viber", "Không có channel"),
        ("everything", "Mục cần tắt chưa đúng"),
        ("channel:zalo; DROP TABLE kill_switch", "Mục cần tắt chưa đúng"),
    ],
)
def test_a_slip_switches_nothing_off_and_says_why(run: Run, target: str, said: str) -> None:
    made = run("switches", "off", target, "--reason", "x")
    assert made.exit_code == 1
    assert said in made.output
    assert "Không có gì đang bị tắt" in run("switches", "list").output


@pytest.mark.parametrize("moment", ["hôm qua", "30/02/2026 10:00", "10:00", "5", "99999999d", "-1h"])
def test_an_unreadable_moment_is_refused(run: Run, moment: str) -> None:
    made = run("switches", "off", "channel:zalo", "--reason", "x", "--until", moment)
    assert made.exit_code == 1
    assert "Không đọc được thời điểm" in made.output


def test_an_outage_is_announced_with_a_warning_for_short_notice_and_withdrawn(run: Run) -> None:
    made = run("outages", "announce", "portal", "--from", "1d", "--until", "2d", "--by", "An")
    assert made.exit_code == 0, made.output
    assert "7 ngày làm việc" in made.output
    assert "Cổng Dịch vụ công tạm ngừng" in run("outages", "list").output
    assert run("outages", "withdraw", "1", "--by", "An").exit_code == 0
    assert run("outages", "withdraw", "1").exit_code == 1
    assert "7 ngày" not in run("outages", "announce", "channel:zalo", "--until", "30m").output
    for wrong in (("everything", "--until", "1h"), ("channel:viber", "--until", "1h"), ("all", "--from", "2h", "--until", "1h")):
        assert run("outages", "announce", *wrong).exit_code == 1
