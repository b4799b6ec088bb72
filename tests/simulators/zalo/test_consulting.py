"""Consulting messages over HTTP: windows, quotas, refusals, what the person sees, echoes and receipts."""

from typing import Any

import httpx
import pytest

from tests.simulators.zalo.harness import CREDENTIALS, CS, PDF, PNG, Receiver, Zalo

CARD = {"title": "Cho biết số điện thoại", "subtitle": "Để tra cứu hồ sơ", "image_url": ""}
ASK = {"type": "template", "payload": {"template_type": "request_user_info", "elements": [CARD]}}


def talking(zalo: Zalo, **fields: Any) -> str:
    user = zalo.person(**fields)
    zalo.does(user, "say", text="Xin chào")
    return user


def test_sent_text_is_seen_and_answered_with_id_and_quota(zalo: Zalo) -> None:
    user = talking(zalo)
    answer = zalo.send(user, text="Chào ông/bà")
    assert (answer["error"], answer["message"]) == (0, "Success")
    assert answer["data"]["user_id"] == user
    assert answer["data"]["quota"]["quota_type"] == "reply"
    shown = zalo.screen(user)[-1]
    assert (shown["author"], shown["text"], shown["id"]) == ("bot", "Chào ông/bà", answer["data"]["message_id"])


def test_echo_and_receipt_follow_every_message(zalo: Zalo, hook: Receiver) -> None:
    user = talking(zalo)
    message_id = zalo.send(user, text="Chào")["data"]["message_id"]
    echo = hook.wait_named("oa_send_text")[0].event
    assert echo["sender"] == {"id": CREDENTIALS.oa_id}, "only an officer's message carries admin_id"
    assert echo["recipient"] == {"id": user}
    assert echo["message"] == {"msg_id": message_id, "text": "Chào"}
    receipt = hook.wait_named("user_received_message")[0].event
    assert (receipt["sender"]["id"], receipt["message"]) == (user, {"msg_id": message_id})


def test_knobs_of_receipts(zalo: Zalo, hook: Receiver) -> None:
    user = talking(zalo)
    zalo.knobs(receipt_sender="oa")
    zalo.send(user, text="Một")
    assert hook.wait_named("user_received_message")[0].event["recipient"]["id"] == user
    zalo.knobs(receipts=False)
    zalo.send(user, text="Hai")
    hook.wait_named("oa_send_text", 2)
    assert len(hook.named("user_received_message")) == 1


def test_strangers_cannot_be_written_to(zalo: Zalo) -> None:
    assert zalo.send("1", text="a")["error"] == -213
    assert zalo.send(zalo.person(), text="a")["error"] == -213


def test_following_opens_the_window_and_leaving_closes_it(zalo: Zalo) -> None:
    user = zalo.person()
    zalo.does(user, "follow")
    assert zalo.send(user, text="a")["error"] == 0
    zalo.does(user, "unfollow")
    assert zalo.send(user, text="a")["error"] == -213
    zalo.does(user, "say", text="Tôi hỏi thêm")
    assert zalo.send(user, text="a")["error"] == 0


@pytest.mark.parametrize(("knob", "code"), [(-244, -244), (-213, -213)])
def test_person_who_blocked_the_account(zalo: Zalo, knob: int, code: int) -> None:
    user = talking(zalo)
    zalo.does(user, "block")
    zalo.knobs(blocked_error=knob)
    assert zalo.send(user, text="Chào")["error"] == code
    assert zalo.screen(user)[-1]["refused"].startswith(str(code))
    zalo.does(user, "unblock")
    assert zalo.send(user, text="Chào")["error"] == 0


def test_free_for_48_hours_paid_for_7_days_then_closed(zalo: Zalo) -> None:
    user = talking(zalo)
    zalo.knobs(paid_quota=2, access_token_seconds=10**8)
    zalo.grant()
    zalo.advance(hours=47, minutes=59)
    assert zalo.send(user, text="a")["data"]["quota"]["quota_type"] == "reply"
    zalo.advance(minutes=2)
    quota = zalo.send(user, text="a")["data"]["quota"]
    assert (quota["quota_type"], quota["remain"], quota["total"]) == ("sub_quota", 1, 2)
    assert zalo.send(user, text="a")["error"] == 0
    assert zalo.send(user, text="a")["error"] == -211
    zalo.knobs(paid_quota=100)
    zalo.advance(days=4, hours=23)
    assert zalo.send(user, text="a")["error"] == 0
    zalo.advance(hours=2)
    assert zalo.send(user, text="a")["error"] == -230
    zalo.advance(days=40)
    assert zalo.send(user, text="a")["error"] == -227
    zalo.does(user, "say", text="Tôi trở lại")
    assert zalo.send(user, text="a")["data"]["quota"]["quota_type"] == "reply"


