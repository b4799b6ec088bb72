"""The channel over real HTTP: what reaches the Bot API, what its refusals become, and that the token is never seen."""

import asyncio
import io
import json
import logging
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from typing import TypeVar

import pytest

from bot.logs import configure_logging
from bot.messages import BotMessage, Button, OfferedFile
from connectors.channel import Ambiguous, Channel, ChannelError, Outgoing, Permanent, PlatformCall, Sent, Temporary
from connectors.telegram import client as client_module
from connectors.telegram.client import TelegramChannel
from tests.connectors.telegram.bot_api import TOKEN, BotApi, reset, running_bot_api

SECRET = "a-secret_word"
T = TypeVar("T")


@pytest.fixture
def api() -> Iterator[BotApi]:
    with running_bot_api() as running:
        yield running


def with_channel(url: str, act: Callable[[TelegramChannel], Awaitable[T]], token: str = TOKEN) -> T:
    async def run() -> T:
        channel = TelegramChannel(token, SECRET, url)
        try:
            return await act(channel)
        finally:
            await channel.aclose()

    return asyncio.run(run())


def send(api: BotApi, call: PlatformCall, to: str = "7") -> Sent:
    return with_channel(api.url, lambda channel: channel.send(call, to, delivery_id=1, mode="free"))


def text_call(text: str = "Xin chào", **more: object) -> PlatformCall:
    return PlatformCall("sendMessage", {"text": text, "parse_mode": "HTML"} | more, shown="Xin chào")


def failure(api: BotApi, call: PlatformCall | None = None) -> ChannelError:
    with pytest.raises(ChannelError) as caught:
        send(api, call or text_call())
    assert TOKEN not in str(caught.value)
    return caught.value


def test_it_is_a_channel() -> None:
    channel: Channel = TelegramChannel(TOKEN, SECRET)
    assert (channel.name, channel.account) == ("telegram", "7700001")
    asyncio.run(channel.aclose())


def test_a_rendered_message_reaches_the_bot_api(api: BotApi) -> None:
    message = BotMessage("Lệ <b>phí</b> & hạn", buttons=(Button("Có", intent="yes"), Button("Cổng", url="https://a.vn")))
    (call,) = with_channel(api.url, _rendering(Outgoing(message, tokens={0: "tok1"})))
    kept = PlatformCall(call.method, json.loads(json.dumps(call.body)), call.shown)
    assert send(api, kept) == Sent("901")
    assert api.calls == [
        (
            "sendMessage",
            {
                "chat_id": "7",
                "text": "Lệ &lt;b&gt;phí&lt;/b&gt; &amp; hạn",
                "parse_mode": "HTML",
                "link_preview_options": {"is_disabled": True},
                "reply_markup": {
                    "inline_keyboard": [[{"text": "Có", "callback_data": "a:tok1"}, {"text": "Cổng", "url": "https://a.vn"}]]
                },
            },
        )
    ]


def _rendering(outgoing: Outgoing) -> Callable[[TelegramChannel], Awaitable[list[PlatformCall]]]:
    async def act(channel: TelegramChannel) -> list[PlatformCall]:
        return channel.render(outgoing)

    return act


def test_a_request_for_the_telephone_number_reaches_the_bot_api(api: BotApi) -> None:
    calls = with_channel(api.url, _rendering(Outgoing(BotMessage("Xin số điện thoại.", request="phone"))))
    send(api, calls[0])
    markup = api.calls[0][1]["reply_markup"]
    assert markup["keyboard"] == [[{"text": "Gửi số điện thoại của tôi", "request_contact": True}]]
    assert markup["one_time_keyboard"] is True


def test_what_telegram_cannot_parse_is_sent_once_more_as_plain_text(api: BotApi) -> None:
    api.refuse(400, "Bad Request: can't parse entities: Unsupported start tag")
    markup = {"inline_keyboard": [[{"text": "Có", "callback_data": "a:x"}]]}
    send(api, text_call("<wrong>Xin chào", reply_markup=markup))
    (_, first), (method, second) = api.calls
    assert first["parse_mode"] == "HTML"
    assert (method, second["text"], "parse_mode" in second) == ("sendMessage", "Xin chào", False)
    assert second["reply_markup"] == markup


def test_plain_text_is_tried_only_once(api: BotApi) -> None:
    api.refuse(400, "Bad Request: can't parse entities")
    api.refuse(400, "Bad Request: can't parse entities")
    assert isinstance(failure(api), Permanent)
    assert len(api.calls) == 2


