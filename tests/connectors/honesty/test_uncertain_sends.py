"""Sends that end without an answer, too fast for the platform, or at somebody who has blocked us."""

import threading
from datetime import timedelta
from typing import Any

import pytest

from bot.conversations.delivery_figures import channel_figures, unsent_parts
from bot.conversations.outbox import Outbox
from connectors.gateway.channels import platform_channels
from connectors.gateway.sending import MessageRenderer, paces_of
from tests.connectors.fake_engine import echo, message, reply
from tests.connectors.honesty.assistant import Assistant
from tests.connectors.honesty.marks import on_each_channel, on_zalo
from tests.connectors.honesty.stands import SOON, Citizen, Stand, soon


def states(assistant: Assistant, citizen: Citizen) -> list[tuple[str, int]]:
    return [(delivery.state, delivery.attempts) for delivery in assistant.sent(citizen)]


def introduced(citizen: Citizen) -> None:
    """The first words are exchanged."""
    citizen.say("xin chào")
    citizen.wait_heard(1)


@on_each_channel
def test_a_message_whose_end_is_unknown_is_not_sent_twice_and_what_follows_is_sent(
    assistant: Assistant, citizen: Citizen, channel: str
) -> None:
    introduced(citizen)
    citizen.stand.fault("accept_then_timeout", seconds=0.3, user=citizen.id)
    citizen.say("lệ phí")
    soon(lambda: len(assistant.sent(citizen)) == 3 and states(assistant, citizen)[2][0] in ("sent", "ambiguous"))
    citizen.say("cảm ơn")
    assert citizen.wait_heard(3)[1:] == ["Trả lời: lệ phí", "Trả lời: cảm ơn"]
    # The platform repeats our message to us, and so tells that it arrived; Telegram does not.
    expected = "ambiguous" if channel == "telegram" else "sent"
    soon(lambda: states(assistant, citizen)[2] == (expected, 1), what=expected)
    assert assistant.conversation(citizen).speaker == "bot"
    with assistant.database.sessions() as session:
        listed = [part.conversation_id for part in unsent_parts(session)]
    assert (assistant.conversation(citizen).id in listed) == (channel == "telegram")


