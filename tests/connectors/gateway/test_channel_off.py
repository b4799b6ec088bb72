"""A channel that people switch off takes everything in and loses nothing; the assistant says so at most once an hour."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from bot.conversations.clock import utc_now
from bot.storage.database import Database, writing
from bot.storage.models import Inbound
from bot.switches.board import Target
from bot.switches.store import switch_off, switch_on
from bot.texts import say
from tests.connectors.fake_engine import FakeEngine, message, reply
from tests.connectors.harness import Browser
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("worker")
WEB = Target("channel", "webchat")


def order_off(database: Database, **more: Any) -> None:
    switch_off(database.sessions, WEB, reason="trả lời sai hàng loạt", by="Trực ca", now=utc_now(), **more)


def outcomes(database: Database) -> list[tuple[str | None, str | None]]:
    with database.sessions() as session:
        return [(row.outcome, row.outcome_detail) for row in session.scalars(select(Inbound).order_by(Inbound.id))]


def test_a_channel_goes_off_and_on_while_citizens_ask(browser: Browser, database: Database, engine: FakeEngine) -> None:
    browser.say("xin chào")
    assert browser.wait_replies(1) == ["Trả lời: xin chào"]
    order_off(database, text_vi="Kênh đang tạm ngừng.")

    def replies_now() -> str:
        before = len(browser.replies())
        browser.say("còn đó không")
        wait_for(lambda: outcomes(database)[-1][0], what="an outcome")
        return browser.replies()[-1] if len(browser.replies()) > before else ""

    wait_for(lambda: replies_now() == "Kênh đang tạm ngừng.", what="the switch")
    asked_before = len(engine.turns)
    browser.say("tin nhắn thứ hai trong giờ")
    wait_for(lambda: outcomes(database)[-1] == ("ignored", "channel_off"), what="the second outcome")
    assert browser.replies().count("Kênh đang tạm ngừng.") == 1, "told once an hour"
    assert len(engine.turns) == asked_before
    assert all(outcome is not None for outcome, _ in outcomes(database))
    switch_on(database.sessions, WEB, reason="đã sửa", by="Trực ca", now=utc_now())
    wait_for(lambda: replies_now() == "Trả lời: còn đó không", what="the switch back")


def test_after_an_hour_the_citizen_is_told_again(browser: Browser, database: Database) -> None:
    order_off(database, text_vi="Kênh đang tạm ngừng.")
    browser.say("một")
    assert browser.wait_replies(1) == ["Kênh đang tạm ngừng."]
    with writing(database.sessions) as session:
        for row in session.scalars(select(Inbound)):
            row.finished_at = utc_now() - timedelta(minutes=61)
    browser.say("hai")
    assert browser.wait_replies(2) == ["Kênh đang tạm ngừng."] * 2


def test_a_person_is_reached_on_a_channel_that_is_off(browser: Browser, database: Database, engine: FakeEngine) -> None:
    order_off(database)
    engine.script = lambda turn: (200, reply(turn, message("Đã chuyển cán bộ.", kind="handoff"), handoff="asked"))
    browser.say("giúp tôi")
    assert browser.wait_replies(1) == [say("switch_channel_off")]
    browser.press(say("button_talk_to_officer"))
    assert browser.wait_replies(2)[1] == "Đã chuyển cán bộ."
    assert browser.transcript()["state"]["speaker"] == "waiting"
    assert outcomes(database)[-1] == ("handed_over", "asked")


def test_another_channels_switch_changes_nothing_here(browser: Browser, database: Database) -> None:
    switch_off(database.sessions, Target("channel", "zalo"), reason="x", by="An", now=utc_now())
    browser.say("xin chào")
    assert browser.wait_replies(1) == ["Trả lời: xin chào"]