def test_knob_eight_free_replies_until_the_next_interaction(zalo: Zalo) -> None:
    user = talking(zalo)
    zalo.knobs(free_replies=8, paid_quota=0)
    assert [zalo.send(user, text=str(n))["error"] for n in range(9)] == [0] * 8 + [-211]
    assert [message["text"] for message in zalo.screen(user) if message["refused"]] == ["8"]
    zalo.does(user, "say", text="Còn gì nữa không?")
    assert zalo.send(user, text="a")["data"]["quota"]["remain"] == 7


def test_paid_quota_begins_anew_each_month(zalo: Zalo) -> None:
    user = talking(zalo)
    zalo.knobs(paid_quota=1, access_token_seconds=10**8)
    zalo.grant()
    zalo.order("/clock", {"now": "2026-11-30T20:00:00+07:00"})
    zalo.does(user, "say", text="a")
    zalo.knobs(free_replies=0)
    assert [zalo.send(user, text="a")["error"] for _ in range(2)] == [0, -211]
    zalo.advance(hours=5)
    assert zalo.send(user, text="a")["error"] == 0


def test_refused_message_costs_nothing(zalo: Zalo) -> None:
    user = talking(zalo)
    zalo.knobs(free_replies=0, paid_quota=1)
    media = {"template_type": "media", "elements": [{"media_type": "image", "attachment_id": "unknown"}]}
    assert zalo.send(user, attachment={"type": "template", "payload": media})["error"] == -201
    assert zalo.send(user, text="a")["error"] == 0


def test_uploaded_image_and_file_reach_the_person_as_links(zalo: Zalo, hook: Receiver) -> None:
    user = talking(zalo)
    image = zalo.upload("image", "a.png", PNG)["data"]["attachment_id"]
    media = {"template_type": "media", "elements": [{"media_type": "image", "attachment_id": image}]}
    assert zalo.send(user, text="Mẫu", attachment={"type": "template", "payload": media})["error"] == 0
    token = zalo.upload("file", "đơn.pdf", PDF)["data"]["token"]
    assert zalo.send(user, attachment={"type": "file", "payload": {"token": token}})["error"] == 0
    url = hook.wait_named("oa_send_file")[0].event["message"]["attachments"][0]["payload"]["url"]
    assert zalo.api.get(url).content == PDF
    assert zalo.api.get(zalo.screen(user)[-2]["attachments"][0]["url"]).content == PNG


def test_attachments_end_after_seven_days_and_do_not_change_kind(zalo: Zalo) -> None:
    zalo.knobs(access_token_seconds=10**8)
    zalo.grant()
    token = zalo.upload("file", "a.pdf", PDF)["data"]["token"]
    zalo.advance(days=7, seconds=1)
    user = talking(zalo)
    assert zalo.send(user, attachment={"type": "file", "payload": {"token": token}})["error"] == -100
    image = zalo.upload("image", "a.png", PNG)["data"]["attachment_id"]
    assert zalo.send(user, attachment={"type": "file", "payload": {"token": image}})["error"] == -201


def test_quote_must_be_of_this_conversation(zalo: Zalo) -> None:
    user, other = talking(zalo), talking(zalo, id="77")
    mine, theirs = (zalo.screen(who)[0]["id"] for who in (user, other))
    assert zalo.send(user, text="a", quote_message_id=mine)["error"] == 0
    assert zalo.send(user, text="a", quote_message_id=theirs)["error"] == -201
    assert zalo.send(user, text="a", quote_message_id="gone")["error"] == -201


