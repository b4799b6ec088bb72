"""ZBS templates by phone and by user id: parameters, standing, night, quota, receipts, reviews."""

import hashlib
import json
from typing import Any

import pytest

from tests.simulators.zalo.harness import CREDENTIALS, Receiver, Zalo

PHONE = "84912345678"
DATA = {"name": "Hoàng Anh", "dossier_code": "H05.12.3-260731-0001", "date": "23/11/2026"}
BY_UID = "/v3.0/oa/message/template"


def by_phone(zalo: Zalo, path: str = "/message/template", **changes: Any) -> dict[str, Any]:
    body = {"phone": PHONE, "template_id": "310001", "template_data": DATA, "tracking_id": "t-1"} | changes
    return zalo.post(path, {key: value for key, value in body.items() if value is not ...})


def by_uid(zalo: Zalo, user: str, **changes: Any) -> dict[str, Any]:
    return zalo.post(BY_UID, {"user_id": user, "template_id": "310001", "template_data": DATA} | changes)


def test_by_phone_reaches_a_person_who_never_wrote(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person(phone=PHONE)
    answer = by_phone(zalo)
    assert answer["error"] == 0
    assert answer["data"]["quota"] == {"dailyQuota": "500", "remainingQuota": "499"}
    assert answer["data"]["sent_time"].isdecimal()
    shown = zalo.screen(user)[-1]["text"]
    assert shown == "Hồ sơ H05.12.3-260731-0001 của ông/bà Hoàng Anh đã có kết quả ngày 23/11/2026."
    receipt = hook.wait_named("user_received_message")[0]
    assert receipt.headers["x-zevent-server"] == "ZNS"
    assert receipt.event["recipient"]["id"] == PHONE
    assert receipt.event["message"]["tracking_id"] == "t-1"
    assert receipt.event["message"]["msg_id"] == answer["data"]["msg_id"]
    assert zalo.get("/message/status", message_id=answer["data"]["msg_id"])["data"]["status"] == 1
    assert zalo.get("/message/status", message_id="other")["data"]["status"] == -1


def test_by_hashed_phone(zalo: Zalo, hook: Receiver) -> None:
    zalo.person(phone=PHONE)
    digest = hashlib.sha256(PHONE.encode()).hexdigest()
    assert by_phone(zalo, "/message/template/hashphone", phone=digest)["error"] == 0
    assert hook.wait_named("user_received_message")[0].event["recipient"]["id"] == digest
    assert by_phone(zalo, "/message/template/hashphone")["error"] == -108


def test_by_user_id_is_echoed_without_the_template_side_header(zalo: Zalo, hook: Receiver) -> None:
    user = zalo.person()
    answer = by_uid(zalo, user)
    assert answer["data"]["user_id"] == user
    echo = hook.wait_named("oa_send_template")[0]
    assert echo.event["message"]["msg_id"] == answer["data"]["message_id"]
    assert "x-zevent-server" not in echo.headers
    assert "x-zevent-server" not in hook.wait_named("user_received_message")[0].headers


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"phone": "0912345678"}, -108),
        ({"phone": "+84912345678"}, -108),
        ({"phone": 84912345678}, -108),
        ({"phone": "84999999999"}, -118),
        ({"template_id": "1"}, -109),
        ({"template_id": 310001}, -109),
        ({"template_id": "310004"}, -131),
        ({"template_id": "310005"}, -131),
        ({"template_id": "310006"}, -146),
        ({"tracking_id": "t" * 49}, -112),
        ({"tracking_id": ...}, -112),
        ({"sending_mode": "2"}, -112),
        ({"mode": "test"}, -112),
        ({"unknown": 1}, -112),
        ({"template_data": {}}, -111),
        ({"template_data": None}, -111),
        ({"template_data": []}, -112),
        ({"template_data": DATA | {"extra": "x"}}, -112),
        ({"template_data": {"name": "A", "date": "23/11/2026"}}, -1122),
        ({"template_data": DATA | {"name": " "}}, -1122),
        ({"template_data": DATA | {"name": "a" * 31}}, -1121),
        ({"template_data": DATA | {"dossier_code": "H05"}}, -1121),
        ({"template_data": DATA | {"date": "2026-11-23"}}, -1124),
        ({"template_data": DATA | {"date": "31/02/2026"}}, -1124),
        ({"template_data": DATA | {"name": 5}}, -1124),
    ],
)
def test_refused_by_phone(zalo: Zalo, changes: dict[str, Any], code: int) -> None:
    user = zalo.person(phone=PHONE)
    assert by_phone(zalo, **changes)["error"] == code
    assert zalo.screen(user) == []


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"user_id": "1"}, -213),
        ({"tracking_id": "t"}, -201),
        ({"template_id": "310002"}, -249),
        ({"template_id": "310004"}, -131),
        ({"template_data": {"name": "A"}}, -1122),
    ],
)
def test_refused_by_user_id(zalo: Zalo, changes: dict[str, Any], code: int) -> None:
    assert by_uid(zalo, zalo.person(), **changes)["error"] == code


def test_parameter_that_is_no_text(zalo: Zalo) -> None:
    user = zalo.person(phone=PHONE)
    body = json.dumps({"phone": PHONE, "template_id": "310001", "template_data": DATA | {"name": "\ud800"}, "tracking_id": "t"})
    headers = {"access_token": zalo.access_token, "Content-Type": "application/json"}
    assert zalo.api.post("/message/template", content=body, headers=headers).json()["error"] == -201
    assert zalo.screen(user) == []


