"""Delivery of events: the probe, the deadline, the retry ladder, being switched off, doubles and swaps."""

import pytest

from simulators.zalo.webhook import RETRY_SECONDS
from tests.simulators.zalo.harness import CREDENTIALS, Receiver, Zalo, receiving
from tests.waiting import wait_for


def settled(zalo: Zalo, state: str) -> None:
    wait_for(lambda: zalo.order("/deliveries", method="GET")["deliveries"][-1]["state"] == state, what=state)


def test_registering_sends_an_unsigned_empty_object(hook: Receiver) -> None:
    assert [post.body for post in hook.posts] == [b"{}"]
    assert "x-zevent-signature" not in hook.posts[0].headers


@pytest.mark.parametrize("status", [201, 204, 302, 401, 500])
def test_webhook_that_does_not_answer_200_is_not_registered(zalo: Zalo, status: int) -> None:
    with receiving() as receiver:
        receiver.status = status
        answer = zalo.control.post("/_sim/webhook", json={"url": receiver.url})
        assert answer.status_code == 409
        assert "Không thể kết nối với webhook" in answer.json()["error"]
        assert zalo.order("/webhook", method="GET")["url"] is None


def test_silent_or_absent_webhook_is_not_registered(zalo: Zalo) -> None:
    with receiving() as receiver:
        receiver.gate.clear()
        assert zalo.control.post("/_sim/webhook", json={"url": receiver.url}).status_code == 409
        url = receiver.url
        receiver.gate.set()
    assert zalo.control.post("/_sim/webhook", json={"url": url}).status_code == 409


@pytest.mark.parametrize("url", ["https://openapi.zalo.me/hook", "https://oauth.zaloapp.com", "no address", "http://"])
def test_real_hosts_are_never_posted_to(zalo: Zalo, url: str) -> None:
    assert zalo.control.post("/_sim/webhook", json={"url": url}).status_code == 409


def test_no_event_before_the_account_granted_a_token(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person()
    zalo.order("/tokens", method="DELETE")
    assert zalo.does(user, "say", text="a")["deliveries"] == []
    query = {"app_id": CREDENTIALS.app_id, "redirect_uri": hook.url}
    assert zalo.api.get("/v4/oa/permission", params=query).status_code == 302
    assert zalo.does(user, "say", text="a")["deliveries"] == [], "a code alone is no token"
    zalo.knobs(events_need_grant=False)
    zalo.does(user, "say", text="b")
    assert hook.wait_named("user_send_text")[0].event["message"]["text"] == "b"


def test_failed_event_climbs_the_ladder_and_then_the_webhook_is_off(zalo: Zalo, hook: Receiver) -> None:
    assert RETRY_SECONDS == (30, 300, 900, 1800, 3600)
    user = zalo.person()
    hook.status = 500
    zalo.does(user, "say", text="Mất rồi")
    for retry, seconds in enumerate(RETRY_SECONDS, start=1):
        hook.wait_named("user_send_text", retry)
        settled(zalo, "waiting")
        zalo.advance(seconds=seconds / 2)
        assert len(hook.named("user_send_text")) == retry
        zalo.advance(seconds=seconds / 2)
    posts = hook.wait_named("user_send_text", 6)
    assert [post.headers.get("num_retry") for post in posts] == [None, "1", "2", "3", "4", "5"]
    assert len({post.body for post in posts}) == 1
    assert len({post.headers["x-zevent-signature"] for post in posts}) == 1
    settled(zalo, "gave_up")
    assert zalo.order("/webhook", method="GET")["disabled"] is True

    hook.status = 200
    zalo.does(user, "say", text="Không ai nghe")
    settled(zalo, "no_target")
    zalo.register(hook)
    zalo.does(user, "say", text="Lại nghe")
    assert [post.event["message"]["text"] for post in hook.wait_named("user_send_text", 7)[6:]] == ["Lại nghe"]


def test_answer_after_two_seconds_is_too_late(zalo: Zalo, hook: Receiver) -> None:
    hook.gate.clear()
    zalo.does(zalo.person(), "say", text="a")
    settled(zalo, "waiting")
    attempt = zalo.order("/deliveries", method="GET")["deliveries"][-1]["attempts"][0]
    assert attempt["status"] is None
    assert "2 s" in attempt["error"]
    hook.gate.set()
    zalo.advance(seconds=31)
    settled(zalo, "delivered")


def test_doubles_at_the_same_instant_and_one_after_the_other(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person()
    zalo.does(user, "say", text="a", delivery={"duplicate": 2})
    assert len({post.body for post in hook.wait_named("user_send_text", 3)}) == 1
    hook.gate.clear()
    zalo.does(user, "say", text="b", delivery={"concurrent": True})
    hook.wait_named("user_send_text", 5)  # both arrive although neither is answered
    hook.gate.set()


def test_swapped_events_keep_their_timestamps(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person()
    zalo.order("/hold")
    zalo.does(user, "say", text="một")
    zalo.advance(seconds=1)
    zalo.does(user, "say", text="hai")
    zalo.order("/release", {"reversed": True})
    later, earlier = (post.event for post in hook.wait_named("user_send_text", 2))
    assert (later["message"]["text"], earlier["message"]["text"]) == ("hai", "một")
    assert int(later["timestamp"]) > int(earlier["timestamp"])


def test_lost_events_can_be_caught_up_by_reading(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person()
    said = zalo.does(user, "say", text="Có ai không?", delivery={"drop": True})
    settled(zalo, "dropped")
    assert hook.named("user_send_text") == []
    row = zalo.get("/v2.0/oa/listrecentchat", data={"offset": 0, "count": 10})["data"][0]
    assert (row["message_id"], row["from_id"], row["message"]) == (said["message_id"], user, "Có ai không?")


def test_reset_forgets_people_but_not_the_console(zalo: Zalo, hook: Receiver) -> None:
    zalo.person()
    zalo.knobs(mac_prefix=False)
    zalo.order("/reset")
    assert zalo.order("/users", method="GET")["users"] == []
    assert zalo.order("/knobs", method="GET")["knobs"]["mac_prefix"] is True
    assert zalo.order("/webhook", method="GET")["url"] == hook.url
    zalo.does(zalo.person(), "say", text="a")
    assert hook.wait_named("user_send_text")


@pytest.mark.parametrize("knobs", [{"mac_prefixes": True}, {"mac_prefix": "yes"}, {"free_replies": -1}, {"too_many_buttons": 0}])
def test_unknown_knobs_and_positions_are_refused(zalo: Zalo, knobs: dict[str, object]) -> None:
    before = zalo.order("/knobs", method="GET")
    assert zalo.control.post("/_sim/knobs", json=knobs).status_code == 422
    assert zalo.order("/knobs", method="GET") == before


def test_both_ports_tell_their_health(zalo: Zalo) -> None:
    for port in (zalo.api, zalo.control):
        assert port.get("/health").json()["status"] == "ok"


def test_webhook_that_comes_up_later_is_registered(zalo: Zalo) -> None:
    """As with ``ZALO_SIM_WEBHOOK_URL`` at the start, when the gateway may not be up yet."""
    with receiving() as receiver:
        receiver.status = 503
        zalo.in_loop(lambda: zalo.account.webhook.register_when_up(receiver.url))
        wait_for(lambda: receiver.posts, what="the first probe")
        receiver.status = 200
        wait_for(lambda: zalo.order("/webhook", method="GET")["url"], what="the registration")
