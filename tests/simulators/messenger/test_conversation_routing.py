"""Who controls a thread, what our application hears, and what it may say."""

from tests.simulators.messenger.harness import APP, LAN, OTHER_APP, PAGE, Messenger, Receiver, error_of
from tests.waiting import wait_for

INBOX, INBOX_ECHO = "263902037430900", 26390203743090
TEXT = {"text": "Chào", "metadata": "gw:out-1"}
NOT_OWNER, CONTROLLED = (400, 100, 2534037), (400, 10, 2018300)


def thread(messenger: Messenger) -> dict[str, object]:
    return messenger.order(f"/threads/{LAN}", method="GET")


def control(messenger: Messenger, what: str, **more: object):  # type: ignore[no-untyped-def]
    return messenger.graph(f"/v25.0/{PAGE}/{what}_thread_control", {"recipient": {"id": LAN}, **more})


def route(messenger: Messenger, default: str | None, **more: object) -> None:
    messenger.order("/routing", {"default_app": default, "apps": [OTHER_APP], **more})


def test_our_own_echo_carries_our_metadata(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    mid = messenger.send(LAN, TEXT)
    echo = hook.one("echo")
    assert echo["sender"] == {"id": PAGE}
    assert echo["recipient"] == {"id": LAN}
    assert echo["message"] == {"mid": mid, "is_echo": True, "app_id": int(APP), "metadata": "gw:out-1", "text": "Chào"}


def test_an_officer_in_the_inbox_takes_the_thread_and_we_only_listen(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    messenger.order("/officer", {"user": LAN, "text": "Tôi là cán bộ Hà"})
    taken = hook.one("take_thread_control")["take_thread_control"]
    assert taken == {"previous_owner_app_id": APP, "new_owner_app_id": INBOX}
    wait_for(lambda: hook.events("echo", "standby"))
    echo = hook.one("echo", "standby")["message"]
    assert (echo["app_id"], "metadata" in echo) == (INBOX_ECHO, False)
    assert error_of(messenger.call(LAN, TEXT)) == CONTROLLED
    assert error_of(messenger.act(LAN, "typing_on")) == CONTROLLED
    messenger.does(LAN, "say", text="Cảm ơn cán bộ")
    wait_for(lambda: hook.events("message", "standby"))
    assert [event["message"]["text"] for event in hook.events("message")] == ["Chào trung tâm"]
    seen = [(message["author"], message["text"]) for message in messenger.screen() if not message["refused"]]
    assert seen[1:] == [("officer", "Tôi là cán bộ Hà"), ("user", "Cảm ơn cán bộ")]


def test_a_page_may_be_told_without_the_name_of_the_new_owner(messenger: Messenger, hook: Receiver) -> None:
    messenger.knobs(take_names_new_owner=False)
    messenger.person()
    messenger.order("/officer", {"user": LAN, "text": "Chào"})
    assert hook.one("take_thread_control")["take_thread_control"]["new_owner_app_id"] is None


def test_the_inbox_gives_the_thread_back(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    messenger.order(f"/threads/{LAN}/take", {"app": "inbox"})
    assert thread(messenger)["our_app_in_standby"] is True
    messenger.order(f"/threads/{LAN}/pass", {"app": "inbox", "target": "ours", "metadata": "xong"})
    passed = hook.one("pass_thread_control")["pass_thread_control"]
    assert passed == {"previous_owner_app_id": INBOX, "new_owner_app_id": APP, "metadata": "xong"}
    messenger.send(LAN, TEXT)


def test_control_lapses_after_a_day_of_silence(messenger: Messenger) -> None:
    messenger.person()
    messenger.order("/officer", {"user": LAN, "text": "Chào"})
    messenger.advance(hours=23)
    messenger.does(LAN, "say", text="Còn đó không?")
    messenger.advance(hours=23)
    assert error_of(messenger.call(LAN, TEXT)) == CONTROLLED
    messenger.advance(hours=2)
    assert thread(messenger)["owner"] is None
    messenger.does(LAN, "say", text="Alo")
    assert thread(messenger)["owner"] == APP
    messenger.send(LAN, TEXT)


def test_we_pass_to_the_inbox_and_take_back(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    assert error_of(control(messenger, "pass", target_app_id="42")) == (400, 100, 2018164)
    assert error_of(control(messenger, "pass", target_app_id=APP)) == (400, 100, None)
    assert control(messenger, "pass", target_app_id=int(INBOX), metadata="cần người").json() == {"success": True}
    assert error_of(control(messenger, "pass", target_app_id=APP)) == NOT_OWNER
    assert error_of(control(messenger, "release")) == NOT_OWNER
    assert error_of(control(messenger, "extend", duration=60)) == NOT_OWNER
    owner = messenger.graph(f"/v25.0/{PAGE}/thread_owner", verb="GET", recipient=LAN).json()["data"][0]["thread_owner"]
    assert owner["app_id"] == INBOX
    assert control(messenger, "take").json() == {"success": True}
    assert error_of(control(messenger, "take")) == (400, 100, None)
    messenger.send(LAN, TEXT)
    assert hook.events("pass_thread_control") == hook.events("take_thread_control") == []


def test_extending_and_releasing(messenger: Messenger) -> None:
    messenger.person()
    assert error_of(control(messenger, "extend", duration=8 * 86400)) == (400, 100, None)
    assert error_of(control(messenger, "extend", duration="x")) == (400, 100, None)
    control(messenger, "extend", duration=3 * 86400)
    messenger.does(LAN, "say", text="Tôi hỏi thêm")
    messenger.advance(days=2)
    assert thread(messenger)["owner"] == APP
    control(messenger, "release")
    assert thread(messenger)["owner"] is None
    assert messenger.graph(f"/v25.0/{PAGE}/thread_owner", verb="GET", recipient=LAN).json() == {"data": []}


def test_another_default_application_leaves_us_listening(messenger: Messenger, hook: Receiver) -> None:
    route(messenger, OTHER_APP)
    messenger.graph(f"/v25.0/{PAGE}/messenger_profile", {"get_started": {"payload": "GET_STARTED"}})
    messenger.person(wrote=False)
    messenger.does(LAN, "start")
    heard = hook.one("postback", "standby")["postback"]
    assert set(heard) == {"mid", "title"}
    assert error_of(messenger.call(LAN, TEXT)) == CONTROLLED
    assert error_of(control(messenger, "take")) == (400, 10, None)
    route(messenger, OTHER_APP, may_take=["ours"])
    assert control(messenger, "take").status_code == 200
    messenger.send(LAN, TEXT)


def test_without_a_default_application_everyone_answers_and_nobody_takes(messenger: Messenger, hook: Receiver) -> None:
    route(messenger, None)
    messenger.person()
    messenger.send(LAN, TEXT)
    messenger.order("/officer", {"user": LAN, "text": "Cán bộ đây"})
    messenger.send(LAN, TEXT)
    wait_for(lambda: len(hook.events("echo")) == 3)
    assert hook.events(channel="standby") == []
    assert error_of(control(messenger, "take")) == (400, 27, None)
    assert error_of(control(messenger, "pass")) == (400, 100, None)
    assert messenger.refused(f"/threads/{LAN}/take", {"app": "inbox"}).status_code == 409


def test_requesting_control(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    assert error_of(control(messenger, "request")) == (400, 100, None)
    route(messenger, None)
    messenger.advance(days=1)
    assert control(messenger, "request").json() == {"success": True}
    assert hook.one("pass_thread_control")["pass_thread_control"]["previous_owner_app_id"] is None
    messenger.order(f"/threads/{LAN}/request", {"app": OTHER_APP, "metadata": "xin"})
    asked = hook.one("request_thread_control")["request_thread_control"]
    assert asked == {"requested_owner_app_id": OTHER_APP, "metadata": "xin"}


def test_a_message_can_pass_or_release_the_thread_behind_it(messenger: Messenger) -> None:
    messenger.person()
    nobody = {"control_type": "pass", "app_id": "42"}
    assert error_of(messenger.call(LAN, TEXT, thread_control=nobody)) == (400, 100, 2018164)
    assert [m["text"] for m in messenger.screen() if not m["refused"]] == ["Chào trung tâm"]
    messenger.send(LAN, TEXT, thread_control={"control_type": "release"})
    assert thread(messenger)["owner"] is None
    messenger.send(LAN, TEXT, thread_control={"control_type": "pass", "app_id": INBOX})
    assert thread(messenger)["owner"] == INBOX
