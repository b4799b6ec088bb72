"""What each answer of the Graph API means for the call."""

import json

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel import Ambiguous, ChannelError, Permanent, Temporary
from connectors.facebook.errors import error_of_answer, error_of_transport, retry_after


def answer(code: int, subcode: int | None = None, *, status: int = 400, text: str = "x", **more: object) -> ChannelError:
    error = {"message": text, "type": "OAuthException", "code": code, "fbtrace_id": "A", **more}
    if subcode is not None:
        error["error_subcode"] = subcode
    return error_of_answer(status, json.dumps({"error": error}).encode(), httpx.Headers())


@pytest.mark.parametrize("status", [400, 500])
@pytest.mark.parametrize("code", [1, 2, 1200])
def test_faults_of_the_platform_pass(code: int, status: int) -> None:
    assert isinstance(answer(code, status=status), Temporary)


@pytest.mark.parametrize(("code", "all_wait"), [(4, True), (17, True), (32, True), (80006, True), (613, False)])
def test_rates_make_wait(code: int, all_wait: bool) -> None:
    error = answer(code, status=403)
    assert isinstance(error, Temporary)
    assert error.whole_account is all_wait
    assert error.retry_after is not None
    assert error.retry_after >= 60


@pytest.mark.parametrize(
    ("code", "subcode", "effect"),
    [
        (10, 2018278, "none"),
        (10, 2018065, "none"),
        (10, 2018108, "contact_unavailable"),
        (10, 2018300, "muted"),
        (10, None, "account_needs_attention"),
        (10, 2018028, "account_needs_attention"),
        (100, 2018001, "contact_unavailable"),
        (100, 2018109, "none"),
        (100, 2018008, "none"),
        (100, 1893061, "none"),
        (100, None, "none"),
        (190, None, "account_needs_attention"),
        (190, 463, "account_needs_attention"),
        (200, 1545041, "contact_unavailable"),
        (200, 2018028, "account_needs_attention"),
        (200, None, "account_needs_attention"),
        (299, None, "account_needs_attention"),
        (230, None, "contact_unavailable"),
        (368, None, "account_needs_attention"),
        (551, None, "contact_unavailable"),
        (10303, None, "none"),
        (424242, None, "none"),
    ],
)
def test_refusals_are_for_good_and_say_what_follows(code: int, subcode: int | None, effect: str) -> None:
    error = answer(code, subcode)
    assert isinstance(error, Permanent)
    assert error.effect == effect
    assert str(code) in error.reason


def test_the_thread_of_another_app_is_known_by_its_text_too() -> None:
    text = "(#10) Message failed to send because another app is controlling this thread now."
    error = answer(10, text=text)
    assert isinstance(error, Permanent)
    assert error.effect == "muted"


def test_no_other_text_changes_anything() -> None:
    error = answer(100, 2018001, text="another app is controlling this thread")
    assert isinstance(error, Permanent)
    assert error.effect == "contact_unavailable"


def test_the_error_after_which_all_was_sent_is_not_sent_again() -> None:
    assert isinstance(answer(1, 1357046, status=500), Ambiguous)


def test_an_unknown_fault_of_the_server_may_have_sent_it() -> None:
    assert isinstance(answer(424242, status=500), Ambiguous)
    assert isinstance(answer(424242, status=500, is_transient=True), Temporary)


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (200, Ambiguous),
        (302, Temporary),
        (400, Permanent),
        (403, Permanent),
        (404, Permanent),
        (408, Temporary),
        (429, Temporary),
        (500, Ambiguous),
        (502, Ambiguous),
        (503, Temporary),
        (504, Ambiguous),
    ],
)
@pytest.mark.parametrize("body", [b"<html>Sorry</html>", b"", b"[]", b'{"error":"x"}', b'{"error":{"code":"x"}}', b"[" * 99_999])
def test_what_comes_from_before_the_api_is_judged_by_its_status(status: int, kind: type[ChannelError], body: bytes) -> None:
    assert isinstance(error_of_answer(status, body, httpx.Headers()), kind)


@given(
    st.integers(200, 599),
    st.binary(max_size=60)
    | st.recursive(
        st.none() | st.integers() | st.text(max_size=5),
        lambda inner: st.dictionaries(st.sampled_from(["error", "code", "error_subcode", "message"]), inner, max_size=4),
    ).map(lambda data: json.dumps(data).encode()),
)
def test_any_answer_is_one_of_the_three(status: int, body: bytes) -> None:
    error = error_of_answer(status, body, httpx.Headers())
    assert isinstance(error, Temporary | Permanent | Ambiguous)
    assert len(error.reason) < 60


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("x"), Temporary),
        (httpx.ConnectTimeout("x"), Temporary),
        (httpx.PoolTimeout("x"), Temporary),
        (httpx.ProxyError("x"), Temporary),
        (httpx.ReadTimeout("x"), Ambiguous),
        (httpx.WriteTimeout("x"), Ambiguous),
        (httpx.ReadError("x"), Ambiguous),
        (httpx.WriteError("x"), Ambiguous),
        (httpx.RemoteProtocolError("x"), Ambiguous),
        (httpx.DecodingError("x"), Ambiguous),
    ],
)
def test_nothing_was_sent_before_the_connection_stood_and_nobody_knows_after(error: httpx.HTTPError, kind: type) -> None:
    assert isinstance(error_of_transport(error), kind)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("7", 7),
        ("0", 0),
        ("99999999999999", 3600),
        ("Wed, 21 Oct 2026 07:28:00 GMT", None),
        ("-1", None),
        ("²", None),
    ],
)
def test_the_time_to_wait_is_read_with_distrust(value: str | None, seconds: float | None) -> None:
    assert retry_after({} if value is None else {"retry-after": value}) == seconds
