"""The page as a channel, against an answering stand-in for the Graph API."""

import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from bot.conversations.windows import Reach, send_mode
from bot.messages import BotMessage, Button
from connectors.channel import Ambiguous, Channel, ChannelError, Outgoing, Permanent, PlatformCall, Temporary
from connectors.facebook.account_check import SUBSCRIBED_FIELDS
from connectors.facebook.client import FacebookChannel, send_request
from connectors.facebook.signature import appsecret_proof
from tests.connectors.facebook.recorded import ACCOUNT, CITIZEN

SECRETS = (ACCOUNT.page_token, ACCOUNT.app_secret, ACCOUNT.verify_token)
CALL = PlatformCall("messages", {"message": {"text": "Xin chào 👋"}, "author": "bot"}, "Xin chào 👋")
OFFICERS = PlatformCall("messages", {"message": {"text": "Tôi nghe."}, "author": "officer", "persona_id": "700"})

pytestmark = pytest.mark.anyio


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


class Graph:
    """Answers by path and remembers what it was asked."""

    def __init__(self, **answers: Any) -> None:
        self.answers = answers
        self.asked: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.asked.append(request)
        name = request.url.path.rstrip("/").rpartition("/")[2].replace(".", "_")
        answer = self.answers.get(name, self.answers.get("any", {}))
        if isinstance(answer, Exception):
            raise answer
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def form(self, number: int = -1) -> dict[str, str]:
        return {name: value for name, (value,) in parse_qs(self.asked[number].content.decode()).items()}


def channel(answer: Callable[[httpx.Request], httpx.Response]) -> FacebookChannel:
    return FacebookChannel(ACCOUNT, httpx.AsyncClient(transport=httpx.MockTransport(answer)))


def refusal(code: int, subcode: int = 0, status: int = 400) -> httpx.Response:
    return httpx.Response(status, json={"error": {"message": "x", "code": code, "error_subcode": subcode}})


def test_it_is_a_channel() -> None:
    kept: Channel = channel(Graph())
    assert (kept.name, kept.account) == ("facebook", ACCOUNT.page_id)


async def test_a_message_goes_to_the_citizen_with_our_mark() -> None:
    graph = Graph(messages={"recipient_id": CITIZEN, "message_id": "m_1"})
    sent = await channel(graph).send(CALL, CITIZEN, delivery_id=42, mode="free")
    assert sent.message_id == "m_1"
    form = graph.form()
    assert str(graph.asked[0].url) == f"https://graph.test/v25.0/{ACCOUNT.page_id}/messages"
    assert json.loads(form["recipient"]) == {"id": CITIZEN}
    assert json.loads(form["message"]) == {"text": "Xin chào 👋", "metadata": "gw:42"}
    assert form["messaging_type"] == "RESPONSE"
    assert "tag" not in form
    assert form["access_token"] == ACCOUNT.page_token
    assert form["appsecret_proof"] == appsecret_proof(ACCOUNT.page_token, ACCOUNT.app_secret)
    assert set(form) == {"recipient", "messaging_type", "message", "access_token", "appsecret_proof"}


async def test_an_officers_words_after_a_day_carry_the_tag_and_the_persona() -> None:
    graph = Graph(messages={"message_id": "m_1"})
    await channel(graph).send(OFFICERS, CITIZEN, delivery_id=1, mode="human_agent")
    form = graph.form()
    assert (form["messaging_type"], form["tag"], form["persona_id"]) == ("MESSAGE_TAG", "HUMAN_AGENT", "700")


@pytest.mark.parametrize("author", ["bot", "system"])
async def test_the_tag_for_people_is_never_put_on_a_bots_words(author: Any) -> None:
    graph = Graph(messages={"message_id": "m_1"})
    ours = channel(graph)
    outgoing = Outgoing(BotMessage("Lệ phí", buttons=(Button("Gặp cán bộ", intent="a"),)), author, {0: "t"}, mode="human_agent")
    for call in ours.render(outgoing):
        with pytest.raises(Permanent):
            await ours.send(call, CITIZEN, delivery_id=1, mode="human_agent")
    assert not graph.asked


def test_a_call_that_does_not_say_who_wrote_it_gets_no_tag() -> None:
    with pytest.raises(Permanent):
        send_request(PlatformCall("messages", {"message": {}}), CITIZEN, delivery_id=1, mode="human_agent", human_agent=True)


