"""The Send API over HTTP: how it is called, what it refuses, and what reaches the citizen's phone."""

import json
from typing import Any

import httpx
import pytest

from simulators.messenger.signatures import appsecret_proof
from tests.simulators.messenger.harness import LAN, MESSAGES, PAGE, SECRET, TOKEN, Messenger, Receiver, error_of
from tests.waiting import wait_for

TEXT = {"text": "Hồ sơ đã tiếp nhận", "metadata": "gw:out-1"}
BODY = {"recipient": {"id": LAN}, "messaging_type": "RESPONSE", "message": TEXT}
TEMPLATE = {
    "name": "ho_so_da_co_ket_qua",
    "language": "vi",
    "category": "UTILITY",
    "parameter_format": "NAMED",
    "components": [
        {"type": "BODY", "text": "Hồ sơ {{ma}} của ông/bà đã có kết quả, mời đến nhận tại quầy."},
        {"type": "BUTTONS", "buttons": [{"type": "POSTBACK", "text": "Xem", "payload": "a:9"}]},
    ],
}


def utility(text: str = "BN-01", name: str = "ma", template: str = "ho_so_da_co_ket_qua") -> dict[str, Any]:
    parameters = [{"type": "text", "parameter_name": name, "text": text}]
    return {
        "template": {"name": template, "language": {"code": "vi"}, "components": [{"type": "body", "parameters": parameters}]}
    }


def as_form(body: dict[str, Any]) -> dict[str, str]:
    return {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}


def state(messenger: Messenger) -> dict[str, Any]:
    extra: dict[str, Any] = messenger.order("/users", method="GET")["users"][0]["extra"]
    return extra


def test_json_form_and_query_all_send(messenger: Messenger) -> None:
    messenger.person()
    api = messenger.api
    answers = [
        api.post(MESSAGES, json=BODY, params={"access_token": TOKEN}),
        api.post(f"/v99.0/{PAGE}/messages", json=BODY | {"access_token": TOKEN}),
        api.post("/v25.0/me/messages", data=as_form(BODY | {"access_token": TOKEN})),
        api.post("/me/messages", params=as_form(BODY), headers={"Authorization": f"Bearer {TOKEN}"}),
    ]
    assert [answer.status_code for answer in answers] == [200] * 4
    assert [m["text"] for m in messenger.screen()[1:]] == [TEXT["text"]] * 4
    told = answers[0].json()
    assert told["recipient_id"] == LAN
    assert told["message_id"] == messenger.screen()[1]["id"]
    assert len({answer.json()["message_id"] for answer in answers}) == 4


def test_every_answer_says_that_it_is_simulated(messenger: Messenger) -> None:
    assert messenger.api.get("/health").headers["x-simulated"] == "messenger"
    assert messenger.graph("/v25.0/nothing").headers["x-simulated"] == "messenger"
    assert messenger.control.get("/health").json()["simulated"] is True


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ({"url": MESSAGES, "json": BODY}, (400, 104, None)),
        ({"url": "/v25.0/me/messages", "json": BODY}, (400, 2500, None)),
        ({"url": MESSAGES, "json": BODY | {"access_token": "WRONG"}}, (400, 190, None)),
        ({"url": MESSAGES, "json": BODY | {"access_token": 5}}, (400, 100, None)),
        ({"url": MESSAGES, "json": BODY, "params": {"access_token": TOKEN, "appsecret_proof": "0" * 64}}, (400, 100, None)),
        ({"url": MESSAGES, "content": b"{", "params": {"access_token": TOKEN}}, (400, 100, None)),
        ({"url": "/v25.0/999/messages", "json": BODY | {"access_token": TOKEN}}, (400, 100, 33)),
        ({"url": f"/v25.0/{PAGE}/nothing", "json": BODY | {"access_token": TOKEN}}, (400, 100, 33)),
        ({"url": f"/v25.0/{PAGE}/messages/more", "json": BODY | {"access_token": TOKEN}}, (400, 2500, None)),
    ],
)
def test_a_call_without_the_right_proof_or_place_is_refused(
    messenger: Messenger, call: dict[str, Any], expected: tuple[int, int, int | None]
) -> None:
    messenger.person()
    assert error_of(messenger.api.post(**call)) == expected
    assert len(messenger.screen()) == 1


def test_text_in_place_of_json_is_refused(messenger: Messenger) -> None:
    messenger.person()
    answer = messenger.api.post(
        MESSAGES, content=json.dumps(BODY), params={"access_token": TOKEN}, headers={"Content-Type": "text/plain"}
    )
    assert error_of(answer) == (400, 100, None)


def test_a_verb_the_graph_does_not_have(messenger: Messenger) -> None:
    assert error_of(messenger.graph(MESSAGES, BODY, "PUT")) == (400, 100, 33)


