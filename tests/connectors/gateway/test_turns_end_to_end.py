"""From the browser's post to the answer in its transcript, through a real gateway, worker and engine."""

import re
import threading
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from bot.conversations.handoffs import close_handoff, open_handoffs
from bot.storage.database import Database, writing
from bot.storage.models import Conversation, Handoff, Inbound, Outbound
from bot.texts import say
from tests.connectors.fake_engine import FakeEngine, echo, message, reply
from tests.connectors.harness import FAST, Browser, browsing, working
from tests.waiting import wait_for

pytestmark = pytest.mark.usefixtures("worker")


def outcomes(database: Database) -> list[tuple[str | None, str | None]]:
    with database.sessions() as session:
        return [(row.outcome, row.outcome_detail) for row in session.scalars(select(Inbound).order_by(Inbound.id))]


def wait_outcomes(database: Database, count: int = 1) -> list[tuple[str | None, str | None]]:
    def ended() -> list[tuple[str | None, str | None]] | None:
        found = outcomes(database)
        return found if sum(outcome is not None for outcome, _ in found) >= count else None

    return wait_for(ended)


def test_a_question_is_answered_with_buttons_and_sources(browser: Browser, engine: FakeEngine, database: Database) -> None:
    source = {"title": "Quyết định công bố", "as_of": "2026-09", "procedure_code": "1.000001", "url": None}
    buttons = [
        {"title": "Lệ phí", "intent": "ask_fee", "entities": {"procedure": "1.000001"}, "url": None},
        {"title": "Nộp trực tuyến", "intent": None, "entities": {}, "url": "https://dichvucong.gov.vn"},
    ]
    engine.script = lambda turn: (
        200,
        reply(turn, message("Hồ sơ gồm tờ khai.", buttons=buttons, sources=[source], procedure_code="1.000001")),
    )
    browser.say("đăng ký khai sinh cần giấy tờ gì")
    browser.wait_replies(1)
    citizen, bot = browser.messages(after=1)
    assert [m["seq"] for m in browser.messages()] == [1, 2, 3]
    assert citizen["from"] == "citizen"
    assert citizen["nlu"] == {"intent": "ask_fee", "confidence": 0.9}
    assert bot["text"] == "Hồ sơ gồm tờ khai."
    assert bot["sources"] == [source]
    assert [sorted(button) for button in bot["buttons"]] == [["title", "token"], ["title", "url"]]
    assert len(bot["buttons"][0]["token"]) <= 32
    assert "ask_fee" not in str(bot["buttons"])
    assert browser.transcript()["state"] == {"speaker": "bot", "busy": False}
    (turn,) = engine.turns
    assert turn["conversation"] == f"{browser.conversation_id}.1"
    assert turn["metadata"]["conversation_id"] == browser.conversation_id
    assert re.fullmatch(r"[0-9a-f]{32}", turn["metadata"]["address"]), "the network address travels as a keyed hash"
    assert outcomes(database) == [("answered", None)]


def test_a_pressed_button_reaches_the_engine_as_its_act(browser: Browser, engine: FakeEngine) -> None:
    browser.press(say("button_talk_to_officer"))
    browser.wait_replies(1)
    assert engine.turns[0]["act"] == {"intent": "talk_to_officer", "entities": {}}
    assert engine.turns[0]["text"] is None
    assert browser.messages(after=1)[0]["text"] == say("button_talk_to_officer")


def test_the_same_message_five_times_gets_one_reply(browser: Browser, database: Database) -> None:
    client_id = str(uuid4())
    answers = [browser.post(client_id=client_id, text="lệ phí bao nhiêu").json()["duplicate"] for _ in range(5)]
    assert answers == [False, True, True, True, True]
    browser.say("câu sau")
    assert browser.wait_replies(2) == ["Trả lời: lệ phí bao nhiêu", "Trả lời: câu sau"]
    assert len(outcomes(database)) == 2


def test_the_order_of_twenty_quick_messages_is_kept(browser: Browser, engine: FakeEngine) -> None:
    texts = [f"câu hỏi thứ {number} của tôi" for number in range(20)]
    for text in texts:
        browser.say(text)
    assert browser.wait_replies(20) == [f"Trả lời: {text}" for text in texts]
    assert engine.asked() == texts
    assert [m["seq"] for m in browser.messages()] == list(range(1, 42))


