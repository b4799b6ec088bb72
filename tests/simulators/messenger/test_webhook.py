"""The webhook: handshake, subscription, signature, retries, disabling, order, batches."""

import json

import pytest

from tests.simulators.messenger.harness import (
    APP,
    LAN,
    PAGE,
    SECRET,
    TOKEN,
    VERIFY,
    Messenger,
    Receiver,
    error_of,
    receiving,
)
from tests.waiting import wait_for

SUBSCRIBED = f"/v25.0/{PAGE}/subscribed_apps"


def test_registering_asks_for_the_bare_challenge(messenger: Messenger) -> None:
    with receiving() as hook:
        wrong = messenger.refused("/webhook", {"url": hook.url, "verify_token": "WRONG"})
        assert wrong.status_code == 409
        hook.challenge_back = '"123"'
        assert messenger.refused("/webhook", {"url": hook.url}).status_code == 409
        hook.challenge_back = None
        assert messenger.order("/webhook", {"url": hook.url})["url"] == hook.url
    gone = messenger.refused("/webhook", {"url": hook.url})
    assert "could not be asked" in gone.json()["error"]


def test_the_application_may_register_with_its_own_token(messenger: Messenger) -> None:
    body = {"object": "page", "verify_token": VERIFY}
    with receiving() as hook:
        path = f"/v25.0/{APP}/subscriptions"
        wrong = messenger.api.post(path, json=body | {"callback_url": hook.url, "access_token": TOKEN})
        assert error_of(wrong) == (400, 190, None)
        own = messenger.api.post(path, json=body | {"callback_url": hook.url, "access_token": f"{APP}|{SECRET}"})
        assert own.json() == {"success": True}


@pytest.mark.parametrize(
    "url", ["", "nonsense", "http://", "http://127.0.0.1:99999/hook", "http://[::1/hook", "ftp://127.0.0.1/a"]
)
def test_an_address_that_is_none(messenger: Messenger, url: str) -> None:
    assert messenger.refused("/webhook", {"url": url}).status_code == 409


def test_a_real_platform_is_never_called(messenger: Messenger) -> None:
    answer = messenger.refused("/webhook", {"url": "https://graph.facebook.com/hook"})
    assert "real platform" in answer.json()["error"]


