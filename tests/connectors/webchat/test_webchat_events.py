"""The event stream: everything once, in order, across reconnects."""

import json
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import httpx
import pytest

from bot.storage.database import Database, writing
from bot.storage.models import Conversation
from connectors.webchat.chat import WebChat
from connectors.webchat.events import resume_after
from tests.connectors.harness import Browser, browsing
from tests.waiting import wait_for


@contextmanager
def listening(browser: Browser, after: int = 0, last_event_id: str | None = None) -> Iterator[Iterator[tuple[str, Any]]]:
    """The stream's events as (name, data)."""
    headers = {"Last-Event-ID": last_event_id} if last_event_id is not None else {}
    query = {"token": browser.token, "after": str(after)}
    with browser.http.stream("GET", "/webchat/events", params=query, headers=headers, timeout=30) as stream:
        assert stream.headers["content-type"].startswith("text/event-stream")
        yield events(stream)


def events(stream: httpx.Response) -> Iterator[tuple[str, Any]]:
    name = ""
    for line in stream.iter_lines():
        if line.startswith("event: "):
            name = line.removeprefix("event: ")
        elif line.startswith("data: "):
            yield name, json.loads(line.removeprefix("data: "))


def next_message(heard: Iterator[tuple[str, Any]]) -> dict[str, Any]:
    return next(dict(data) for name, data in heard if name == "message")


@pytest.mark.usefixtures("worker")
def test_a_stream_gives_what_was_said_then_what_comes(browser: Browser) -> None:
    with listening(browser) as heard:
        assert next(heard) == ("message", browser.greeting[0])
        assert next(heard) == ("state", {"speaker": "bot", "busy": False})
        browser.say("lệ phí bao nhiêu")
        assert (m := next_message(heard))["text"] == "lệ phí bao nhiêu"
        assert m["seq"] == 2
        answer = next_message(heard)
        assert (answer["seq"], answer["from"], answer["text"]) == (3, "bot", "Trả lời: lệ phí bao nhiêu")


@pytest.mark.usefixtures("worker")
def test_a_reconnect_goes_on_where_the_last_event_was(browser: Browser) -> None:
    browser.say("một câu hỏi")
    browser.wait_replies(1)
    with listening(browser, after=0, last_event_id="2") as heard:
        assert next_message(heard)["seq"] == 3
    with listening(browser, after=1, last_event_id="nonsense") as heard:
        assert next_message(heard)["seq"] == 2


def test_a_change_of_speaker_is_told(browser: Browser, database: Database) -> None:
    with listening(browser, after=1) as heard:
        assert next(heard)[1]["speaker"] == "bot"
        with writing(database.sessions) as session:
            session.get_one(Conversation, browser.conversation_id).speaker = "officer"
        assert next(heard) == ("state", {"speaker": "officer", "busy": False})


def test_a_stream_sees_only_its_own_conversation(browser: Browser) -> None:
    with browsing(browser.base) as stranger, listening(browser, after=1) as heard:
        stranger.say("chuyện của người khác")
        browser.say("chuyện của tôi")
        assert next_message(heard)["text"] == "chuyện của tôi"


def test_streams_are_limited_per_conversation_and_freed_when_closed(browser: Browser) -> None:
    with ExitStack() as open_streams:
        # A stream whose generator is thrown away would be closed by the client.
        heard = [open_streams.enter_context(listening(browser)) for _ in range(6)]
        assert [next(one)[0] for one in heard] == 6 * ["message"]
        with browser.http.stream("GET", "/webchat/events", params={"token": browser.token}) as refused:
            assert refused.status_code == 429
            assert json.loads(refused.read())["code"] == "too_many_streams"

    def opens() -> bool:
        with browser.http.stream("GET", "/webchat/events", params={"token": browser.token}) as stream:
            return stream.status_code == 200

    wait_for(opens, what="a freed place")


@pytest.mark.usefixtures("database")
def test_many_waiting_streams_share_one_poller(gateway: str, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    plain = WebChat.states
    monkeypatch.setattr(WebChat, "states", lambda chat, ids: (asked.append(len(ids)), plain(chat, ids))[1])
    with ExitStack() as stack:
        browsers = [stack.enter_context(browsing(gateway)) for _ in range(25)]
        heard = [stack.enter_context(listening(browser, after=1)) for browser in browsers]
        for one in heard:
            assert next(one)[0] == "state"
        wait_for(lambda: asked.count(25) >= 3, what="three polls of all streams")
        for number, (browser, one) in enumerate(zip(browsers, heard, strict=True)):
            browser.say(f"tin số {number}")
            assert next_message(one)["text"] == f"tin số {number}"


def test_where_a_stream_resumes() -> None:
    assert resume_after(None, 4) == 4
    assert resume_after("7", 4) == 7
    assert resume_after("", 4) == 4
    assert resume_after("-1", 4) == 4
    assert resume_after("٣", 4) == 4
    assert resume_after("9" * 30, 4) == 4
