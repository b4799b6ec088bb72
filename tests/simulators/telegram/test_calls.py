"""Calls in every form of body, tokens, and bodies that are none."""

import json
from typing import Any

import httpx
import pytest

from tests.simulators.telegram.harness import TOKEN, Citizen, Telegram

pytestmark = pytest.mark.anyio
MARKUP = {"inline_keyboard": [[{"text": "Nộp hồ sơ", "callback_data": "a:1"}]]}


async def test_get_me_answers_get_and_post_in_any_case(telegram: Telegram) -> None:
    for answer in (
        await telegram.http.get(f"{telegram.api_url}/bot{TOKEN}/getMe"),
        await telegram.call("GETME"),
        await telegram.call("getme", headers={"Content-Type": "application/json"}),
    ):
        assert answer.status_code == 200
        assert answer.headers["x-simulated"] == "true"
        me = answer.json()["result"]
        assert (me["id"], me["is_bot"]) == (110201543, True)


async def test_escaped_colon_in_the_token_is_understood(telegram: Telegram) -> None:
    assert (await telegram.call("getMe", token=TOKEN.replace(":", "%3A"))).status_code == 200


async def test_health_on_both_ports(telegram: Telegram) -> None:
    for url in (telegram.api_url, telegram.control_url):
        assert (await telegram.http.get(f"{url}/health")).json() == {"status": "ok", "simulated": True}


@pytest.mark.parametrize("form", ["json", "json with strings", "urlencoded", "multipart", "query"])
async def test_every_form_of_body_is_read(telegram: Telegram, citizen: Citizen, form: str) -> None:
    plain = {"chat_id": citizen.chat_id, "text": "Chào & bạn", "reply_markup": MARKUP}
    # As python-telegram-bot sends it: nested values are JSON with ASCII escapes.
    nested: dict[str, Any] = {key: value if isinstance(value, str) else json.dumps(value) for key, value in plain.items()}
    request: dict[str, Any] = {
        "json": {"json": plain},
        "json with strings": {"json": nested},
        "urlencoded": {"data": nested},
        "multipart": {"files": {key: (None, value) for key, value in nested.items()}},
        "query": {"params": nested},
    }[form]
    answer = await telegram.call("sendMessage", **request)
    assert answer.status_code == 200, answer.text
    assert answer.json()["result"]["text"] == "Chào & bạn"
    assert answer.json()["result"]["reply_markup"] == MARKUP


@pytest.mark.parametrize(
    ("token", "status", "description"),
    [
        ("110201543:wrong", 401, "Unauthorized"),
        ("1:x", 401, "Unauthorized"),
        ("nonsense", 404, "Not Found"),
        ("", 404, "Not Found"),
    ],
)
async def test_wrong_tokens_are_refused(telegram: Telegram, token: str, status: int, description: str) -> None:
    for url in (f"/bot{token}/getMe", f"/file/bot{token}/photos/file_0.png"):
        answer = await telegram.http.get(telegram.api_url + url)
        assert (answer.status_code, answer.json()) == (status, {"ok": False, "error_code": status, "description": description})


async def test_unknown_method_is_not_found(telegram: Telegram) -> None:
    assert await telegram.refused("sendSmoke", 404) == "Not Found"


async def test_revoked_token_is_refused_and_the_new_one_works(telegram: Telegram) -> None:
    new = (await telegram.order("/rotate_secret"))["token"]
    assert (await telegram.call("getMe")).status_code == 401
    assert (await telegram.call("getMe", token=new)).status_code == 200
    await telegram.order("/rotate_secret", {"value": "7:other bot"}, 409)


@pytest.mark.parametrize(
    ("content_type", "body"),
    [
        ("application/json", b"{"),
        ("application/json", b"[1]"),
        ("application/json", b"\xff"),
        ("application/json", b"[" * 200_000),
        ("application/x-www-form-urlencoded", b"text=%FF"),
        ("application/x-www-form-urlencoded", "text=đ".encode()),
        ("application/x-www-form-urlencoded", b"a=1&" * 5000),
        ("multipart/form-data; boundary=x", b"--y"),
        ("multipart/form-data", b"x"),
        ("text/plain", b"chat_id=7"),
    ],
)
async def test_bodies_that_cannot_be_read_are_refused(telegram: Telegram, content_type: str, body: bytes) -> None:
    answer = await telegram.call("sendMessage", content=body, headers={"Content-Type": content_type})
    assert (answer.status_code, answer.json()["ok"]) == (400, False)


async def test_bodies_over_50_megabytes_are_refused(telegram: Telegram) -> None:
    files = {"document": ("a.bin", bytes(52 * 1024 * 1024))}
    answer = await telegram.call("sendDocument", data={"chat_id": "7"}, files=files)
    assert (answer.status_code, answer.json()["description"]) == (413, "Request Entity Too Large")


@pytest.mark.parametrize(
    ("parameter", "value"),
    [("chat_idd", 7), ("disable_web_page_preview", True), ("reply_to_message_id", 5)],
)
async def test_unknown_parameters_are_refused_until_the_knob_is_turned(
    telegram: Telegram, citizen: Citizen, parameter: str, value: Any
) -> None:
    message = {"chat_id": citizen.chat_id, "text": "x", parameter: value}
    assert parameter in await telegram.refused("sendMessage", 400, **message)
    await telegram.order("/knobs", {"strict": False})
    await telegram.api("sendMessage", **message)


@pytest.mark.parametrize("chat_id", ["", "abc", "@kenh", "99", 10**30, 1.5, True, None, [7], {"id": 7}, "-", "--7", "٧"])
@pytest.mark.usefixtures("citizen")
async def test_chats_that_are_none_are_refused(telegram: Telegram, chat_id: Any) -> None:
    assert await telegram.refused("sendMessage", 400, chat_id=chat_id, text="x") in (
        "Bad Request: chat not found",
        "Bad Request: chat_id is empty",
    )


async def test_ordered_faults_hit_their_method_and_citizen(telegram: Telegram, citizen: Citizen) -> None:
    fault = {"method": "sendMessage", "user": citizen.id, "mode": "accept_then_reset"}
    await telegram.order("/faults", fault)
    await telegram.api("getMe")
    with pytest.raises(httpx.ReadError):
        await telegram.call("sendMessage", json={"chat_id": citizen.chat_id, "text": "Một lần"})
    assert [m["text"] for m in await citizen.screen() if m["author"] == "bot"] == ["Một lần"]
