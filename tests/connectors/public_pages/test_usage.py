"""The public figures: readable without a script, by month, with nothing in them that tells few people apart; as CSV too."""

import csv
import io
import re
from datetime import date

import pytest
from fastapi.testclient import TestClient

from bot.storage.database import Database
from bot.storage.evidence_models import UsageCount
from bot.storage.usage_models import UsageMonth
from tests.bot.usage.made_up import at, counted, dossier, form, province, put
from tests.connectors.gateway.alone import client, clock
from tests.databases import database, database_url
from tests.moving_clock import MovingClock

__all__ = ["client", "clock", "database", "database_url"]


@pytest.fixture
def filled(database: Database, clock: MovingClock) -> Database:
    clock.now = at(11, 27)
    put(database, list(province(3, 400)))
    put(database, *(dossier(at(10, 5), procedure_code="1.004222", agency="tthcc-xa") for _ in range(3)))
    put(database, *(form(at(10, 5), outcome="sent") for _ in range(30)))
    counted(database, at(11, 27))
    return database


def words(html: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html))


def table(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.usefixtures("filled")
def test_the_last_whole_month_is_shown_and_others_can_be_chosen(client: TestClient) -> None:
    page = client.get("/so-lieu")
    assert page.status_code == 200
    assert "Tháng 10/2026" in words(page.text)
    assert "Đếm lúc 09:00 27/11/2026" in words(page.text)
    assert re.findall(r'<option value="([^"]+)"', page.text) == ["2026-11", "2026-10", "2026-09"]
    assert "Tháng 09/2026" in words(client.get("/so-lieu?thang=2026-09").text)
    assert "Đăng ký khai sinh" in page.text
    assert "script" not in page.text.lower().replace("description", "")
    assert page.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.usefixtures("filled")
def test_every_chart_has_words_and_a_table(client: TestClient) -> None:
    page = client.get("/so-lieu").text
    for key in ("usage-months", "usage-funnel", "usage-online", "usage-on-time"):
        assert f'<title id="{key}-title">' in page
        assert len(re.search(rf'<desc id="{key}-told">([^<]+)</desc>', page)[1]) > 20  # type: ignore[index]
    assert page.count("<table>") == 3


@pytest.mark.usefixtures("filled")
def test_it_is_there_in_english(client: TestClient) -> None:
    page = client.get("/so-lieu?lang=en")
    assert '<html lang="en">' in page.text
    assert "How public services are used" in page.text
    assert "Nộp trực tuyến" not in page.text


def test_the_csv_adds_up_to_what_the_ledger_holds(client: TestClient, filled: Database) -> None:
    rows = table(client.get("/so-lieu.csv?thang=2026-10").text)
    with filled.sessions() as session:
        true = sum(row.n for row in session.query(UsageCount).filter_by(month=date(2026, 10, 1), measure="dossiers"))
    assert (rows[0]["agency"], int(rows[0]["dossiers"])) == ("*", true)
    shown = [int(row["dossiers"]) for row in rows[1:] if row["dossiers"] != "an"]
    assert len(rows) > 8
    assert sum(shown) <= true
    assert not [row for row in rows for name in ("dossiers", "ended", "started") if row[name] in ("1", "2", "3", "4")]


@pytest.mark.usefixtures("filled")
@pytest.mark.parametrize(
    "month", ["9999-99", "2031-01", "x" * 3000, "2026-10'--", "<script>alert(1)</script>", "%00", "2026-10&thang=2026-09"]
)
def test_a_month_that_is_none_breaks_nothing(client: TestClient, month: str) -> None:
    page = client.get("/so-lieu?thang=" + month)
    assert page.status_code == 200
    assert "<script" not in page.text
    assert client.get("/so-lieu.csv?thang=" + month).status_code in (200, 404)


@pytest.mark.usefixtures("filled")
def test_an_unknown_month_says_which_one_is_shown(client: TestClient) -> None:
    assert "Đang xem tháng 10/2026" in client.get("/so-lieu?thang=2031-01").text
    assert "Đang xem tháng" not in client.get("/so-lieu").text
    refused = client.get("/so-lieu.csv?thang=2031-01")
    assert (refused.status_code, refused.json()["code"]) == (404, "usage_csv_no_month")


def test_before_the_first_count_it_says_so(client: TestClient) -> None:
    page = client.get("/so-lieu")
    assert (page.status_code, "Chưa có tháng nào được đếm" in page.text) == (200, True)
    assert client.get("/so-lieu.csv").status_code == 404


def test_a_month_without_anything_is_a_page_too(client: TestClient, database: Database) -> None:
    put(database, UsageMonth(month=date(2026, 10, 1), counted_at=at(11, 1)))
    page = client.get("/so-lieu")
    assert page.status_code == 200
    assert "usage-funnel" not in page.text


def test_names_from_outside_are_escaped_and_no_formula(client: TestClient, database: Database) -> None:
    put(database, UsageMonth(month=date(2026, 10, 1), counted_at=at(11, 1)))
    evil = "=HYPERLINK(<b>)"
    put(
        database,
        UsageCount(
            month=date(2026, 10, 1),
            measure="dossiers",
            procedure_code=evil,
            agency="@a",
            place_id="",
            channel="online",
            detail="",
            n=50,
        ),
    )
    assert "<b>" not in client.get("/so-lieu").text
    row = table(client.get("/so-lieu.csv").text)[1]
    assert (row["procedure"], row["agency"], row["dossiers"]) == ("'" + evil, "'@a", "50")