@pytest.mark.parametrize("kind", ["oa.query.show", "oa.query.hide"])
def test_tap_comes_back_as_text_and_only_show_prints_it(zalo: Zalo, hook: Receiver, kind: str) -> None:
    user = talking(zalo)
    button = {"title": "Lệ phí", "type": kind, "payload": "#a:7fK2p9"}
    sent = zalo.send(user, text="Chọn", attachment={"type": "template", "payload": {"buttons": [button]}})
    zalo.does(user, "tap", message_id=sent["data"]["message_id"], title="Lệ phí")
    event = hook.wait_named("user_send_text", 2)[-1].event
    assert event["message"]["text"] == "#a:7fK2p9"
    assert (zalo.screen(user)[-1]["text"] == "#a:7fK2p9") is (kind == "oa.query.show")


def test_tap_on_links_opens_and_sends_nothing(zalo: Zalo, hook: Receiver) -> None:
    user = talking(zalo)
    button = {"title": "Cổng", "type": "oa.open.url", "payload": {"url": "https://example.vn/cong"}}
    sent = zalo.send(user, text="Mở", attachment={"type": "template", "payload": {"buttons": [button]}})
    tapped = zalo.does(user, "tap", message_id=sent["data"]["message_id"], value="https://example.vn/cong")
    assert (tapped["opens"], tapped["deliveries"]) == ("https://example.vn/cong", [])
    assert len(hook.wait_named("user_send_text")) == 1


@pytest.mark.parametrize("shape", ["full_address", "flat", "text"])
def test_card_is_answered_once_in_the_shape_of_the_knob(zalo: Zalo, hook: Receiver, shape: str) -> None:
    user = talking(zalo, phone="0912 345 678")
    zalo.knobs(submit_info_shape=shape)
    assert zalo.send(user, attachment=ASK)["error"] == 0
    zalo.does(user, "share_contact")
    event = hook.wait_named("user_submit_info")[0].event
    match shape:
        case "full_address":
            assert event["info"]["phone"] == "84912345678"
            assert set(event["info"]["full_address"]) == {"user_city", "user_ward", "user_address"}
        case "flat":
            assert (event["info"]["phone"], event["info"]["ward"]) == ("84912345678", "Phường Kinh Bắc")
        case "text":
            assert "info" not in event
            assert '"phone": "84912345678"' in event["message"]["text"]
    assert zalo.control.post(f"/_sim/users/{user}/share_contact", json={}).status_code == 409
    assert zalo.get("/v3.0/oa/user/detail", data={"user_id": user})["data"]["shared_info"]["phone"] == "84912345678"


def test_person_may_give_another_phone(zalo: Zalo, hook: Receiver) -> None:
    user = talking(zalo)
    zalo.send(user, attachment=ASK)
    zalo.does(user, "share_contact", own=False, phone="0987654321", name="Người khác")
    assert hook.wait_named("user_submit_info")[0].event["info"]["phone"] == "84987654321"


@pytest.mark.parametrize("path", ["/v3.0/oa/message/transaction", "/v3.0/oa/message/promotion"])
def test_interfaces_that_were_shut_down(zalo: Zalo, path: str) -> None:
    assert zalo.post(path, {"recipient": {"user_id": talking(zalo)}, "message": {"text": "a"}})["error"] == -240


def test_old_interface_takes_reactions_but_no_text(zalo: Zalo, hook: Receiver) -> None:
    user = talking(zalo)
    written = zalo.screen(user)[0]["id"]
    old = {"recipient": {"user_id": user}}
    assert zalo.post("/v2.0/oa/message", old | {"message": {"text": "a"}})["error"] == -240
    action = {"sender_action": {"react_icon": "/-strong", "react_message_id": written}}
    assert [zalo.post("/v2.0/oa/message", old | action)["error"] for _ in range(51)] == [0] * 50 + [-210]
    assert hook.wait_named("oa_reacted_message")[0].event["message"] == {"msg_id": written, "react_icon": "/-strong"}
    action["sender_action"]["react_message_id"] = "unknown"
    assert zalo.post("/v2.0/oa/message", old | action)["error"] == -201