@pytest.mark.parametrize(
    "description",
    ["Bad Request: failed to get HTTP URL content", "Bad Request: wrong type of the web page content", "Bad Request: other"],
)
def test_a_file_that_telegram_does_not_fetch_goes_out_as_a_link(api: BotApi, description: str) -> None:
    files = (OfferedFile("file", "https://a.vn/to-khai.docx", "Tờ khai"),)
    calls = with_channel(api.url, _rendering(Outgoing(BotMessage("Đây ạ.", files=files))))
    api.refuse(400, description)
    send(api, calls[-1])
    assert [method for method, _ in api.calls] == ["sendDocument", "sendMessage"]
    assert api.calls[1][1]["text"] == "Tờ khai: https://a.vn/to-khai.docx"


@pytest.mark.parametrize(
    ("status", "description", "reason", "effect"),
    [
        (403, "Forbidden: bot was blocked by the user", "blocked_by_citizen", "contact_unavailable"),
        (403, "Forbidden: user is deactivated", "account_deleted", "contact_unavailable"),
        (403, "Forbidden: bot can't initiate conversation with a user", "never_started", "contact_unavailable"),
        (403, "Forbidden: something new", "forbidden", "contact_unavailable"),
        (400, "Bad Request: chat not found", "chat_not_found", "contact_unavailable"),
        (400, "Bad Request: message is too long", "too_long", "none"),
        (400, "Bad Request: BUTTON_DATA_INVALID", "bad_button", "none"),
        (400, "Bad Request: message text is empty", "empty_text", "none"),
        (400, "Bad Request: something with 0912345678", "bad_request", "none"),
        (401, "Unauthorized", "token_refused", "account_needs_attention"),
        (404, "Not Found", "token_refused", "account_needs_attention"),
        (409, "Conflict: terminated by other getUpdates request", "conflict", "account_needs_attention"),
        (413, "Request Entity Too Large", "http_413", "none"),
    ],
)
def test_a_refusal_for_good(api: BotApi, status: int, description: str, reason: str, effect: str) -> None:
    api.refuse(status, description)
    error = failure(api)
    assert isinstance(error, Permanent)
    assert (error.reason, error.effect) == (reason, effect)
    assert len(api.calls) == 1


def test_a_chat_that_became_a_group_is_not_followed(api: BotApi) -> None:
    api.refuse(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-1001)
    error = failure(api)
    assert isinstance(error, Permanent)
    assert error.effect == "contact_unavailable"


@pytest.mark.parametrize("group", ["-1001", "-42", "0"])
def test_nothing_is_ever_said_in_a_group(api: BotApi, group: str) -> None:
    with pytest.raises(Permanent, match="not_private"):
        send(api, text_call(), group)
    assert api.calls == []


def test_too_many_calls_pause_the_whole_account_for_as_long_as_told(api: BotApi) -> None:
    api.refuse(429, "Too Many Requests: retry after 7", retry_after=7)
    error = failure(api)
    assert isinstance(error, Temporary)
    assert (error.reason, error.retry_after, error.whole_account) == ("too_many_requests", 7.0, True)
    assert len(api.calls) == 1


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"parameters":5}', b'{"parameters":{"retry_after":"soon"}}'])
def test_too_many_calls_without_a_time_are_tried_again_some_time(api: BotApi, body: bytes) -> None:
    api.answers.append((429, body))
    error = failure(api)
    assert isinstance(error, Temporary)
    assert error.retry_after is None
    assert error.whole_account


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_fault_of_the_server_leaves_it_open_whether_the_message_arrived(api: BotApi, status: int) -> None:
    api.refuse(status, "Internal Server Error")
    error = failure(api)
    assert isinstance(error, Ambiguous)
    assert len(api.calls) == 1


@pytest.mark.parametrize("status", [302, 307])
def test_an_answer_of_something_before_telegram_is_tried_again(api: BotApi, status: int) -> None:
    api.answers.append((status, b"<html>sign in</html>"))
    assert isinstance(failure(api), Temporary)


@pytest.mark.parametrize("body", [b"<html>", b"[]", b'{"ok":true}', b'{"ok":true,"result":5}', b'{"ok":true,"result":{}}'])
def test_a_success_that_cannot_be_read_is_not_sent_again(api: BotApi, body: bytes) -> None:
    api.answers.append((200, body))
    assert isinstance(failure(api), Ambiguous)
    assert len(api.calls) == 1


def test_a_connection_that_breaks_after_the_request_is_ambiguous(api: BotApi) -> None:
    api.answers.append(reset)
    assert isinstance(failure(api), Ambiguous)
    assert len(api.calls) == 1


