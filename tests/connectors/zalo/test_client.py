"""Sending as the sender sees it: once, with what came of it, and in plain text where Zalo refuses a shape."""

from typing import Any

import httpx
import pytest
from starlette.responses import JSONResponse

from bot.conversations.windows import SendMode
from bot.messages import BotMessage, Button
from bot.storage.database import Database
from connectors.channel import Ambiguous, Outgoing, Permanent, Temporary
from connectors.zalo.errors import PayloadRefused
from tests.connectors.zalo.channels import Bench, bench
from tests.connectors.zalo.fake_zalo import FakeZalo, html
from tests.connectors.zalo.recorded import CITIZEN, IDS

pytestmark = pytest.mark.anyio

SEND_PATH = "/v3.0/oa/message/cs"
BUTTONS = {"attachment": {"type": "template", "payload": {"buttons": []}}}


async def test_a_message_goes_to_the_citizen_and_its_id_comes_back(consented: Bench) -> None:
    sent = await consented.say("Kính chào")
    assert sent.message_id == "sent-1"
    assert consented.zalo.sent == [{"recipient": {"user_id": CITIZEN}, "message": {"text": "Kính chào"}}]


@pytest.mark.parametrize(
    ("quota", "left"),
    [
        ({"quota_type": "sub_quota", "remain": 12, "total": 50}, 12),
        ({"quota_type": "purchase_quota", "remain": "7"}, 7),
        ({"quota_type": "sub_quota", "remain": 0}, None),
        ({"quota_type": "reply", "remain": 5}, None),
        ({"quota_type": "sub_quota", "remain": None}, None),
        ({"quota_type": "sub_quota", "remain": "nhiều"}, None),
        ({}, None),
        ([], None),
    ],
)
async def test_the_accounts_quota_is_told_where_zalo_tells_it(consented: Bench, quota: Any, left: int | None) -> None:
    consented.zalo.quota = quota
    assert (await consented.say()).quota_left == left


async def test_an_answer_without_an_id_is_still_a_message_sent(consented: Bench) -> None:
    consented.zalo.send_answers.append(JSONResponse({"error": 0, "message": "Success"}))
    assert (await consented.say()).message_id is None


async def test_a_refused_shape_is_sent_once_as_plain_text(consented: Bench) -> None:
    consented.zalo.refuse = lambda message: -201 if "attachment" in message else 0
    sent = await consented.say("Chọn", ["Chọn\n\n1. Lệ phí"], **BUTTONS)
    assert consented.texts() == ["Chọn\n\n1. Lệ phí"]
    assert sent.message_id == "sent-1"


async def test_what_the_renderer_writes_survives_an_account_without_buttons(consented: Bench) -> None:
    consented.zalo.refuse = lambda message: -201 if "attachment" in message else 0
    message = BotMessage("Ông/Bà hỏi gì?", buttons=(Button("Lệ phí", intent="fee"),), request="phone")
    for call in consented.channel.render(Outgoing(message, tokens={0: "token-0-xxxxxxxxxxxxxx"})):
        await consented.channel.send(call, CITIZEN, delivery_id=1, mode="free")
    assert consented.texts() == ["Ông/Bà hỏi gì?\n\nGõ số để chọn:\n1. Lệ phí", "Ông/Bà vui lòng gõ số điện thoại của mình."]


async def test_a_refused_plain_text_is_refused_for_good(consented: Bench) -> None:
    consented.zalo.refuse = lambda _message: -210
    with pytest.raises(PayloadRefused) as caught:
        await consented.say()
    assert caught.value.effect == "none"
    assert consented.zalo.calls == ["send"]


@pytest.mark.parametrize(
    ("code", "kind", "effect"),
    [
        (-230, Permanent, "none"),
        (-213, Permanent, "contact_unavailable"),
        (-211, Permanent, "quota_used_up"),
        (-32, Temporary, None),
    ],
)
async def test_a_refusal_is_one_attempt_and_tells_what_follows(
    consented: Bench, code: int, kind: type[Exception], effect: str | None
) -> None:
    consented.zalo.refuse = lambda _message: code
    with pytest.raises(kind) as caught:
        await consented.say("x", ["không được gửi"])
    assert getattr(caught.value, "effect", None) == effect
    assert consented.zalo.calls == ["send"]