def test_an_expired_token_is_190_until_another_is_set(messenger: Messenger) -> None:
    messenger.person()
    messenger.order("/tokens/expire")
    assert error_of(messenger.call(LAN, TEXT)) == (400, 190, 463)
    messenger.order("/rotate_secret", {"value": TOKEN, "extra": {"which": "page_token"}})
    messenger.send(LAN, TEXT)


def test_appsecret_proof_can_be_required(messenger: Messenger) -> None:
    messenger.person()
    messenger.knobs(require_appsecret_proof=True)
    assert error_of(messenger.call(LAN, TEXT)) == (400, 100, None)
    proven = messenger.graph(MESSAGES, BODY, appsecret_proof=appsecret_proof(SECRET, TOKEN))
    assert proven.status_code == 200


def test_nobody_with_this_id(messenger: Messenger) -> None:
    silent = messenger.person("5550001112223", wrote=False)
    assert error_of(messenger.call("1112223334445", TEXT)) == (400, 100, 2018001)
    assert error_of(messenger.call(silent, TEXT)) == (400, 100, 2018001)
    messenger.person()
    messenger.does(LAN, "delete_conversation")
    assert error_of(messenger.call(LAN, TEXT)) == (400, 100, 2018001)


def test_a_citizen_who_blocked_the_page(messenger: Messenger) -> None:
    messenger.person()
    messenger.does(LAN, "block")
    assert error_of(messenger.call(LAN, TEXT)) == (400, 551, 1545041)
    messenger.knobs(blocked_reply="200")
    assert error_of(messenger.call(LAN, TEXT)) == (403, 200, 1545041)
    assert error_of(messenger.act(LAN, "typing_on")) == (403, 200, 1545041)
    messenger.does(LAN, "unblock")
    messenger.send(LAN, TEXT)
    refused = [message["refused"] for message in messenger.screen() if message["refused"]]
    assert len(refused) == 2
    assert all("isn't available" in reason for reason in refused)


def test_in_development_only_testers_are_reached(messenger: Messenger) -> None:
    messenger.person()
    tester = messenger.person("5550001112223", extra={"tester": True})
    messenger.knobs(app_mode="development")
    assert error_of(messenger.call(LAN, TEXT)) == (403, 200, 2018028)
    messenger.send(tester, TEXT)


def test_the_window_closes_after_a_day_and_opens_with_the_next_word(messenger: Messenger) -> None:
    messenger.person()
    messenger.advance(hours=23, minutes=59)
    messenger.send(LAN, TEXT)
    messenger.advance(minutes=2)
    assert error_of(messenger.call(LAN, TEXT)) == (400, 10, 2018278)
    messenger.knobs(window_subcode=2018065)
    assert error_of(messenger.call(LAN, TEXT, messaging_type="UPDATE")) == (400, 10, 2018065)
    assert messenger.screen()[-1]["refused"]
    messenger.does(LAN, "say", text="Còn đó không?")
    messenger.send(LAN, TEXT)


def test_human_agent_needs_the_feature_and_ends_after_a_week(messenger: Messenger) -> None:
    messenger.person()
    tagged = {"messaging_type": "MESSAGE_TAG", "tag": "HUMAN_AGENT"}
    messenger.advance(days=2)
    assert error_of(messenger.call(LAN, TEXT, **tagged)) == (400, 10, None)
    messenger.knobs(human_agent_feature=True)
    messenger.send(LAN, TEXT, **tagged)
    messenger.advance(days=5, minutes=1)
    assert error_of(messenger.call(LAN, TEXT, **tagged)) == (400, 10, 2018278)


def test_a_thread_from_an_ad_is_open_for_a_week(messenger: Messenger) -> None:
    messenger.person()
    messenger.does(LAN, "start", value="chien-dich", extra={"source": "ADS"})
    messenger.advance(days=6)
    messenger.send(LAN, TEXT)