def test_an_engine_that_comes_back_answers_and_nobody_hears_of_it(browser: Browser, engine: FakeEngine) -> None:
    failures = iter([503, 503])
    engine.script = lambda turn: (next(failures, 200), reply(turn, message("Đây là câu trả lời.")))
    browser.say("xin chào")
    assert browser.wait_replies(1) == ["Đây là câu trả lời."]
    assert len(engine.turns) == 3
    assert len({turn["turn_id"] for turn in engine.turns}) == 1


def test_an_engine_that_stays_away_leads_to_an_apology_with_a_person_at_hand(
    browser: Browser, engine: FakeEngine, database: Database
) -> None:
    engine.stop()
    browser.say("xin chào")
    assert browser.wait_replies(1) == [say("engine_failed")]
    assert browser.messages()[-1]["buttons"][0]["title"] == say("button_talk_to_officer")
    assert outcomes(database) == [("failed_and_told", "engine_unreachable")]
    engine.start()
    browser.say("còn đó không")
    assert browser.wait_replies(2)[1] == "Trả lời: còn đó không"


BROKEN_ANSWERS: list[tuple[str, Any]] = [
    ("not JSON", b"<html>"),
    ("nothing", b""),
    ("a list", []),
    ("no messages", {"turn_id": "x"}),
    ("another turn's", {"turn_id": "other", "failed": None, "messages": [], "handoff": None, "nlu": None}),
    ("deeply nested", b"[" * 50_000),
    ("two megabytes", b'"' + b"x" * 2_000_000 + b'"'),
]


@pytest.mark.parametrize("answer", [a for _, a in BROKEN_ANSWERS], ids=[name for name, _ in BROKEN_ANSWERS])
def test_a_malformed_answer_ends_in_an_apology_and_an_outcome(
    browser: Browser, engine: FakeEngine, database: Database, answer: Any
) -> None:
    engine.script = lambda _turn: (200, answer)
    browser.say("xin chào")
    assert browser.wait_replies(1) == [say("engine_failed")]
    assert outcomes(database) == [("failed_and_told", "engine_malformed_answer")]
    assert len(engine.turns) == 1


@pytest.mark.parametrize("failed", ["no_reply", "action_failed", "engine_error"])
def test_a_failure_that_the_engine_names_is_told(browser: Browser, engine: FakeEngine, database: Database, failed: str) -> None:
    engine.script = lambda turn: (200, reply(turn, failed=failed))
    browser.say("xin chào")
    assert browser.wait_replies(1) == [say("engine_failed")]
    assert outcomes(database) == [("failed_and_told", failed)]


def test_an_engine_that_does_not_answer_in_time_is_not_asked_twice(
    browser: Browser, engine: FakeEngine, database: Database
) -> None:
    let_go = threading.Event()
    engine.script = lambda turn: (let_go.wait(20), echo(turn))[1]
    browser.say("xin chào")
    assert browser.wait_replies(1) == [say("engine_failed")]
    let_go.set()
    assert outcomes(database) == [("failed_and_told", "engine_timeout")]
    assert len(engine.turns) == 1


def hand_over(browser: Browser, engine: FakeEngine) -> None:
    engine.script = lambda turn: (200, reply(turn, message("Tôi đã chuyển cán bộ.", kind="handoff"), handoff="asked"))
    browser.say("cho tôi gặp cán bộ")
    browser.wait_replies(1)
    engine.script = echo


def test_a_handoff_silences_the_bot_and_tells_the_citizen_once(browser: Browser, engine: FakeEngine, database: Database) -> None:
    hand_over(browser, engine)
    assert browser.transcript()["state"]["speaker"] == "waiting"
    assert [b["title"] for b in browser.messages()[-1]["buttons"]] == [say("button_return_to_bot")]
    browser.say("tôi đợi lâu rồi")
    browser.wait_replies(2)
    browser.say("alo")
    browser.say("1")
    found = wait_outcomes(database, 4)
    assert found == [("handed_over", "asked")] + 3 * [("waiting_for_officer", "waiting")]
    assert browser.replies() == ["Tôi đã chuyển cán bộ.", say("waiting_already")]
    assert len(engine.turns) == 1
    with database.sessions() as session:
        (handoff,) = open_handoffs(session)
    assert (handoff.conversation_id, handoff.reason, handoff.speaker) == (browser.conversation_id, "asked", "waiting")


