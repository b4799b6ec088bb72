"""Updates on their way to the bot."""

import asyncio
import json
from typing import Any

import pytest
from starlette.responses import JSONResponse, Response

from tests.simulators.messaging.receiver import Receiver, until
from tests.simulators.telegram.harness import Citizen, Telegram, event, running_telegram

pytestmark = pytest.mark.anyio
CONFLICT = "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"


async def settled(telegram: Telegram, count: int) -> list[dict[str, Any]]:
    """All deliveries, once so many are at their end."""
    for _ in range(2000):
        deliveries: list[dict[str, Any]] = (await telegram.ask("/deliveries"))["deliveries"]
        if sum(delivery["state"] in ("delivered", "gave_up", "dropped") for delivery in deliveries) >= count:
            return deliveries
    raise AssertionError(f"fewer than {count} deliveries came to an end")


async def test_update_comes_with_the_secret_and_ascii_json(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    await telegram.webhook(receiver, secret_token="S3cret_-")
    await citizen.act("say", text="Chào")
    await receiver.posted(1)
    post = receiver.posts[0]
    assert post.headers["x-telegram-bot-api-secret-token"] == "S3cret_-"
    assert post.headers["content-type"] == "application/json"
    assert post.body.isascii()
    message = event(receiver)["message"]
    assert (message["text"], message["chat"]["type"], message["from"]["id"]) == ("Chào", "private", int(citizen.id))


async def test_without_secret_there_is_no_header(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    await telegram.webhook(receiver)
    await citizen.act("say", text="x")
    await receiver.posted(1)
    assert "x-telegram-bot-api-secret-token" not in receiver.posts[0].headers


async def test_update_ids_rise_and_survive_a_reset(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    await telegram.webhook(receiver)
    await citizen.act("say", text="1")
    await receiver.posted(1)
    await telegram.order("/reset")
    other = await telegram.citizen()
    await telegram.webhook(receiver)
    await other.act("say", text="2")
    await receiver.posted(2)
    assert event(receiver, 1)["update_id"] > event(receiver, 0)["update_id"]


async def test_update_ids_go_on_after_a_restart() -> None:
    ids = []
    for _ in range(2):
        async with running_telegram() as telegram:
            await (await telegram.citizen()).act("start")
            ids.append((await telegram.updates())[0]["update_id"])
        await asyncio.sleep(0.2)
    assert 0 < ids[0] < ids[1] < 2**31


async def test_failed_update_blocks_its_chat_and_no_other(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    other = await telegram.citizen()
    await telegram.webhook(receiver)
    receiver.answers = [500]
    await citizen.act("say", text="1")
    await receiver.posted(1)
    await citizen.act("say", text="2")
    await other.act("say", text="nơi khác")
    await receiver.posted(2)
    assert event(receiver)["message"]["text"] == "nơi khác"
    info = await telegram.api("getWebhookInfo")
    assert info["pending_update_count"] == 2
    assert info["last_error_message"] == "Wrong response from the webhook: 500 Internal Server Error"
    assert info["last_error_date"] > 0
    await telegram.order("/clock", {"advance": 1})
    await receiver.posted(4)
    assert [event(receiver, position)["message"]["text"] for position in (2, 3)] == ["1", "2"]
    await settled(telegram, 3)
    assert (await telegram.api("getWebhookInfo"))["pending_update_count"] == 0


async def test_repeats_come_at_growing_distances_and_end_after_a_day(
    telegram: Telegram, citizen: Citizen, receiver: Receiver
) -> None:
    await telegram.webhook(receiver)
    receiver.answers = [500] * 50
    await citizen.act("say", text="x")
    for attempt, seconds in enumerate((1, 2, 4, 8), start=1):
        await receiver.posted(attempt)
        await until_waiting(telegram)
        await telegram.order("/clock", {"advance": seconds})
    await receiver.posted(5)
    await until_waiting(telegram)
    await telegram.order("/clock", {"advance": 86_400})
    delivery = (await settled(telegram, 1))[0]
    assert (delivery["state"], len(receiver.posts)) == ("gave_up", 5)
    assert (await telegram.api("getWebhookInfo"))["pending_update_count"] == 0


async def until_waiting(telegram: Telegram) -> None:
    for _ in range(2000):
        if (await telegram.ask("/deliveries"))["deliveries"][-1]["state"] == "waiting":
            return
    raise AssertionError("the delivery does not wait for its next attempt")


async def test_refused_connection_is_told(telegram: Telegram, citizen: Citizen) -> None:
    await telegram.api("setWebhook", url="http://127.0.0.1:9/nobody")
    await citizen.act("say", text="x")
    await until_waiting(telegram)
    assert (await telegram.api("getWebhookInfo"))["last_error_message"] == "Connection refused"


async def test_filter_lets_only_named_kinds_through_and_stays(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    await telegram.webhook(receiver, allowed_updates=["message"])
    await telegram.webhook(receiver)
    assert (await telegram.api("getWebhookInfo"))["allowed_updates"] == ["message"]
    assert (await citizen.act("block"))["deliveries"] == []
    assert (await citizen.act("unblock"))["deliveries"] == []
    await citizen.act("say", text="x")
    await telegram.webhook(receiver, allowed_updates=[])
    await citizen.act("block")
    await receiver.posted(2)
    assert ["message" in event(receiver, position) for position in (0, 1)] == [True, False]
    assert "my_chat_member" in event(receiver, 1)


async def test_pending_updates_go_to_the_new_webhook_in_order(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    for text in ("1", "2"):
        await citizen.act("say", text=text)
    assert (await telegram.api("getWebhookInfo"))["pending_update_count"] == 2
    await telegram.webhook(receiver)
    await receiver.posted(2)
    assert [event(receiver, position)["message"]["text"] for position in (0, 1)] == ["1", "2"]


async def test_pending_updates_can_be_dropped(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    await citizen.act("say", text="cũ")
    await telegram.webhook(receiver, drop_pending_updates=True)
    await citizen.act("say", text="mới")
    await receiver.posted(1)
    assert event(receiver, 0)["message"]["text"] == "mới"


async def test_no_more_posts_at_once_than_asked_for(telegram: Telegram, receiver: Receiver) -> None:
    await telegram.webhook(receiver, max_connections=2)
    receiver.open.clear()
    for _ in range(5):
        await (await telegram.citizen()).act("start")
    await until(lambda: receiver.waiting == 2)
    receiver.open.set()
    await receiver.posted(5)
    assert receiver.most_waiting == 2


@pytest.mark.parametrize("encoding", ["json", "form"])
async def test_method_in_the_answer_is_carried_out(
    telegram: Telegram, citizen: Citizen, receiver: Receiver, encoding: str
) -> None:
    await telegram.webhook(receiver)
    call: dict[str, Any] = {"method": "sendMessage", "chat_id": citizen.chat_id, "text": "Ngay đây"}
    form = Response(f"method=sendMessage&chat_id={citizen.chat_id}&text=Ngay+%C4%91%C3%A2y")
    form.headers["content-type"] = "application/x-www-form-urlencoded"
    receiver.answers = [JSONResponse(call) if encoding == "json" else form]
    await citizen.act("say", text="x")
    await settled(telegram, 1)
    assert (await citizen.screen())[-1]["text"] == "Ngay đây"


@pytest.mark.parametrize(
    "answer",
    [
        JSONResponse({"method": "sendMessage", "chat_id": 99, "text": "x"}),
        JSONResponse({"method": "sendSmoke"}),
        JSONResponse({"method": 7}),
        JSONResponse([1]),
        JSONResponse({}),
        Response("{", media_type="application/json"),
        Response("ok", media_type="text/plain"),
    ],
)
async def test_nonsense_in_the_answer_does_no_harm(
    telegram: Telegram, citizen: Citizen, receiver: Receiver, answer: Response
) -> None:
    await telegram.webhook(receiver)
    receiver.answers = [answer]
    await citizen.act("say", text="x")
    assert (await settled(telegram, 1))[0]["state"] == "delivered"


async def test_webhook_may_delete_itself_in_its_answer(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    await telegram.webhook(receiver)
    receiver.answers = [JSONResponse({"method": "deleteWebhook"})]
    await citizen.act("say", text="x")
    await settled(telegram, 1)
    assert (await telegram.api("getWebhookInfo"))["url"] == ""


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"url": "ftp://127.0.0.1/"}, "An HTTPS URL must be provided"),
        ({"url": "nonsense"}, "An HTTPS URL must be provided"),
        ({"url": "http://"}, "URL host is empty"),
        ({"url": "http://127.0.0.1:99999/"}, "invalid URL"),
        ({"url": "http://[::1/"}, "invalid URL"),
        ({"url": "http://a b\x01/"}, "invalid URL"),
        ({"url": "https://api.telegram.org/bot"}, "real platform"),
        ({"url": "http://127.0.0.1/", "secret_token": "có dấu"}, "unallowed characters"),
        ({"url": "http://127.0.0.1/", "secret_token": "x" * 257}, "unallowed characters"),
        ({"url": "http://127.0.0.1/", "max_connections": 101}, "max_connections"),
        ({"url": "http://127.0.0.1/", "max_connections": 0}, "max_connections"),
        ({"url": "http://127.0.0.1/", "allowed_updates": "message"}, "allowed updates"),
        ({"url": "http://127.0.0.1/", "allowed_updates": ["mesage"]}, "mesage"),
        ({"url": "http://127.0.0.1/", "allowed_updates": {"message": True}}, "array of String"),
    ],
)
async def test_wrong_settings_are_refused(telegram: Telegram, settings: dict[str, Any], complaint: str) -> None:
    assert complaint in await telegram.refused("setWebhook", 400, **settings)
    assert (await telegram.api("getWebhookInfo"))["url"] == ""


async def test_https_and_ports_are_asked_for_when_the_knob_is_turned(telegram: Telegram, receiver: Receiver) -> None:
    await telegram.order("/knobs", {"https_only": True})
    assert "HTTPS" in await telegram.refused("setWebhook", 400, url=receiver.url)
    assert "ports" in await telegram.refused("setWebhook", 400, url="https://127.0.0.1:8080/")
    await telegram.api("setWebhook", url="https://127.0.0.1:8443/")


async def test_setting_tells_whether_it_changed_anything(telegram: Telegram, receiver: Receiver) -> None:
    told = [(await telegram.call("setWebhook", json={"url": receiver.url})).json()["description"] for _ in range(2)]
    told += [(await telegram.call("deleteWebhook")).json()["description"] for _ in range(2)]
    assert told == ["Webhook was set", "Webhook is already set", "Webhook was deleted", "Webhook is already deleted"]


async def test_polling_and_webhook_exclude_each_other(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    await telegram.webhook(receiver)
    assert await telegram.refused("getUpdates", 409) == CONFLICT
    await telegram.api("deleteWebhook")
    await citizen.act("say", text="x")
    updates = await telegram.api("getUpdates")
    assert [update["message"]["text"] for update in updates] == ["x"]
    assert await telegram.api("getUpdates") == updates
    assert await telegram.api("getUpdates", offset=updates[0]["update_id"] + 1) == []


async def test_polling_forgets_after_a_day(telegram: Telegram, citizen: Citizen) -> None:
    await citizen.act("say", text="x")
    await telegram.order("/clock", {"advance": 86_400})
    assert await telegram.api("getUpdates") == []


async def test_long_polling_ends_with_an_update_or_on_the_simulated_clock(telegram: Telegram, citizen: Citizen) -> None:
    waiting = asyncio.create_task(telegram.api("getUpdates", timeout=50))
    await asyncio.sleep(0.05)
    await citizen.act("say", text="x")
    updates = await waiting
    assert [update["message"]["text"] for update in updates] == ["x"]
    waiting = asyncio.create_task(telegram.api("getUpdates", timeout=50, offset=updates[0]["update_id"] + 1))
    await asyncio.sleep(0.05)
    await telegram.order("/clock", {"advance": 50})
    assert await waiting == []


async def test_swapped_duplicated_and_lost_updates(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    await telegram.webhook(receiver)
    await telegram.order("/hold")
    for text in ("1", "2"):
        await citizen.act("say", text=text)
    await telegram.order("/release", {"reversed": True})
    await receiver.posted(2)
    await citizen.act("say", text="3", delivery={"drop": True})
    await citizen.act("say", text="4", delivery={"concurrent": True})
    await receiver.posted(4)
    assert [event(receiver, position)["message"]["text"] for position in range(4)] == ["2", "1", "4", "4"]
    assert event(receiver, 2)["update_id"] == event(receiver, 3)["update_id"]


async def test_raw_posts_with_right_wrong_and_no_secret(telegram: Telegram, receiver: Receiver) -> None:
    await telegram.order("/raw", {"body": "{}"}, 409)
    await telegram.webhook(receiver, secret_token="right")
    receiver.answers = [200, 403, 403]
    statuses = [(await telegram.order("/raw", {"body": "{", "signature": kind}))["status"] for kind in ("right", "wrong", "none")]
    assert statuses == [200, 403, 403]
    sent = [post.headers.get("x-telegram-bot-api-secret-token") for post in receiver.posts]
    assert sent == ["right", "wrong-secret", None]
    assert receiver.bodies == [b"{"] * 3


async def test_facts_never_tell_the_secret(telegram: Telegram, receiver: Receiver) -> None:
    await telegram.webhook(receiver, secret_token="very-secret")
    assert "very-secret" not in json.dumps(await telegram.ask("/platform"))
