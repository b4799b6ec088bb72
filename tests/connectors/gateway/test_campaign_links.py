"""A short link leads to a page of ours and counts people; the web chat shows banners and knows who came by a link."""

from datetime import timedelta
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from bot.accounts.scope import ALL_AGENCIES
from bot.conversations.clock import utc_now
from bot.outreach.campaigns.content import Content
from bot.outreach.campaigns.desk import Campaigns, Draft
from bot.outreach.campaigns.links import link_code
from bot.outreach.campaigns.telling import start_due
from bot.storage.campaign_models import CampaignCount, CampaignVisit
from bot.storage.database import Database, writing
from tests.connectors.harness import Browser
from tests.waiting import wait_for

PHONE = {"User-Agent": "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"}
CONTENT = Content("Tin", "Nộp & nhận kết quả qua mạng.", procedure_code="1.004222", channels=("webchat", "poster"))
KNOWN = {"1.004222": "x"}


def nothing(*_given: Any) -> None:
    """No audit."""


def running(database: Database, content: Content = CONTENT) -> int:
    rows, now = Campaigns(database.sessions), utc_now()
    number = rows.create(Draft(content, banner_until=now + timedelta(days=1)), "anna", None, now, nothing)
    with writing(database.sessions) as session:
        link_code(session, number, "poster", "phuong-tu-son", lambda: "AB12CD34".replace("1", "2"))
    rows.submit(number, KNOWN, ALL_AGENCIES, now, nothing)
    rows.approve(number, 1, "binh", KNOWN, ALL_AGENCIES, now, nothing)
    rows.start(number, ALL_AGENCIES, now, nothing)
    start_due(database.sessions, now)
    return number


CODE = "AB22CD34"


def counts(database: Database) -> dict[tuple[str, str, str], int]:
    with database.sessions() as session:
        return {(row.channel, row.place_id, row.step): row.n for row in session.scalars(select(CampaignCount)).all()}


def follow(gateway: str, code: str = CODE, method: str = "GET", **headers: str) -> httpx.Response:
    return httpx.request(method, f"{gateway}/c/{code}", headers=PHONE | headers, timeout=5)


def test_a_person_is_counted_and_led_to_the_chat(gateway: str, database: Database) -> None:
    running(database)
    answer = follow(gateway)
    assert (answer.status_code, answer.headers["location"]) == (302, f"/?c={CODE}")
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"
    follow(gateway, CODE.lower())
    assert counts(database) == {("poster", "phuong-tu-son", "clicked"): 2}


@pytest.mark.parametrize(
    "agent",
    ["", "facebookexternalhit/1.1", "TelegramBot (like TwitterBot)", "Zalo-Share-Preview/1.0", "Googlebot/2.1", "curl/8.4",
     "WhatsApp/2.23", "python-httpx/0.28", "Mozilla/5.0 (compatible; bingbot/2.0)"],
)  # fmt: skip
def test_programs_that_look_at_a_link_are_not_people(gateway: str, database: Database, agent: str) -> None:
    running(database)
    assert follow(gateway, **{"User-Agent": agent}).status_code == 302
    assert counts(database) == {}


def test_a_look_at_the_head_and_a_prefetch_count_nothing(gateway: str, database: Database) -> None:
    running(database)
    assert follow(gateway, method="HEAD").status_code == 302
    assert follow(gateway, **{"Sec-Purpose": "prefetch;prerender"}).status_code == 302
    assert counts(database) == {}


@pytest.mark.parametrize(
    "code",
    ["ZZZZZZZZ", "AB22CD3", "AB22CD344", "..%2F..%2Fetc", "%2F%2Fevil.example", "https:%2F%2Fevil.example", "x" * 5_000,
     "AB22CD34%00", "%F0%9F%8E%89", "AB22CD34'--", "１２３４５６７８", "%ff"],
)  # fmt: skip
def test_other_codes_lead_nowhere(gateway: str, database: Database, code: str) -> None:
    running(database)
    answer = follow(gateway, code)
    assert answer.status_code == 404
    assert "location" not in answer.headers
    assert counts(database) == {}


def test_a_campaign_that_nobody_approved_has_no_page(gateway: str, database: Database) -> None:
    rows = Campaigns(database.sessions)
    number = rows.create(Draft(CONTENT), "anna", None, utc_now(), nothing)
    with writing(database.sessions) as session:
        code = link_code(session, number, "poster", "")
    answer = follow(gateway, code)
    assert answer.status_code == 404
    assert "Một Cửa" in answer.text


def test_a_link_stays_the_same_for_its_ward(database: Database) -> None:
    number = running(database)
    with writing(database.sessions) as session:
        assert link_code(session, number, "poster", "phuong-tu-son") == CODE
        other = link_code(session, number, "poster", "xa-yen-the")
        assert link_code(session, number, "poster", "xa-yen-the") == other != CODE


def test_a_code_that_is_taken_is_not_given_twice(database: Database) -> None:
    number = running(database)
    codes = iter([CODE, CODE, "FREE2222"])
    with writing(database.sessions) as session:
        assert link_code(session, number, "zalo", "", lambda: next(codes)) == "FREE2222"


def test_who_came_by_a_link_is_told_once_and_noted(gateway: str, database: Database, browser: Browser) -> None:  # noqa: ARG001
    number = running(database)
    for _ in range(2):
        answer = browser.http.post("/webchat/visit", json={"campaign": CODE}, headers=browser.headers)
        assert answer.json() == {"noted": True}
    assert browser.replies() == ["Tin\n\nNộp & nhận kết quả qua mạng."]
    assert [button["title"] for button in browser.messages()[-1]["buttons"]] == ["Xem cách làm"]
    with database.sessions() as session:
        visit = session.get_one(CampaignVisit, browser.conversation_id)
    assert (visit.campaign_id, visit.channel, visit.place_id) == (number, "poster", "phuong-tu-son")


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"campaign": 7}', b'{"campaign": "ZZZZZZZZ"}', b'{"campaign": "\\u0000"}'])
def test_an_arrival_that_means_nothing_changes_nothing(browser: Browser, body: bytes) -> None:
    assert browser.http.post("/webchat/visit", content=body, headers=browser.headers).json() == {"noted": False}
    assert browser.replies() == []
    assert browser.http.post("/webchat/visit", content=body).status_code == 401


def test_the_banner_stands_on_the_web_chat_while_the_campaign_runs(gateway: str, database: Database) -> None:
    def notices() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{gateway}/webchat/notices", timeout=5).json()["notices"]
        return found

    number = running(database)
    (shown,) = notices()
    assert shown["kind"] == "campaign"
    assert shown["text"]["vi"] == "Tin: Nộp & nhận kết quả qua mạng."
    assert follow(gateway, shown["link"].removeprefix("/c/")).status_code == 302
    assert counts(database) == {("webchat", "", "clicked"): 1}
    Campaigns(database.sessions).stop(number, ALL_AGENCIES, utc_now(), nothing)
    wait_for(lambda: notices() == [], what="the banner's end")