@pytest.mark.parametrize("way", ["press", "type"])
def test_the_citizen_returns_to_the_bot(browser: Browser, engine: FakeEngine, database: Database, way: str) -> None:
    hand_over(browser, engine)
    if way == "press":
        browser.press(say("button_return_to_bot"))
    else:
        browser.say("tiep tuc voi tro ly tu dong")
    assert browser.wait_replies(2)[1] == say("returned_to_bot")
    browser.say("lệ phí bao nhiêu")
    assert browser.wait_replies(3)[2] == "Trả lời: lệ phí bao nhiêu"
    with database.sessions() as session:
        assert open_handoffs(session) == []
        assert session.scalars(select(Handoff.state)).all() == ["withdrawn"]
    browser.press(say("button_return_to_bot"))
    assert browser.wait_replies(4)[3] == say("already_with_bot")


def test_an_officer_gives_back_or_closes_and_the_citizen_is_answered_again(
    browser: Browser, engine: FakeEngine, database: Database
) -> None:
    hand_over(browser, engine)
    with database.sessions() as session:
        (waiting,) = open_handoffs(session)
    close_handoff(database.sessions, waiting.id, "closed")
    assert browser.wait_replies(2)[1] == say("officer_closed")
    assert browser.transcript()["state"]["speaker"] == "closed"
    browser.say("tôi hỏi thêm")
    assert browser.wait_replies(3)[2] == "Trả lời: tôi hỏi thêm"
    assert browser.transcript()["state"]["speaker"] == "bot"
    assert engine.turns[-1]["conversation"] == f"{browser.conversation_id}.2"


def test_a_takeover_during_a_turn_drops_what_the_bot_would_have_said(
    browser: Browser, engine: FakeEngine, database: Database
) -> None:
    def taken_over_meanwhile(turn: dict[str, Any]) -> tuple[int, Any]:
        with writing(database.sessions) as session:
            session.get_one(Conversation, browser.conversation_id).speaker = "officer"
        return echo(turn)

    engine.script = taken_over_meanwhile
    browser.say("xin chào")
    assert wait_outcomes(database) == [("waiting_for_officer", "speaker_changed")]
    browser.say("có ai không")
    assert wait_outcomes(database, 2)[1] == ("waiting_for_officer", "officer")
    assert browser.replies() == []
    assert [m["seq"] for m in browser.messages()] == [1, 2, 3]
    with database.sessions() as session:
        assert session.scalars(select(Outbound.state).where(Outbound.inbound_id.is_not(None))).all() == ["dropped"]


def test_an_unknown_speaker_means_silence_and_an_alarm(
    browser: Browser, engine: FakeEngine, database: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with writing(database.sessions) as session:
        session.get_one(Conversation, browser.conversation_id).speaker = "robot"
    browser.say("xin chào")
    assert wait_outcomes(database) == [("waiting_for_officer", "speaker_unknown")]
    assert browser.replies() == []
    assert engine.turns == []
    assert "alarm.speaker_unknown" in [record.message for record in caplog.records]


def test_two_workers_answer_thirty_conversations_once_each(gateway: str, engine: FakeEngine, database: Database) -> None:
    with working(database, engine, workers=2, pace=FAST):
        browsers = [Browser(gateway) for _ in range(30)]
        for number in range(3):
            for one in browsers:
                one.say(f"câu hỏi thứ {number} của tôi")
        for one in browsers:
            assert one.wait_replies(3, seconds=60) == [f"Trả lời: câu hỏi thứ {number} của tôi" for number in range(3)]
            one.close()
    assert outcomes(database) == 90 * [("answered", None)]
    assert len(engine.turns) == 90


def test_an_event_that_kills_its_worker_each_time_ends_too(gateway: str, engine: FakeEngine, database: Database) -> None:
    with browsing(gateway) as browser:
        browser.say("xin chào")
        browser.wait_replies(1)
        with writing(database.sessions) as session:
            row = session.scalars(select(Inbound)).one()
            row.outcome, row.attempts = None, 3
            session.delete(session.scalars(select(Outbound).where(Outbound.inbound_id == row.id)).one())
        assert wait_outcomes(database) == [("failed_and_told", "attempts_used_up")]
        assert browser.replies() == [say("engine_failed")]
        assert len(engine.turns) == 1
