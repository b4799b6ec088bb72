"""``/tam-ngung``: what is stopped now, why, until when and where to file instead, for people and for machines."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography.fernet import Fernet
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.catalogue.publishing.content import ReviewedNow, ReviewedSource
from bot.levels import filing
from bot.levels.wishes import Wish
from bot.settings import Settings
from bot.storage.database import Database, open_database
from connectors.gateway.level_tasks import level_tasks
from connectors.gateway.problems import install_problem_answers
from connectors.public_pages.paused_filing import paused_filing_routes
from tests.bot.levels.test_filing import BASIS, NOW, OFF, SHOWN
from tests.databases import one_ledger
from tests.moving_clock import MovingClock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(
        database_url=one_ledger(tmp_path / "ledger.sqlite3"),
        engine_secret="x",
        ledger_key=Fernet.generate_key().decode(),
        web_session_secret="x" * 40,
        training_dir=tmp_path / "training",
    )


@pytest.fixture
def ledger(settings: Settings) -> Iterator[Database]:
    database = open_database(settings.database_url)
    yield database
    database.engine.dispose()


@pytest.fixture
def clock() -> MovingClock:
    made = MovingClock()
    made.now = NOW
    return made


@pytest.fixture
def client(settings: Settings, ledger: Database, clock: MovingClock) -> TestClient:
    app = FastAPI()
    install_problem_answers(app)
    app.include_router(
        paused_filing_routes(ReviewedNow(ReviewedSource.from_settings(settings), ledger.sessions), ledger.sessions, clock)
    )
    return TestClient(app)


def carry_out(ledger: Database, clock: MovingClock, wish: Wish) -> None:
    number = filing.propose(ledger.sessions, wish, BASIS, by="anh", now=clock.now)
    filing.approve(ledger.sessions, number, BASIS, by="binh", now=clock.now)
    clock.move(seconds=2)


def test_a_stop_appears_and_goes_again(client: TestClient, ledger: Database, clock: MovingClock) -> None:
    assert "không có thủ tục nào tạm ngừng" in client.get("/tam-ngung").text
    clock.move(seconds=2)
    carry_out(ledger, clock, replace(OFF, words_vi="Trang <b>nộp</b> hồ sơ không mở được", words_en="The page does not open"))
    page = client.get("/tam-ngung")
    assert page.status_code == 200
    assert "script-src" in page.headers["content-security-policy"]
    for told in (
        "Đăng ký khai sinh",
        "Mã 1.001193",
        "Tạm ngừng nộp trực tuyến",
        "&lt;b&gt;nộp&lt;/b&gt; hồ sơ không mở được",
        "xem xét lại chậm nhất ngày 15/01/2027",
        "Trung tâm Phục vụ hành chính công xã, phường",
    ):
        assert told in page.text
    assert "<b>nộp" not in page.text
    assert "The page does not open" in client.get("/tam-ngung?lang=en").text
    (entry,) = client.get("/tam-ngung.json").json()["paused"]
    assert (entry["code"], entry["state"], entry["in_force"]) == ("1.001193", "online_filing_off", True)
    assert (entry["from"], entry["until"], entry["review_on"]) == ("2026-11-23T08:00:02+00:00", None, "2027-01-15")
    assert "nộp trực tiếp tại" in entry["where"]["vi"]
    assert "The page does not open" in entry["why"]["en"]
    carry_out(ledger, clock, SHOWN)
    assert client.get("/tam-ngung.json").json()["paused"] == []


def test_a_coming_stop_is_announced_and_a_past_one_is_gone(client: TestClient, ledger: Database, clock: MovingClock) -> None:
    begins = NOW + timedelta(days=20)
    carry_out(ledger, clock, replace(OFF, from_at=begins, until_at=begins + timedelta(hours=2)))
    assert "Sắp tạm ngừng" in client.get("/tam-ngung").text
    assert client.get("/tam-ngung.json").json()["paused"][0]["in_force"] is False
    clock.now = begins + timedelta(hours=2)
    assert client.get("/tam-ngung.json").json()["paused"] == []


def test_a_list_that_cannot_be_read_does_not_say_that_nothing_is_stopped(settings: Settings, clock: MovingClock) -> None:
    nothing = open_database("sqlite://")
    app = FastAPI()
    app.include_router(
        paused_filing_routes(ReviewedNow(ReviewedSource.from_settings(settings), nothing.sessions), nothing.sessions, clock)
    )
    page = TestClient(app).get("/tam-ngung")
    assert page.status_code == 503
    assert "chưa đọc được" in page.text
    assert "không có thủ tục nào" not in page.text
    assert TestClient(app).get("/tam-ngung.json").status_code == 503
    nothing.engine.dispose()


def test_links_are_looked_at_only_where_the_settings_say_so(settings: Settings, ledger: Database) -> None:
    assert [task.name for task in level_tasks(settings, ledger.sessions)] == ["filing_reviews"]
    on = settings.model_copy(update={"link_checks": True})
    assert [task.name for task in level_tasks(on, ledger.sessions)] == ["level_links", "filing_reviews"]
    reviews = level_tasks(settings, ledger.sessions)[0]
    assert reviews.due(NOW)
    assert not reviews.due(NOW + timedelta(hours=12)), "nobody is called at three in the morning"
