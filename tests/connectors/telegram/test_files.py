"""A file id becomes one download, and the token in its link is shown to nobody."""

from collections.abc import Iterator
from typing import Any

import pytest

from connectors.gateway.attachments.fetching import Fetcher, FetchFailed, HostRules, LinkExpired
from connectors.telegram.files import TelegramFiles
from tests.connectors.telegram.bot_api import TOKEN, BotApi, reset, running_bot_api


@pytest.fixture
def api() -> Iterator[BotApi]:
    with running_bot_api() as running:
        yield running


def files(api: BotApi) -> TelegramFiles:
    return TelegramFiles(TOKEN, api.url, Fetcher(), rules(api))


def rules(api: BotApi) -> HostRules:
    return HostRules((), frozenset({api.url.removeprefix("http://")}))


def test_a_file_is_found_and_downloaded(api: BotApi) -> None:
    api.results["getFile"] = {"file_id": "B Q/&x", "file_unique_id": "A", "file_path": "documents/file_1 ộ.pdf", "file_size": 4}
    api.files["documents/file_1 ộ.pdf"] = b"%PDF"
    link = files(api).link_of("B Q/&x")
    assert api.calls == [("getFile", {"file_id": "B Q/&x"})]
    assert Fetcher().get(link, rules(api), max_bytes=10, seconds=5) == b"%PDF"


def test_a_link_past_its_hour_is_expired(api: BotApi) -> None:
    api.results["getFile"] = {"file_id": "x", "file_unique_id": "A", "file_path": "documents/gone.pdf"}
    with pytest.raises(LinkExpired):
        Fetcher().get(files(api).link_of("x"), rules(api), max_bytes=10, seconds=5)


@pytest.mark.parametrize(
    ("status", "detail"),
    [(400, "get_file_http_400"), (401, "get_file_http_401"), (404, "get_file_http_404"), (500, "get_file_http_500")],
)
def test_a_refusal_is_a_failure(api: BotApi, status: int, detail: str) -> None:
    api.refuse(status, "Bad Request: file is too big")
    with pytest.raises(FetchFailed) as caught:
        files(api).link_of("x")
    assert caught.value.detail == detail


@pytest.mark.parametrize(
    "result", [None, [], {}, {"file_path": None}, {"file_path": ""}, {"file_path": 5}, {"file_path": "/etc/passwd"},
               {"file_path": "a/../../b"}]
)  # fmt: skip
def test_an_answer_without_a_path_is_a_failure(api: BotApi, result: Any) -> None:
    api.results["getFile"] = result
    with pytest.raises(FetchFailed, match="unreadable"):
        files(api).link_of("x")


def test_a_broken_connection_is_a_failure_that_does_not_show_the_token(api: BotApi) -> None:
    api.answers.append(reset)
    with pytest.raises(FetchFailed) as caught:
        files(api).link_of("x")
    assert TOKEN not in repr(caught.value)
    assert TOKEN not in repr(files(api))