def test_without_the_feature_not_even_an_officer_gets_the_tag() -> None:
    with pytest.raises(Permanent):
        send_request(OFFICERS, CITIZEN, delivery_id=1, mode="human_agent", human_agent=False)


def test_the_rules_of_the_window_never_ask_for_the_tag_for_a_bot() -> None:
    now = datetime(2026, 11, 26, tzinfo=UTC)
    for hours in (1, 23, 25, 49, 24 * 6, 24 * 8):
        mode = send_mode(Reach("facebook", now - timedelta(hours=hours)), by_person=False, now=now)
        assert mode == ("free" if hours <= 24 else "window_closed")


def test_a_mode_of_another_platform_is_refused() -> None:
    with pytest.raises(Permanent):
        send_request(CALL, CITIZEN, delivery_id=1, mode="from_quota", human_agent=True)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (refusal(551), Permanent),
        (refusal(10, 2018278), Permanent),
        (refusal(2, status=500), Temporary),
        (refusal(613), Temporary),
        (httpx.Response(502, text="<html>Bad Gateway</html>"), Ambiguous),
        (httpx.Response(200, text="<html>Hello</html>"), Ambiguous),
        (httpx.Response(200, json={"recipient_id": CITIZEN}), Ambiguous),
        (httpx.Response(200, json=[]), Ambiguous),
        (httpx.Response(302, headers={"location": "https://elsewhere.test"}), Temporary),
        (httpx.ConnectError("refused"), Temporary),
        (httpx.ReadTimeout("slow"), Ambiguous),
        (httpx.RemoteProtocolError("closed"), Ambiguous),
    ],
)
async def test_what_comes_back_instead_of_a_message_id(answer: Any, kind: type[ChannelError]) -> None:
    graph = Graph(messages=answer)
    with pytest.raises(kind):
        await channel(graph).send(CALL, CITIZEN, delivery_id=1, mode="free")
    assert len(graph.asked) == 1


async def test_actions_are_sent_alone() -> None:
    graph = Graph(messages={"recipient_id": CITIZEN})
    ours = channel(graph)
    await ours.show_typing(CITIZEN)
    await ours.mark_seen(CITIZEN)
    assert [graph.form(i)["sender_action"] for i in (0, 1)] == ["typing_on", "mark_seen"]
    assert set(graph.form()) == {"recipient", "sender_action", "access_token", "appsecret_proof"}


async def test_the_webhook_is_registered_with_the_apps_token_and_the_page_subscribed_with_its_own() -> None:
    graph = Graph(any={"success": True})
    done = await channel(graph).set_webhook("https://motcua.test/webhooks/facebook")
    assert "https://motcua.test/webhooks/facebook" in done
    assert [request.url.path for request in graph.asked] == [
        f"/v25.0/{ACCOUNT.app_id}/subscriptions",
        f"/v25.0/{ACCOUNT.page_id}/subscribed_apps",
    ]
    first, second = graph.form(0), graph.form(1)
    assert first["access_token"] == f"{ACCOUNT.app_id}|{ACCOUNT.app_secret}"
    assert (first["object"], first["verify_token"]) == ("page", ACCOUNT.verify_token)
    assert second["access_token"] == ACCOUNT.page_token
    assert "standby" in second["subscribed_fields"]


async def test_a_webhook_that_did_not_answer_the_handshake_needs_a_person() -> None:
    with pytest.raises(Permanent) as refused:
        await channel(Graph(any=refusal(2200))).set_webhook("https://motcua.test/webhooks/facebook")
    assert refused.value.effect == "account_needs_attention"


def healthy(**more: Any) -> dict[str, Any]:
    token = {"is_valid": True, "expires_at": 0, "data_access_expires_at": 1800000000}
    token["scopes"] = ["pages_messaging", "pages_manage_metadata"]
    told = {
        ACCOUNT.page_id: {"id": ACCOUNT.page_id, "name": "Một cửa Bắc Ninh"},
        "subscribed_apps": {"data": [{"id": ACCOUNT.app_id, "subscribed_fields": list(SUBSCRIBED_FIELDS)}]},
        "v25_0": [{"code": 200, "body": json.dumps({"data": token})}],
    }
    return told | more