def test_a_utility_template_goes_at_any_time_once_approved(messenger: Messenger, hook: Receiver) -> None:
    messenger.person()
    messenger.advance(days=30)
    missing = messenger.call(LAN, utility(), messaging_type="UTILITY")
    assert error_of(missing) == (400, 100, None)
    messenger.knobs(template_review="PENDING")
    made = messenger.graph(f"/v25.0/{PAGE}/message_templates", TEMPLATE).json()
    assert made["status"] == "PENDING"
    assert error_of(messenger.call(LAN, utility(), messaging_type="UTILITY")) == (400, 100, None)
    messenger.order("/templates/ho_so_da_co_ket_qua/review", {"status": "APPROVED"})
    assert error_of(messenger.call(LAN, utility(name="so"), messaging_type="UTILITY")) == (400, 100, None)
    messenger.send(LAN, utility(), messaging_type="UTILITY")
    shown = messenger.screen()[-1]
    assert shown["text"].startswith("Hồ sơ BN-01 của ông/bà")
    assert shown["buttons"] == [{"title": "Xem", "kind": "postback", "value": "a:9"}]
    messenger.knobs(page_utility_messaging=False)
    assert error_of(messenger.call(LAN, utility(), messaging_type="UTILITY")) == (403, 200, None)
    changes = wait_for(lambda: [entry["changes"][0] for entry in hook.entries() if "changes" in entry], what="the notification")
    change = changes[0]
    assert change["field"] == "message_template_status_update"
    assert change["value"]["event"] == "APPROVED"


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("{{ma}} {{ten}} {{ngay}} mời", "PARAMS_TO_WORD_RATIO_EXCEED_LIMIT"),
        ("Hồ sơ của ông bà {{2}} đã có kết quả tại quầy", "INCORRECT_PARAMS"),
    ],
)
def test_the_review_rejects_with_a_reason(messenger: Messenger, body: str, reason: str) -> None:
    form = "NAMED" if "ma" in body else "POSITIONAL"
    template = TEMPLATE | {"parameter_format": form, "components": [{"type": "BODY", "text": body}]}
    assert messenger.graph(f"/v25.0/{PAGE}/message_templates", template).json()["status"] == "REJECTED"
    listed = messenger.graph(f"/v25.0/{PAGE}/message_templates", verb="GET").json()["data"][0]
    assert listed["rejected_reason"] == reason


def test_rates_per_second_per_day_and_per_person(messenger: Messenger) -> None:
    messenger.person()
    messenger.knobs(sends_per_person_a_minute=3)
    for _ in range(3):
        messenger.send(LAN, TEXT)
    assert error_of(messenger.call(LAN, TEXT)) == (400, 613, None)
    messenger.advance(minutes=1)
    messenger.knobs(sends_per_person_a_minute=None, calls_per_engaged_person_a_day=6)
    messenger.send(LAN, TEXT)
    messenger.send(LAN, TEXT)
    assert error_of(messenger.call(LAN, TEXT)) == (403, 32, None)
    messenger.advance(hours=23)
    messenger.knobs(calls_per_engaged_person_a_day=200, sends_per_second=1)
    answers = [messenger.call(LAN, TEXT) for _ in range(20)]
    assert (403, 4, 2018022) in [error_of(answer) for answer in answers if answer.status_code != 200]


def test_typing_reactions_and_seen(messenger: Messenger) -> None:
    messenger.person()
    for action in ("typing_on", "typing_off", "mark_seen"):
        assert messenger.act(LAN, action).json() == {"recipient_id": LAN}
    messenger.act(LAN, "typing_on")
    assert (state(messenger)["page_is_typing"], state(messenger)["page_has_seen"]) == (True, True)
    messenger.advance(seconds=21)
    assert state(messenger)["page_is_typing"] is False
    mid = messenger.screen()[0]["id"]
    assert messenger.act(LAN, "react", payload={"message_id": mid, "reaction": "love"}).status_code == 200
    assert "love" in messenger.screen()[0]["note"]
    assert len(messenger.screen()) == 1


def test_a_persona_speaks_under_its_name(messenger: Messenger) -> None:
    messenger.person()
    persona = {"name": "Cán bộ Hà", "profile_picture_url": "https://mot-cua.example/ha.png"}
    made = messenger.graph(f"/v25.0/{PAGE}/personas", persona).json()["id"]
    messenger.send(LAN, TEXT, persona_id=made)
    assert messenger.screen()[-1]["note"] == "tên hiển thị (persona): Cán bộ Hà"
    assert messenger.graph(f"/v25.0/{made}", verb="DELETE").json() == {"success": True}
    assert error_of(messenger.call(LAN, TEXT, persona_id=made)) == (400, 100, None)
    too_long = persona | {"name": "x" * 51}
    assert error_of(messenger.graph(f"/v25.0/{PAGE}/personas", too_long)) == (400, 100, None)


def test_a_reply_names_a_message_of_this_thread(messenger: Messenger) -> None:
    messenger.person()
    messenger.send(LAN, TEXT, reply_to={"mid": messenger.screen()[0]["id"]})
    assert error_of(messenger.call(LAN, TEXT, reply_to={"mid": "m_other"})) == (400, 100, None)


def test_a_send_that_was_accepted_although_the_caller_saw_no_answer(messenger: Messenger) -> None:
    messenger.person()
    fault = {"method": "messages", "user": LAN, "mode": "accept_then_reset"}
    messenger.order("/faults", fault)
    messenger.act(LAN, "typing_on")  # actions have a name of their own: the fault stays armed
    with pytest.raises(httpx.TransportError):
        messenger.call(LAN, TEXT)
    assert messenger.screen()[-1]["text"] == TEXT["text"]
    messenger.order("/faults", {"mode": "reply", "status": 500, "body": {"error": {"message": "x", "code": 2}}})
    assert messenger.call(LAN, TEXT).status_code == 500
    messenger.send(LAN, TEXT)
