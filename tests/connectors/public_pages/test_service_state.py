"""The public page of the service's state: words beside every colour, and the truth where nothing can be checked."""

from datetime import UTC, datetime
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.storage.database import Database, open_database
from bot.sync_monitor.uptime import Look, note_looks
from connectors.public_pages.pages import PublicPages
from connectors.public_pages.service_state import StateReader, state_routes

NOW = datetime(2026, 11, 27, 3, 0, 30, tzinfo=UTC)


def client(database: Database) -> TestClient:
    app = FastAPI()
    app.include_router(state_routes(StateReader(database.sessions, lambda: NOW), PublicPages()))
    return TestClient(app)


def test_the_page_says_each_part_in_words_in_both_languages(database: Database) -> None:
    note_looks(database.sessions, [Look("portal", "down", "secret reason"), Look("webchat", "up")], NOW, office_open=True)
    page = client(database)
    vietnamese, english = page.get("/trang-thai").text, page.get("/trang-thai?lang=en").text
    assert "Có phần đang gặp sự cố" in vietnamese
    assert vietnamese.index("Trang trò chuyện") < vietnamese.index("Kết nối Cổng Dịch vụ công")
    assert "Some part has a problem" in english
    assert "27/11/2026: gián đoạn nhiều (1 phút gián đoạn)" in vietnamese, "the drawing has words too"
    assert "secret reason" not in vietnamese
    told = page.get("/trang-thai.json").json()
    assert (told["overall"], [part["state"] for part in told["parts"]]) == ("down", ["up", "down"])


def test_a_service_that_is_starting_is_said_to_start(database: Database) -> None:
    note_looks(database.sessions, [Look("assistant", "starting"), Look("webchat", "up")], NOW, office_open=True)
    page = client(database)
    vietnamese, english = page.get("/trang-thai"), page.get("/trang-thai?lang=en").text
    assert vietnamese.status_code == 200
    assert vietnamese.text.count("Đang khởi động") == 2, "as a whole and the part"
    assert english.count("Starting up") == 2
    assert "sự cố</" not in vietnamese.text
    told = page.get("/trang-thai.json").json()
    assert (told["overall"], [part["state"] for part in told["parts"]]) == ("starting", ["up", "starting"])


def test_before_the_first_look_nothing_is_claimed(database: Database) -> None:
    page = client(database).get("/trang-thai")
    assert "Chưa có lần kiểm tra nào" in page.text
    assert "Mọi phần đang hoạt động" not in page.text


def test_without_a_ledger_it_says_that_nothing_can_be_checked(tmp_path: Path) -> None:
    away = open_database(f"sqlite:///{tmp_path}/missing/none.sqlite3")
    page = client(away)
    answer = page.get("/trang-thai")
    assert answer.status_code == 503
    assert "Không kiểm tra được" in answer.text
    assert "đang hoạt động</" not in answer.text
    told = page.get("/trang-thai.json")
    assert (told.status_code, told.json()["overall"]) == (503, "unknown")


def test_strange_questions_get_the_page(database: Database) -> None:
    for query in ("?lang=<script>", "?lang=", "?lang=vi&lang=xx", "?x=" + "y" * 5000):
        answer = client(database).get("/trang-thai" + query)
        assert (answer.status_code, 'lang="vi"' in answer.text, "<script" in answer.text) == (200, True, False)
