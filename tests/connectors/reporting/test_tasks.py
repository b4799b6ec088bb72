"""The hub's tasks as a worker does them."""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from bot.reporting.delivery import DestinationAwayError, DestinationRefusedError
from bot.reporting.destinations import destinations, fault_of
from bot.reporting.folder import save_files
from bot.reporting.view import ReportView
from bot.settings import Settings
from bot.storage.database import Database
from bot.storage.report_models import ReportDelivery
from connectors.gateway.scheduled import ScheduledRounds
from connectors.reporting.tasks import report_tasks
from tests.bot.reporting.dossiers import dossier, register, vn
from tests.moving_clock import MovingClock


def settings(**values: object) -> Settings:
    return Settings(**({"engine_secret": "x", "ledger_key": "x", "web_session_secret": "x" * 40} | values))  # type: ignore[arg-type]


def test_from_the_dossiers_to_the_files_without_anybody(database: Database, tmp_path: Path) -> None:
    register(database, dossier("a"))
    clock, folder = MovingClock(vn("2026-11-27 05:59")), tmp_path / "share"
    worker = ScheduledRounds(
        database.sessions, report_tasks(settings(report_folder=folder), database.sessions, clock), clock=clock
    )
    assert "reports.make" not in worker.go_round()
    clock.move(minutes=1)
    assert worker.go_round() == ["reports.make", "reports.send"]
    with database.sessions() as session:
        waiting = session.scalars(select(ReportDelivery)).all()
        assert {(one.state, one.error) for one in waiting} == {("waiting", "folder_missing")}
    # The share is mounted now.
    folder.mkdir()
    clock.move(minutes=1)
    worker.go_round()
    day = folder / "2026-11"
    assert sorted(path.name for path in day.iterdir()) == [f"daily-2026-11-26-r1.{one}" for one in ("csv", "json", "pdf")]
    assert json.loads((day / "daily-2026-11-26-r1.json").read_bytes())["figures"]["total"]["received"] == 1
    assert (day / "daily-2026-11-26-r1.pdf").read_bytes().startswith(b"%PDF")
    assert (day / "daily-2026-11-26-r1.csv").read_bytes().startswith(b"\xef\xbb\xbf")
    clock.move(hours=1)
    worker.go_round()
    with database.sessions() as session:
        assert {(one.state, one.attempts) for one in session.scalars(select(ReportDelivery))} == {("sent", 2)}


def test_settings_that_are_wrong_are_told_and_the_reports_wait(database: Database, caplog: pytest.LogCaptureFixture) -> None:
    register(database, dossier("a"))
    clock = MovingClock(vn("2026-11-27 08:00"))
    wrong = settings(report_mail_to="a@b.test", report_webhook_url="http://bao-cao.test/in", report_webhook_secret="x")
    tasks = report_tasks(wrong, database.sessions, clock)
    assert [one.message for one in caplog.records].count("alarm.report_settings") == 2
    ScheduledRounds(database.sessions, tasks, clock=clock).go_round()
    with database.sessions() as session:
        assert {(one.destination, one.state) for one in session.scalars(select(ReportDelivery))} == {
            ("mail", "waiting"),
            ("webhook", "waiting"),
        }


@pytest.mark.parametrize(
    ("values", "destination", "told"),
    [
        ({"report_mail_to": "a@b.test"}, "mail", "REPORT_SMTP_HOST"),
        ({"report_mail_to": "a@b.test, xyz", "report_smtp_host": "m", "report_mail_from": "a@b.c"}, "mail", "REPORT_MAIL_TO"),
        ({"report_mail_to": "a@b.test", "report_smtp_host": "m", "report_mail_from": "a@b\nBcc: c"}, "mail", "REPORT_MAIL_FROM"),
        (
            {"report_mail_to": "a@b.test", "report_smtp_host": "m", "report_mail_from": "a@b.c", "report_smtp_password": "x",
             "report_smtp_security": "none"},
            "mail",
            "REPORT_SMTP_SECURITY",
        ),
        (
            {"report_mail_to": "a@b.test", "report_smtp_host": "m", "report_mail_from": "a@b.c", "report_smtp_password": "mật"},
            "mail",
            "REPORT_SMTP_PASSWORD",
        ),
        ({"report_webhook_url": "https://a.test/in"}, "webhook", "REPORT_WEBHOOK_SECRET"),
        ({"report_webhook_url": "http://a.test/in", "report_webhook_secret": "x"}, "webhook", "https://"),
        ({"report_webhook_url": "https://u:p@a.test/", "report_webhook_secret": "x"}, "webhook", "without a user"),
        ({"report_webhook_url": "https://a.test:99999/", "report_webhook_secret": "x"}, "webhook", "no address"),
        ({"report_webhook_url": "ftp://a.test/", "report_webhook_secret": "x"}, "webhook", "https://"),
        ({"report_webhook_url": "https://bắc.test/", "report_webhook_secret": "x"}, "webhook", "REPORT_WEBHOOK_URL"),
    ],
)  # fmt: skip
def test_a_wrong_setting_is_named(values: dict[str, object], destination: str, told: str) -> None:
    wanted = destinations(settings(**values))
    assert wanted == (destination,)
    assert told in (fault_of(settings(**values), wanted[0]) or "")


def test_right_settings_have_no_fault() -> None:
    right = settings(
        report_mail_to=" a@b.test , c@d.test", report_smtp_host="m", report_mail_from="a@b.c",
        report_webhook_url="http://127.0.0.1:9/in", report_webhook_secret="x", report_webhook_local="127.0.0.1:9",
    )  # fmt: skip
    assert [fault_of(right, one) for one in destinations(right)] == [None, None]


def test_a_file_is_never_written_over(tmp_path: Path, report: ReportView) -> None:
    save_files(tmp_path, report, {"json": b"{}"})
    save_files(tmp_path, report, {"json": b"{}"})
    with pytest.raises(DestinationRefusedError, match="file_differs"):
        save_files(tmp_path, report, {"json": b"{1}"})
    assert [path.name for path in (tmp_path / "2026-11").iterdir()] == ["daily-2026-11-26-r1.json"]
    assert (tmp_path / "2026-11" / "daily-2026-11-26-r1.json").read_bytes() == b"{}"


def test_a_folder_that_takes_nothing_is_away(tmp_path: Path, report: ReportView) -> None:
    (tmp_path / "2026-11").write_text("a file in the way")
    with pytest.raises(DestinationAwayError, match="folder_"):
        save_files(tmp_path, report, {"json": b"{}"})


def test_once_is_enough_for_many_workers(database: Database, tmp_path: Path) -> None:
    register(database, dossier("a"))
    clock = MovingClock(vn("2026-11-27 08:00"))
    workers = [
        ScheduledRounds(database.sessions, report_tasks(settings(report_folder=tmp_path), database.sessions, clock), clock=clock)
        for _ in range(3)
    ]
    assert [one for worker in workers for one in worker.go_round()] == ["reports.make", "reports.send"]
    clock.now += timedelta(minutes=5)
    assert [one for worker in workers for one in worker.go_round()] == ["reports.make", "reports.send"]
    with database.sessions() as session:
        assert [one.attempts for one in session.scalars(select(ReportDelivery))] == [1, 1]