def test_people_who_refuse(zalo: Zalo) -> None:
    user = zalo.person(phone=PHONE, extra={"refuses_templates": True})
    assert (by_phone(zalo)["error"], by_uid(zalo, user)["error"]) == (-139, -244)
    other = zalo.person("77", phone="0987654321")
    zalo.does(other, "block")
    assert (by_phone(zalo, phone="84987654321")["error"], by_uid(zalo, other)["error"]) == (-139, -244)


def test_promotion_waits_for_the_morning(zalo: Zalo) -> None:
    zalo.person(phone=PHONE)
    promotion = {"template_id": "310003", "template_data": {}}
    for time, code in (("21:50:00", 0), ("22:00:01", -133), ("05:50:00", -133), ("06:00:01", 0)):
        zalo.order("/clock", {"now": f"2026-11-24T{time}+07:00"})
        zalo.grant()
        assert by_phone(zalo, **promotion)["error"] == code
    zalo.order("/clock", {"now": "2026-11-24T23:00:00+07:00"})
    assert by_phone(zalo)["error"] == 0
    zalo.knobs(night_blocks="all")
    assert by_phone(zalo)["error"] == -133


def test_daily_quota_and_its_event(zalo: Zalo, hook: Receiver) -> None:
    zalo.person(phone=PHONE)
    zalo.knobs(template_daily_quota=1)
    changed = hook.wait_named("change_oa_daily_quota")[0]
    assert changed.event["quota"] == {"prev_value": "500", "new_value": "1"}
    assert changed.headers["x-zevent-server"] == "ZNS"
    assert [by_phone(zalo)["error"] for _ in range(2)] == [0, -144]
    assert zalo.get("/message/quota")["data"] == {"dailyQuota": "1", "remainingQuota": "0"}
    zalo.advance(hours=12, minutes=1)
    assert by_phone(zalo)["error"] == 0


def test_development_mode_reaches_admins_only_and_costs_nothing(zalo: Zalo) -> None:
    zalo.person(phone=PHONE)
    zalo.person("77", phone="0987654321", extra={"template_admin": True})
    waiting = {"template_id": "310004", "template_data": {"dossier_code": "H05.12"}, "mode": "development"}
    assert by_phone(zalo, **waiting)["error"] == -127
    assert by_phone(zalo, **waiting, phone="84987654321")["error"] == 0
    assert zalo.get("/message/quota")["data"]["remainingQuota"] == "500"


def test_template_is_written_reviewed_and_then_sent(zalo: Zalo, hook: Receiver) -> None:
    zalo.person(phone=PHONE)
    body = {"template_name": "Mới", "tag": 2, "text": "Mã <code>", "listParams": [{"name": "code", "maxLength": 10}]}
    made = zalo.post("/template/create", body)["data"]
    order = {"template_id": made["template_id"], "template_data": {"code": "A1"}}
    assert (made["template_status"], by_phone(zalo, **order)["error"]) == ("PENDING_REVIEW", -131)
    zalo.order(f"/templates/{made['template_id']}/review", {"status": "ENABLE"})
    event = hook.wait_named("change_template_status")[0]
    assert event.event["status"] == {"prev_status": "PENDING_REVIEW", "new_status": "ENABLE"}
    assert event.headers["x-zevent-server"] == "ZNS"
    assert by_phone(zalo, **order)["error"] == 0
    zalo.post("/template/edit", body | {"template_id": made["template_id"], "text": "Khác <code>"})
    assert by_phone(zalo, **order)["error"] == -131, "an edit waits for a new review"


def test_template_bodies_that_are_refused(zalo: Zalo) -> None:
    good = {"template_name": "Mới", "text": "a"}
    for body in ([], {}, good | {"status": "ENABLE"}, good | {"tag": 9}, good | {"template_id": "5"}):
        assert zalo.post("/template/create", body)["error"] == -112
    assert zalo.post("/template/edit", good | {"template_id": "5"})["error"] == -109


def test_templates_change_a_hundred_times_a_day_at_most(zalo: Zalo) -> None:
    good = {"template_name": "Mới", "text": "a"}
    zalo.account.template_changes["2026-11-23"] = 99
    assert [zalo.post("/template/create", good)["error"] for _ in range(2)] == [0, -32]


def test_template_information_lists_its_parameters(zalo: Zalo) -> None:
    info = zalo.get("/template/info/v2", template_id="310001")["data"]
    assert [parameter["name"] for parameter in info["listParams"]] == ["name", "dossier_code", "date"]
    assert info["listParams"][0] == {
        "name": "name",
        "require": True,
        "type": "STRING",
        "minLength": 1,
        "maxLength": 30,
        "acceptNull": False,
    }
    assert {"price_sdt", "price_uid"} <= set(info)
    assert {template["status"] for template in zalo.get("/template/all")["data"]} == {
        "ENABLE",
        "PENDING_REVIEW",
        "REJECT",
        "DISABLE",
    }
    assert zalo.get("/template/info/v2")["error"] == -109


def test_business_interface_has_its_own_token_error(zalo: Zalo) -> None:
    zalo.access_token = "wrong"
    assert by_phone(zalo)["error"] == -124
    assert by_uid(zalo, "1")["error"] == -216
    assert CREDENTIALS.app_secret not in zalo.control.get("/_sim/platform").text