def test_events_are_signed_over_escaped_bytes(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    event = hook.one("message")
    assert event["message"]["text"] == "Chào trung tâm"
    assert event["sender"] == {"id": LAN}
    assert event["recipient"] == {"id": PAGE}
    post = hook.posts[0]
    assert post.signed
    assert post.body.isascii()
    assert b"Ch\\u00e0o" in post.body
    assert set(json.loads(post.body)) == {"object", "entry"}


def test_after_a_change_of_the_secret_the_old_one_does_not_fit(messenger: Messenger, hook: Receiver) -> None:
    messenger.order("/rotate_secret", {"value": "ANOTHER"})
    messenger.person()
    hook.one("message")
    assert not hook.posts[0].signed
    messenger.order("/rotate_secret", {"value": SECRET})


def test_only_subscribed_fields_come(messenger: Messenger, hook: Receiver) -> None:
    assert error_of(messenger.graph(SUBSCRIBED, {"subscribed_fields": "messages,nonsense"})) == (400, 100, None)
    assert messenger.graph(SUBSCRIBED, subscribed_fields="messages,message_echoes").json() == {"success": True}
    messenger.person()
    messenger.send(LAN, {"text": "Chào"})
    messenger.does(LAN, "say", text="Cảm ơn")
    wait_for(lambda: len(hook.events()) == 3)
    assert hook.events("delivery") == hook.events("read") == []
    listed = messenger.graph(SUBSCRIBED, verb="GET").json()["data"][0]
    assert listed["subscribed_fields"] == ["messages", "message_echoes"]
    assert messenger.graph(SUBSCRIBED, verb="DELETE").json() == {"success": True}
    assert messenger.does(LAN, "say", text="Có ai không?")["deliveries"] == []


def test_a_failing_webhook_is_retried_alerted_disabled_and_subscribed_again(messenger: Messenger, hook: Receiver) -> None:
    hook.status = 500
    messenger.person()
    wait_for(lambda: messenger.deliveries()[0]["attempts"])

    def attempts() -> int:
        return len(messenger.deliveries()[0]["attempts"])

    for seconds in (1, 5, 15, 60, 120, 300, 600, 900):
        before = attempts()
        messenger.advance(seconds=seconds)
        wait_for(lambda before=before: attempts() > before)
    facts = messenger.order("/webhook", method="GET")
    assert facts["alert"] is True
    assert facts["disabled"] is False
    messenger.advance(seconds=1599)
    wait_for(lambda: messenger.order("/webhook", method="GET")["disabled"])
    assert attempts() == 10
    assert messenger.graph(SUBSCRIBED, verb="GET").json() == {"data": []}

    hook.status, lost = 200, len(hook.posts)
    messenger.does(LAN, "say", text="Mất")
    messenger.graph(SUBSCRIBED, subscribed_fields="messages")
    messenger.does(LAN, "say", text="Lại có")
    wait_for(lambda: len(hook.posts) > lost)
    assert [event["message"]["text"] for event in hook.events("message")[lost:]] == ["Lại có"]


def test_204_is_not_200(messenger: Messenger, hook: Receiver) -> None:
    hook.status = 204
    messenger.person()
    wait_for(lambda: messenger.deliveries()[0]["attempts"])
    hook.status = 200
    messenger.advance(seconds=1)
    wait_for(lambda: messenger.deliveries()[0]["state"] == "delivered")
    assert len(hook.posts) == 2
    assert hook.posts[0].body == hook.posts[1].body


def test_a_webhook_that_answers_late_gets_the_event_again(messenger: Messenger, hook: Receiver) -> None:
    messenger.sim.page.webhook.deliveries.deadline_seconds = 0.2
    try:
        hook.gate.clear()
        messenger.person()
        wait_for(lambda: messenger.deliveries()[0]["attempts"])
        assert "no answer" in messenger.deliveries()[0]["attempts"][0]["error"]
        hook.gate.set()
        messenger.advance(seconds=1)
        wait_for(lambda: messenger.deliveries()[0]["state"] == "delivered")
    finally:
        messenger.sim.page.webhook.deliveries.deadline_seconds = 5


def test_duplicates_at_once_and_events_out_of_order(messenger: Messenger, hook: Receiver) -> None:
    messenger.person(wrote=False)
    messenger.does(LAN, "say", text="một", delivery={"duplicate": 2, "concurrent": True})
    wait_for(lambda: len(hook.posts) == 3)
    assert len({event["message"]["mid"] for event in hook.events("message")}) == 1
    messenger.order("/hold")
    messenger.does(LAN, "say", text="hai")
    messenger.does(LAN, "say", text="ba")
    messenger.order("/release", {"reversed": True})
    wait_for(lambda: len(hook.posts) == 5)
    late = hook.events("message")[3:]
    assert [event["message"]["text"] for event in late] == ["ba", "hai"]
    assert late[0]["timestamp"] > late[1]["timestamp"]


def test_several_entries_with_several_events_in_one_post(messenger: Messenger, hook: Receiver) -> None:
    lan, minh = messenger.person(wrote=False), messenger.person("5550001112223", wrote=False)
    messenger.order(
        "/batch",
        {
            "entries": [
                [{"user": lan, "order": {"text": "một"}}, {"user": lan, "order": {"text": "hai"}}],
                [{"user": minh, "order": {"text": "ba"}}],
            ]
        },
    )
    wait_for(lambda: hook.posts)
    entries = json.loads(hook.posts[0].body)["entry"]
    assert [[event["message"]["text"] for event in entry["messaging"]] for entry in entries] == [["một", "hai"], ["ba"]]
    assert len(hook.posts) == 1


def test_any_bytes_can_be_posted(messenger: Messenger, hook: Receiver) -> None:
    assert messenger.order("/raw", {"body": '{"object":"page"}'})["status"] == 200
    assert messenger.order("/raw", {"body": "//4=", "encoding": "base64", "signature": "wrong"})["status"] == 200
    messenger.order("/raw", {"body": "{}", "signature": "none"})
    assert [post.signed for post in hook.posts] == [True, False, False]
    assert "x-hub-signature-256" not in hook.posts[2].headers


def test_a_reset_forgets_the_citizens(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    messenger.order("/reset")
    assert messenger.order("/users", method="GET")["users"] == []
    assert error_of(messenger.call(LAN, {"text": "a"})) == (400, 100, 2018001)
    assert messenger.order("/webhook", method="GET")["url"] == hook.url