def test_anonymous_visitor_is_answered_on_the_old_interface(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person()
    ids = zalo.does(user, "anonymous_say", text="Cho tôi hỏi")
    event = hook.wait_named("anonymous_send_text")[0].event
    assert event["sender"] == {"id": ids["anonymous_id"]}
    assert event["message"]["conversation_id"] == ids["conversation_id"]
    recipient = {"anonymous_id": ids["anonymous_id"], "conversation_id": ids["conversation_id"]}
    assert zalo.post("/v2.0/oa/message", {"recipient": recipient, "message": {"text": "Chào"}})["error"] == 0
    assert hook.wait_named("oa_send_anonymous_text")[0].event["recipient"] == {"id": ids["anonymous_id"]}
    assert zalo.screen(user)[-1]["text"] == "Chào"
    assert zalo.get("/v2.0/oa/listrecentchat", data={})["data"] == [], "nobody can tell whose anonymous chat it was"
    stranger = recipient | {"anonymous_id": "1"}
    assert zalo.post("/v2.0/oa/message", {"recipient": stranger, "message": {"text": "Chào"}})["error"] == -213
    assert zalo.send(user, text="a")["error"] == -213, "an anonymous visit opens no window"


def test_rate_limit_is_told_in_headers_and_ends_with_the_minute(zalo: Zalo) -> None:
    zalo.knobs(rate_per_minute=3)
    zalo.order("/clock", {"now": "2026-11-23T12:30:05+07:00"})
    headers = {"access_token": zalo.access_token}
    answers = [zalo.api.get("/v2.0/oa/getoa", headers=headers) for _ in range(4)]
    assert [answer.json()["error"] for answer in answers] == [0, 0, 0, -32]
    assert [answer.headers["x-ratelimit-remain"] for answer in answers] == ["2", "1", "0", "0"]
    assert answers[0].headers["x-ratelimit-limit"] == "3"
    zalo.advance(minutes=1)
    assert zalo.get("/v2.0/oa/getoa")["error"] == 0


def test_faults_are_armed_for_one_interface_and_one_person(zalo: Zalo) -> None:
    user, other = talking(zalo), talking(zalo, id="77")
    zalo.order("/faults", {"method": CS.lstrip("/"), "user": user, "mode": "reply", "status": 500, "body": "oops"})
    assert zalo.send(other, text="a")["error"] == 0
    body = {"recipient": {"user_id": user}, "message": {"text": "a"}}
    assert zalo.api.post(CS, json=body, headers={"access_token": zalo.access_token}).status_code == 500
    assert zalo.send(user, text="a")["error"] == 0


def test_accepted_message_whose_answer_is_lost_was_seen(zalo: Zalo) -> None:
    user = talking(zalo)
    zalo.order("/faults", {"method": CS.lstrip("/"), "mode": "accept_then_reset"})
    with pytest.raises(httpx.TransportError):
        zalo.send(user, text="Có một lần")
    assert [message["text"] for message in zalo.screen(user)].count("Có một lần") == 1


@pytest.mark.parametrize(
    ("content", "headers", "code"),
    [
        (b"{", {}, -201),
        (b"", {}, -201),
        (b"[" * 100_000, {}, -201),
        (b"\xff\xfe", {}, -201),
        (b'{"recipient":{"user_id":"1"},"message":{"text":"\\ud800"}}', {}, -201),
        (b'{"recipient":{"user_id":"1"},"message":{"text":"a"}}', {"Content-Type": "text/plain"}, -201),
        (b'{"x":"' + b"a" * 300_000 + b'"}', {}, -210),
        (b"1" * 5000, {}, -201),
    ],
)
def test_broken_bodies(zalo: Zalo, content: bytes, headers: dict[str, str], code: int) -> None:
    told = {"access_token": zalo.access_token, "Content-Type": "application/json"} | headers
    answer = zalo.api.post(CS, content=content, headers=told)
    assert (answer.status_code, answer.json()["error"]) == (200, code)


def test_token_is_asked_for_before_anything_is_told(zalo: Zalo) -> None:
    answer = zalo.api.post(CS, content=b"{", headers={"access_token": "wrong"})
    assert answer.json()["error"] == -216


def test_answers_are_marked_as_simulated(zalo: Zalo) -> None:
    for path in ("/health", "/v2.0/oa/getoa", "/nowhere"):
        assert zalo.api.get(path).headers["x-simulated"] == "zalo"
    assert zalo.api.get("/nowhere").status_code == 404