def test_no_answer_in_time_is_ambiguous(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    released = threading.Event()
    api.answers.append(lambda connection: (released.wait(10), reset(connection))[1])
    monkeypatch.setattr(client_module, "BotRequest", lambda: _Impatient())
    try:
        error = failure(api)
    finally:
        released.set()
    assert isinstance(error, Ambiguous)
    assert error.reason == "timed_out"
    assert len(api.calls) == 1


class _Impatient(client_module.BotRequest):
    def __init__(self) -> None:
        super().__init__()
        self._client.timeout = 0.2


def test_a_server_that_is_not_there_is_tried_again() -> None:
    call = text_call()
    with pytest.raises(Temporary) as caught:
        with_channel("http://127.0.0.1:9", lambda channel: channel.send(call, "7", delivery_id=1, mode="free"))
    assert caught.value.reason == "not_reached"
    assert not caught.value.whole_account


def test_typing_is_shown(api: BotApi) -> None:
    with_channel(api.url, lambda channel: channel.show_typing("7"))
    assert api.calls == [("sendChatAction", {"chat_id": "7", "action": "typing"})]


def test_the_webhook_is_set_with_our_secret_and_only_the_kinds_that_we_read(api: BotApi) -> None:
    said = with_channel(api.url, lambda channel: channel.set_webhook("https://motcua.example/webhooks/telegram"))
    ((method, values),) = api.calls
    assert method == "setWebhook"
    assert values["secret_token"] == SECRET
    assert values["allowed_updates"] == ["message", "callback_query", "my_chat_member"]
    assert "drop_pending_updates" not in values
    assert "https://motcua.example/webhooks/telegram" in said
    assert SECRET not in said


def test_the_account_tells_how_its_webhook_fares(api: BotApi) -> None:
    api.results["getWebhookInfo"] = {
        "url": "https://motcua.example/webhooks/telegram",
        "has_custom_certificate": False,
        "pending_update_count": 12,
        "last_error_date": 1795651200,
        "last_error_message": "Read timeout expired",
    }
    check = with_channel(api.url, lambda channel: channel.check_account())
    assert check.ok
    assert check.needs is None
    facts = " ".join(value for _, value in check.facts)
    for part in ("@motcua_test_bot", "https://motcua.example/webhooks/telegram", "12", "Read timeout expired", "2026-11-26"):
        assert part in facts


def test_an_account_without_a_webhook_says_what_to_do(api: BotApi) -> None:
    api.results["getWebhookInfo"] = {"url": "", "has_custom_certificate": False, "pending_update_count": 0}
    check = with_channel(api.url, lambda channel: channel.check_account())
    assert not check.ok
    assert "webhook" in (check.needs or "")


def test_a_token_that_telegram_does_not_know_needs_a_person(api: BotApi) -> None:
    with pytest.raises(Permanent) as caught:
        with_channel(api.url, lambda channel: channel.check_account(), token="7700001:revoked")
    assert caught.value.effect == "account_needs_attention"


@pytest.mark.parametrize("token", ["", "abc", "12:", "12:a b", ":abc", "12:abc\n"])
def test_a_token_that_is_none_stops_the_start_without_being_shown(token: str) -> None:
    with pytest.raises(ValueError, match="TELEGRAM_BOT_TOKEN") as caught:
        TelegramChannel(token, SECRET)
    assert not token or token not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "has space", "ế", "x" * 257])
def test_a_secret_that_telegram_would_not_take_stops_the_start(secret: str) -> None:
    with pytest.raises(ValueError, match="TELEGRAM_WEBHOOK_SECRET"):
        TelegramChannel(TOKEN, secret)


def test_the_token_never_reaches_the_log(api: BotApi, monkeypatch: pytest.MonkeyPatch) -> None:
    written = io.StringIO()
    monkeypatch.setattr(sys, "stderr", written)
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    configure_logging("DEBUG")
    try:
        send(api, text_call())
        api.answers.append((200, f"<html>no such page: /bot{TOKEN}/sendMessage</html>".encode()))
        for answer in (None, (502, f"bad gateway /bot{TOKEN}/".encode()), (401, b"{}"), reset):
            if answer is not None:
                api.answers.append(answer)
            try:
                send(api, text_call())
            except ChannelError:
                logging.getLogger("test").exception("send.failed")
        logging.getLogger("test").debug("debug lines are written")
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
    log = written.getvalue()
    assert log.count("send.failed") == 4
    assert "debug lines are written" in log
    assert TOKEN not in log
    assert TOKEN.partition(":")[2] not in log
