"""Officers who answer in the platform's own inbox: the assistant is silent, their words are in the transcript, it comes back."""

import threading
from typing import Any

import pytest

from tests.connectors.fake_engine import echo
from tests.connectors.honesty.assistant import Assistant
from tests.connectors.honesty.marks import on_facebook
from tests.connectors.honesty.stands import SOON, Citizen, soon

on_platforms_with_an_inbox = pytest.mark.parametrize("channel", ["zalo", "facebook"])


def introduced(citizen: Citizen) -> None:
    citizen.say("xin chào")
    citizen.wait_heard(1)


def officer_says(assistant: Assistant, citizen: Citizen, text: str) -> None:
    citizen.stand.order("/officer", {"user": citizen.id, "text": text})
    soon(lambda: ("officer", text) in assistant.transcript(citizen), what="the officer's words")


def routed(citizen: Citizen, default_app: str | None) -> None:
    if citizen.stand.name == "facebook":
        citizen.stand.order("/routing", {"default_app": default_app})


@on_platforms_with_an_inbox
def test_the_assistant_is_silent_while_an_officer_answers_and_speaks_again_after_half_an_hour(
    assistant: Assistant, citizen: Citizen
) -> None:
    routed(citizen, None)
    try:
        introduced(citizen)
        officer_says(assistant, citizen, "Tôi là Lan, bộ phận một cửa. Ông cần gì ạ?")
        citizen.say("tôi hỏi về khai sinh")
        assert assistant.wait_outcomes(citizen, 2)[-1] == ("waiting_for_officer", "officer")
        assistant.time.move(minutes=29)
        citizen.say("chị còn đó không")
        assert assistant.wait_outcomes(citizen, 3)[-1] == ("waiting_for_officer", "officer")
        assert len(assistant.turns(citizen)) == 1
        assistant.time.move(minutes=2)
        citizen.say("lệ phí bao nhiêu")
        assert citizen.wait_heard(2)[-1] == "Trả lời: lệ phí bao nhiêu"
        assert [who for who, _ in assistant.transcript(citizen)][-1] == "bot"
    finally:
        routed(citizen, "ours")


@on_platforms_with_an_inbox
def test_an_officer_gives_the_conversation_back_with_a_word(assistant: Assistant, citizen: Citizen) -> None:
    routed(citizen, None)
    try:
        introduced(citizen)
        officer_says(assistant, citizen, "Mời bà gửi câu hỏi")
        citizen.stand.order("/officer", {"user": citizen.id, "text": "#bot"})
        soon(lambda: assistant.conversation(citizen).speaker == "bot", what="the way back")
        citizen.say("lệ phí bao nhiêu")
        assert citizen.wait_heard(2)[-1] == "Trả lời: lệ phí bao nhiêu"
        assert ("officer", "#bot") not in assistant.transcript(citizen)
    finally:
        routed(citizen, "ours")


@on_platforms_with_an_inbox
def test_an_answer_under_way_when_the_officer_speaks_is_not_said(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    asked, go_on = threading.Event(), threading.Event()

    def think(turn: dict[str, Any]) -> tuple[int, Any]:
        asked.set()
        go_on.wait(SOON)
        return echo(turn)

    assistant.engine.script = think
    citizen.say("lệ phí bao nhiêu")
    assert asked.wait(SOON)
    officer_says(assistant, citizen, "Lệ phí là 0 đồng")
    go_on.set()
    assert assistant.wait_outcomes(citizen, 2)[-1] == ("waiting_for_officer", "speaker_changed")
    assert [row.state for row in assistant.outbound(citizen) if row.seq is None] == ["dropped"]
    assert len(citizen.heard()) == 1


@on_platforms_with_an_inbox
def test_an_answer_that_waits_to_be_sent_when_the_officer_speaks_is_not_sent(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    assistant.stop_sender()
    try:
        citizen.say("lệ phí bao nhiêu")
        soon(lambda: len(assistant.outbound(citizen)) == 3, what="the answer in the ledger")
        officer_says(assistant, citizen, "Lệ phí là 0 đồng")
    finally:
        assistant.start_sender()
    waiting = [row.id for row in assistant.outbound(citizen) if row.author == "bot"][-1]
    assert assistant.wait_end(waiting) == ("dropped", "speaker_changed")
    assert len(citizen.heard()) == 1


@on_facebook
def test_a_thread_taken_by_the_inbox_comes_back_when_it_is_passed(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    officer_says(assistant, citizen, "Tôi xem hồ sơ giúp ông")
    assert citizen.stand.order(f"/threads/{citizen.id}", method="GET")["our_app_in_standby"]
    citizen.say("cảm ơn chị")
    citizen.stand.wait_delivered(citizen)
    assert len(assistant.turns(citizen)) == 1
    assert assistant.conversation(citizen).speaker == "officer"
    citizen.stand.order(f"/threads/{citizen.id}/pass", {"app": "inbox", "target": "ours"})
    soon(lambda: assistant.conversation(citizen).speaker == "bot", what="the way back")
    citizen.say("lệ phí bao nhiêu")
    assert citizen.wait_heard(2)[-1] == "Trả lời: lệ phí bao nhiêu"
    assert citizen.refused() == []


@on_facebook
def test_a_thread_that_the_inbox_forgot_comes_back_after_a_day_of_silence(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    officer_says(assistant, citizen, "Tôi xem hồ sơ giúp ông")
    assistant.time.move(hours=24, seconds=5)
    citizen.say("lệ phí bao nhiêu")
    assert citizen.wait_heard(2)[-1] == "Trả lời: lệ phí bao nhiêu"
    assert citizen.refused() == []
