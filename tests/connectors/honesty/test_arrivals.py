"""Events that come twice, late, in the wrong order, or just before a crash: each is one turn, and none is lost."""

import signal
import threading
from typing import Any

import pytest

from bot.conversations.turns import claim_next
from tests.connectors.fake_engine import echo
from tests.connectors.harness import FAST
from tests.connectors.honesty.assistant import Assistant
from tests.connectors.honesty.marks import on_both_databases, on_each_channel, on_telegram
from tests.connectors.honesty.stands import SOON, Citizen, soon
from tests.connectors.processes import environment, process
from tests.engine_process import free_port

pytestmark = on_both_databases


@on_each_channel
def test_an_event_that_comes_several_times_is_one_turn(assistant: Assistant, citizen: Citizen) -> None:
    citizen.say("lệ phí khai sinh", duplicate=2)
    citizen.wait_heard(1)
    citizen.say("cần giấy tờ gì", concurrent=True, duplicate=5)
    citizen.wait_heard(2)
    posts = citizen.stand.wait_delivered(citizen)
    citizen.say("cảm ơn")
    assert citizen.wait_heard(3) == ["Trả lời: lệ phí khai sinh", "Trả lời: cần giấy tờ gì", "Trả lời: cảm ơn"]
    # A busy machine may let an attempt pass the platform's deadline: that one has no status, and the platform posts it again.
    in_time = [one for post in posts for one in post["attempts"] if not str(one["error"]).startswith("no answer in")]
    assert {attempt["status"] for attempt in in_time} == {200}
    assert max(len(post["attempts"]) for post in posts) >= 6
    assert [turn["text"] for turn in assistant.turns(citizen)] == ["lệ phí khai sinh", "cần giấy tờ gì", "cảm ơn"]
    assert [row.outcome for row in assistant.inbound(citizen)] == ["answered"] * 3


@on_each_channel
def test_the_platform_has_its_answer_while_the_turn_still_runs(assistant: Assistant, citizen: Citizen) -> None:
    asked, go_on = threading.Event(), threading.Event()

    def think(turn: dict[str, Any]) -> tuple[int, Any]:
        asked.set()
        go_on.wait(SOON)
        return echo(turn)

    assistant.engine.script = think
    citizen.say("xin chào")
    assert asked.wait(SOON)
    (post,) = citizen.stand.wait_delivered(citizen)
    assert [(attempt["number"], attempt["status"]) for attempt in post["attempts"]] == [(1, 200)]
    assert citizen.heard() == []
    go_on.set()
    assert citizen.wait_heard(1) == ["Trả lời: xin chào"]
    assert len(assistant.turns(citizen)) == 1


@pytest.mark.parametrize("channel", ["zalo", "facebook"])
def test_messages_that_overtake_each_other_are_answered_in_the_order_of_writing(assistant: Assistant, citizen: Citizen) -> None:
    with assistant.reconfigured(inbound_hold_back_seconds=5):
        overtake(assistant, citizen)
        soon(lambda: len(assistant.inbound(citizen)) == 2)
        assert assistant.turns(citizen) == []
        assistant.time.move(seconds=6)
        assert citizen.wait_heard(2) == ["Trả lời: tôi muốn đăng ký khai sinh", "Trả lời: ở phường Kinh Bắc"]
    assert [row.outcome_detail for row in assistant.inbound(citizen)] == [None, None]


@on_telegram
def test_a_platform_that_keeps_the_order_is_not_waited_for(assistant: Assistant, citizen: Citizen) -> None:
    overtake(assistant, citizen)
    assert sorted(citizen.wait_heard(2)) == ["Trả lời: tôi muốn đăng ký khai sinh", "Trả lời: ở phường Kinh Bắc"]
    first = assistant.turns(citizen)[0]["text"]
    late = "late" if first == "ở phường Kinh Bắc" else None
    outcomes = {row.text: row.outcome_detail for row in assistant.inbound(citizen)}
    assert outcomes == {"tôi muốn đăng ký khai sinh": late, "ở phường Kinh Bắc": None}


def overtake(assistant: Assistant, citizen: Citizen) -> None:
    citizen.stand.order("/hold")
    citizen.say("tôi muốn đăng ký khai sinh")
    assistant.time.move(seconds=2)
    citizen.say("ở phường Kinh Bắc")
    citizen.stand.order("/release", {"reversed": True})


@on_each_channel
def test_a_message_that_comes_long_after_a_later_one_is_answered_and_marked(assistant: Assistant, citizen: Citizen) -> None:
    citizen.stand.order("/hold")
    citizen.say("câu thứ nhất")
    assistant.time.move(seconds=2)
    first = citizen.stand.deliveries(citizen)[-1]["body"].encode()
    citizen.stand.order("/release")
    citizen.wait_heard(1)
    later = citizen.stand.event_never_posted(citizen, "câu thứ hai")
    assistant.time.move(seconds=2)
    citizen.say("câu thứ ba")
    citizen.wait_heard(2)
    assert citizen.stand.raw(later) == 200
    assert citizen.stand.raw(first) == 200
    assert citizen.wait_heard(3)[-1] == "Trả lời: câu thứ hai"
    assert [(row.text, row.outcome, row.outcome_detail) for row in assistant.inbound(citizen)] == [
        ("câu thứ nhất", "answered", None),
        ("câu thứ ba", "answered", None),
        ("câu thứ hai", "answered", "late"),
    ]


def test_a_gateway_that_dies_after_its_answer_has_lost_nothing(assistant: Assistant) -> None:
    assistant.stop()
    port = free_port()
    env = environment(assistant.settings, GATEWAY_PORT=str(port))
    citizens = [stand.citizen() for stand in assistant.stands.values()]
    try:
        with process(["-m", "connectors.gateway"], env) as gateway:
            for stand in assistant.stands.values():
                soon(lambda stand=stand: connects(stand, port), what="the gateway's start")
            for citizen in citizens:
                citizen.say("hồ sơ của tôi đâu rồi")
                (post,) = citizen.stand.wait_delivered(citizen)
                assert [attempt["status"] for attempt in post["attempts"]] == [200]
            gateway.send_signal(signal.SIGKILL)
            gateway.wait()
    finally:
        assistant.start()
    for citizen in citizens:
        assert citizen.wait_heard(1) == ["Trả lời: hồ sơ của tôi đâu rồi"]
        assert [row.outcome for row in assistant.inbound(citizen)] == ["answered"]


def connects(stand: Any, port: int) -> bool:
    try:
        stand.connect(f"http://127.0.0.1:{port}")
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("channel", ["zalo"])
def test_a_turn_whose_worker_died_is_carried_out_by_another(assistant: Assistant, citizen: Citizen) -> None:
    assistant.stop_worker()
    try:
        citizen.say("xin chào")
        citizen.stand.wait_delivered(citizen)
        soon(lambda: claim_next(assistant.database.sessions, "died", assistant.time(), FAST.lease), what="the claim")
    finally:
        assistant.start_worker()
    assistant.time.move(seconds=FAST.lease.total_seconds() + 1)
    assert citizen.wait_heard(1) == ["Trả lời: xin chào"]
    assert [(row.outcome, row.attempts) for row in assistant.inbound(citizen)] == [("answered", 2)]