async def test_a_healthy_page_needs_nothing() -> None:
    check = await channel(Graph(**healthy())).check_account()
    assert (check.ok, check.needs) == (True, None)
    assert ("Trang", f"Một cửa Bắc Ninh ({ACCOUNT.page_id})") in check.facts
    assert "15/01/2027" in dict(check.facts)["Mã truy cập của trang"]


async def test_reads_prove_themselves_by_header_and_proof() -> None:
    graph = Graph(**healthy())
    await channel(graph).check_account()
    for request in graph.asked[:2]:
        assert request.headers["authorization"] == f"Bearer {ACCOUNT.page_token}"
        assert request.url.params["appsecret_proof"] == appsecret_proof(ACCOUNT.page_token, ACCOUNT.app_secret)


def batch(**token: Any) -> list[dict[str, Any]]:
    return [{"code": 200, "body": json.dumps({"data": token})}]


@pytest.mark.parametrize(
    ("more", "needs"),
    [
        ({"subscribed_apps": {"data": []}}, "webhook"),
        ({"subscribed_apps": {"data": [{"id": ACCOUNT.app_id, "subscribed_fields": ["messages"]}]}}, "standby"),
        ({"subscribed_apps": {"data": [{"id": "999", "subscribed_fields": list(SUBSCRIBED_FIELDS)}]}}, "webhook"),
        ({"v25_0": batch(is_valid=False)}, "FACEBOOK_PAGE_TOKEN"),
        ({"v25_0": batch(is_valid=True, scopes=["pages_messaging"])}, "pages_manage_metadata"),
        ({ACCOUNT.page_id: refusal(190)}, "FACEBOOK_PAGE_TOKEN"),
    ],
)
async def test_what_a_person_has_to_do_is_said(more: dict[str, Any], needs: str) -> None:
    check = await channel(Graph(**healthy(**more))).check_account()
    assert not check.ok
    assert needs in (check.needs or "")


@pytest.mark.parametrize("told", [refusal(2500), [], {}, [None], [{"code": 400}], [{"code": 200, "body": "<html>"}]])
async def test_a_platform_that_does_not_tell_of_the_token_is_no_fault(told: Any) -> None:
    check = await channel(Graph(**healthy(v25_0=told))).check_account()
    assert check.ok


async def test_a_platform_that_is_away_is_no_answer_about_our_account() -> None:
    with pytest.raises(Temporary):
        await channel(Graph(any=httpx.ConnectError("away"))).check_account()


async def test_the_profile_keeps_the_platforms_limits() -> None:
    graph = Graph(messenger_profile={"result": "success"})
    await channel(graph).set_profile(first_questions=True)
    profile = {name: json.loads(value) for name, value in graph.form().items() if value.startswith(("{", "["))}
    assert profile["get_started"] == {"payload": "GET_STARTED"}
    assert len(profile["greeting"][0]["text"]) <= 160
    items = profile["persistent_menu"][0]["call_to_actions"]
    assert 0 < len(items) <= 20
    assert all(0 < len(item["title"]) <= 30 for item in items)
    questions = profile["ice_breakers"][0]["call_to_actions"]
    assert 0 < len(questions) <= 4
    assert all(0 < len(one["question"]) <= 80 for one in questions)


async def test_first_questions_are_only_set_where_asked_since_they_take_the_place_of_the_greeting() -> None:
    graph = Graph(messenger_profile={"result": "success"})
    await channel(graph).set_profile()
    assert "ice_breakers" not in graph.form()


async def test_no_address_log_error_or_print_holds_a_secret(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    graph = Graph(**healthy(messages=refusal(190)))
    ours = channel(graph)
    await ours.check_account()
    await ours.set_webhook("https://motcua.test/webhooks/facebook")
    with pytest.raises(Permanent) as refused:
        await ours.send(CALL, CITIZEN, delivery_id=1, mode="free")
    told = [*(str(request.url) for request in graph.asked), *(record.getMessage() for record in caplog.records)]
    for secret in SECRETS:
        assert not any(secret in one for one in [*told, repr(refused.value), repr(ACCOUNT)])


async def test_closing_frees_the_connections() -> None:
    client = httpx.AsyncClient(transport=httpx.MockTransport(Graph()))
    await FacebookChannel(ACCOUNT, client).aclose()
    assert client.is_closed