async def test_a_message_that_arrived_without_an_answer_is_not_sent_again(consented: Bench) -> None:
    consented.network.breaks.append((SEND_PATH, "after", httpx.ReadTimeout("slow")))
    with pytest.raises(Ambiguous):
        await consented.say()
    assert len(consented.zalo.sent) == 1


async def test_a_connection_that_never_stood_is_temporary(consented: Bench) -> None:
    consented.network.breaks.append((SEND_PATH, "before", httpx.ConnectError("refused")))
    with pytest.raises(Temporary):
        await consented.say()
    assert consented.zalo.sent == []


async def test_a_server_fault_is_unknown(consented: Bench) -> None:
    consented.zalo.send_answers.append(html(504))
    with pytest.raises(Ambiguous):
        await consented.say()


@pytest.mark.parametrize("mode", ["free", "from_quota"])
async def test_both_windows_are_one_call(consented: Bench, mode: SendMode) -> None:
    (call,) = consented.channel.render(Outgoing(BotMessage("Chào")))
    await consented.channel.send(call, CITIZEN, delivery_id=1, mode=mode)
    assert consented.texts() == ["Chào"]


async def test_the_account_is_checked_in_words(consented: Bench) -> None:
    check = await consented.channel.check_account()
    assert check.ok
    assert dict(check.facts) == {
        "Tên Official Account": "Trung tâm Phục vụ hành chính công",
        "Đã xác thực": "có",
        "Access token": "còn 25 giờ",
        "Refresh token": "còn khoảng 90 ngày",
        "Hạn mức tin tư vấn (còn/tổng)": "1990/2000",
    }


async def test_an_account_that_needs_consent_soon_says_so(consented: Bench) -> None:
    consented.zalo.refresh_tokens.clear()
    consented.clock.move(hours=21)
    check = await consented.channel.check_account()
    assert not check.ok
    assert "motcua zalo authorise" in (check.needs or "")


async def test_the_token_of_another_account_is_noticed(consented: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(consented.channel, "account", "1")
    check = await consented.channel.check_account()
    assert not check.ok
    assert "1" in (check.needs or "")


async def test_a_check_while_zalo_is_away_is_temporary(consented: Bench) -> None:
    consented.network.breaks.append(("/v2.0/oa/getoa", "before", httpx.ReadTimeout("slow")))
    with pytest.raises(Temporary):
        await consented.channel.check_account()


async def test_the_webhook_is_set_by_a_person_who_is_told_how(database: Database, zalo: FakeZalo) -> None:
    channel = bench(database, zalo).channel
    words = await channel.set_webhook("https://motcua.vn/webhooks/zalo")
    assert "https://motcua.vn/webhooks/zalo" in words
    assert IDS.app_id in words
    await channel.show_typing(CITIZEN)
    assert zalo.calls == []


async def test_an_approved_template_goes_out_by_the_citizens_id(consented: Bench) -> None:
    template = {"name": "310100", "parameters": {"noi_dung": "Nộp qua mạng"}, "shown": "Nộp qua mạng"}
    (call,) = consented.channel.render(Outgoing(BotMessage("Tin"), "system", mode="template", template=template))
    sent = await consented.channel.send(call, CITIZEN, delivery_id=1, mode="template")
    assert consented.zalo.sent == [{"user_id": CITIZEN, "template_id": "310100", "template_data": {"noi_dung": "Nộp qua mạng"}}]
    # The templates' quota says nothing of the one that answers use.
    assert (sent.message_id, sent.quota_left) == ("template-1", None)


async def test_a_template_that_zalo_refuses_is_not_sent_in_another_form(consented: Bench) -> None:
    template = {"name": "310100", "parameters": {"noi_dung": "x" * 101}, "shown": ""}
    (call,) = consented.channel.render(Outgoing(BotMessage("Tin"), "system", mode="template", template=template))
    with pytest.raises(Permanent, match="template_data_length"):
        await consented.channel.send(call, CITIZEN, delivery_id=1, mode="template")
    assert consented.zalo.sent == []