@pytest.mark.parametrize("channel", ["zalo", "facebook"])
def test_an_echo_that_comes_after_the_failure_settles_it(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    assistant.stop_sender()
    try:
        citizen.say("lệ phí")
        soon(lambda: len(assistant.outbound(citizen)) == 3, what="the answer in the ledger")
        citizen.stand.order("/hold")
        citizen.stand.fault("accept_then_timeout", seconds=0.3, user=citizen.id)
    finally:
        assistant.start_sender()
    soon(lambda: states(assistant, citizen)[2:] == [("ambiguous", 1)], what="ambiguous")
    assert [row.state for row in assistant.outbound(citizen)][-1] == "ambiguous"
    citizen.stand.order("/release")
    soon(lambda: states(assistant, citizen)[2] == ("sent", 1), what="the echo")
    assert [row.state for row in assistant.outbound(citizen)][-1] == "sent"
    assert citizen.heard()[1:] == ["Trả lời: lệ phí"]


@on_each_channel
def test_a_connection_that_never_carried_the_message_leads_to_no_double(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    citizen.stand.fault("reset", user=citizen.id)
    citizen.say("lệ phí")
    soon(lambda: states(assistant, citizen)[2:] == [("ambiguous", 1)], what="ambiguous")
    citizen.say("cảm ơn")
    assert citizen.wait_heard(2)[1:] == ["Trả lời: cảm ơn"]


@on_zalo
def test_a_message_whose_sender_died_in_the_call_is_not_sent_by_another(assistant: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    assistant.stop_sender()
    try:
        citizen.say("lệ phí")
        channels = platform_channels(assistant.settings, assistant.database.sessions, assistant.time)
        dying = Outbox(assistant.database.sessions, MessageRenderer(channels), paces_of(channels), "dying")
        soon(lambda: dying.next_part(assistant.time()), what="the part")
    finally:
        assistant.start_sender()
    assistant.time.move(seconds=61)
    citizen.say("cảm ơn")
    assert citizen.wait_heard(2)[1:] == ["Trả lời: cảm ơn"]
    soon(lambda: not assistant.is_sending(), what="the end of the call")
    assert states(assistant, citizen)[2:] == [("ambiguous", 1), ("sent", 1)]


def three_answers(turn: dict[str, Any]) -> tuple[int, Any]:
    return 200, reply(turn, *(message(f"{turn['text']} {number}") for number in (1, 2, 3)))


@on_each_channel
def test_a_platform_that_says_wait_is_waited_for_and_each_citizen_hears_all_in_order(assistant: Assistant, channel: str) -> None:
    stand = assistant.stands[channel]
    assistant.stop_sender()
    assistant.engine.script = three_answers
    citizens = [stand.citizen() for _ in range(4)]
    for citizen in citizens:
        citizen.say("câu")
    for citizen in citizens:
        soon(lambda one=citizen: len(assistant.outbound(one)) == 4, what="the answers")
    stand.fault("reply", **stand.rate_refusal(7))
    refused_at = assistant.time()
    assistant.start_sender(hands=1)
    paused = soon(lambda: (a := assistant.account(channel)) and a.paused_until, what="the pause")
    assert (paused - refused_at).total_seconds() >= 7
    assert all(len(citizen.screen()) == 1 for citizen in citizens)
    assistant.time.move(seconds=8)
    stand.fault("reply", **stand.rate_refusal(7))
    for citizen in citizens:
        soon(lambda one=citizen: went_on(assistant, one), what="all answers")
        assert citizen.heard() == ["câu 1", "câu 2", "câu 3"]
        assert citizen.refused() == []
    soon(lambda: {state for one in citizens for state, _ in states(assistant, one)} == {"sent"}, what="the last ends")
    assistant.stop_sender()
    assistant.start_sender()


def went_on(assistant: Assistant, citizen: Citizen) -> bool:
    """Whether all was heard; time goes on meanwhile, but not during a call: its sender would pass for dead."""
    if len(citizen.heard()) < 3 and not assistant.is_sending():
        assistant.time.move(seconds=20)
    return len(citizen.heard()) >= 3


@pytest.mark.parametrize(
    ("channel", "knobs"),
    [("zalo", {"rate_per_minute": 5}), ("facebook", {"sends_per_second": 2})],
    ids=["zalo", "facebook"],
)
def test_the_platforms_own_limit_costs_no_message(assistant: Assistant, channel: str, knobs: dict[str, int]) -> None:
    stand = assistant.stands[channel]
    usual = stand.order("/knobs", method="GET")
    usual = usual.get("knobs", usual)
    assistant.engine.script = three_answers
    citizens = [stand.citizen() for _ in range(3)]
    stand.knobs(**knobs)
    try:
        for citizen in citizens:
            citizen.say("câu")
        for citizen in citizens:
            soon(lambda one=citizen: went_on(assistant, one), what="all answers")
            assert citizen.heard() == ["câu 1", "câu 2", "câu 3"]
    finally:
        stand.knobs(**{name: usual[name] for name in knobs})


@on_each_channel
def test_a_citizen_who_blocked_us_costs_one_attempt_and_can_come_back(
    assistant: Assistant, citizen: Citizen, channel: str
) -> None:
    introduced(citizen)
    asked, go_on = threading.Event(), threading.Event()

    def think(turn: dict[str, Any]) -> tuple[int, Any]:
        asked.set()
        go_on.wait(SOON)
        return echo(turn)

    assistant.engine.script = think
    citizen.say("lệ phí")
    assert asked.wait(SOON)
    citizen.does("block", delivery={"drop": True})
    go_on.set()
    soon(lambda: assistant.conversation(citizen).unavailable_reason, what="the mark")
    assert assistant.wait_end(assistant.tell(citizen, "Hồ sơ đã có kết quả")) == ("dead", "unavailable")
    assert len(citizen.refused()) == 1
    with assistant.database.sessions() as session:
        figures = channel_figures(session, channel, assistant.time() - timedelta(hours=1))
    assert figures.unreachable >= 1
    assert figures.state == "ok"
    citizen.does("unblock")
    citizen.say("tôi quay lại")
    assert citizen.wait_heard(2)[1:] == ["Trả lời: tôi quay lại"]
    assert len(citizen.refused()) == 1


def test_a_block_that_the_platform_tells_of_costs_no_attempt(assistant: Assistant) -> None:
    stand: Stand = assistant.stands["telegram"]
    citizen = stand.citizen()
    introduced(citizen)
    citizen.does("block")
    soon(lambda: assistant.conversation(citizen).unavailable_reason, what="the mark")
    assert assistant.wait_end(assistant.tell(citizen, "Hồ sơ đã có kết quả")) == ("dead", "unavailable")
    assert citizen.refused() == []
