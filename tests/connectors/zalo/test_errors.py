"""What a caller learns from each of Zalo's answers."""

import json
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.channel import Ambiguous, ChannelError, Permanent, Temporary
from connectors.zalo.errors import AttachmentGoneError, PayloadRefused, TokenRejectedError, not_answered, read_answer


def fault(code: object, status: int = 200, headers: dict[str, str] | None = None) -> Exception:
    with pytest.raises((ChannelError, TokenRejectedError, AttachmentGoneError)) as caught:
        read_answer(status, headers or {}, json.dumps({"error": code, "message": "x"}).encode())
    return caught.value


@pytest.mark.parametrize("code", [-216, 216, -401, 401, -220, "-216"])
def test_a_token_that_is_over(code: object) -> None:
    assert isinstance(fault(code), TokenRejectedError)


def test_an_upload_that_is_over() -> None:
    assert isinstance(fault(-100), AttachmentGoneError)


@pytest.mark.parametrize(
    ("code", "effect"),
    [
        (-230, "none"), (-232, "none"), (-234, "none"),
        (-213, "contact_unavailable"), (-217, "contact_unavailable"),
        (-227, "contact_unavailable"), (-244, "contact_unavailable"),
        (-211, "quota_used_up"), (-218, "none"),
        (-204, "account_needs_attention"), (-209, "account_needs_attention"), (-212, "account_needs_attention"),
        (-219, "account_needs_attention"), (-221, "account_needs_attention"), (-223, "account_needs_attention"),
        (-224, "account_needs_attention"), (-320, "account_needs_attention"),
    ],
)  # fmt: skip
def test_what_will_never_succeed_and_what_follows_from_it(code: int, effect: str) -> None:
    error = fault(code)
    assert isinstance(error, Permanent)
    assert not isinstance(error, PayloadRefused)
    assert error.effect == effect


@pytest.mark.parametrize("code", [-201, -210, -233, -240, -248, -249])
def test_a_shape_that_is_refused(code: int) -> None:
    error = fault(code)
    assert isinstance(error, PayloadRefused)
    assert error.effect == "none"


def test_the_rate_limit_stops_the_whole_account_for_as_long_as_zalo_says() -> None:
    error = fault(-32, headers={"retry-after": "40"})
    assert isinstance(error, Temporary)
    assert (error.retry_after, error.whole_account) == (40, True)
    silent = fault(-32)
    assert isinstance(silent, Temporary)
    assert silent.retry_after == 15


@pytest.mark.parametrize("code", [-200, -99999, 12007])
def test_a_numbered_refusal_was_surely_not_carried_out(code: int) -> None:
    error = fault(code)
    assert isinstance(error, Temporary)
    assert not error.whole_account


@pytest.mark.parametrize("status", [500, 502, 503, 504, 408])
def test_a_server_fault_leaves_it_open_whether_the_message_arrived(status: int) -> None:
    with pytest.raises(Ambiguous):
        read_answer(status, {}, b"<html>Bad Gateway</html>")


def test_a_server_fault_with_a_numbered_refusal_is_sure() -> None:
    assert isinstance(fault(-32, status=500), Temporary)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, TokenRejectedError), (403, Permanent), (404, Permanent), (302, Permanent), (429, Temporary)]
)
def test_other_statuses(status: int, kind: type[Exception]) -> None:
    with pytest.raises(kind):
        read_answer(status, {}, b"<html></html>")


@pytest.mark.parametrize(
    "content",
    [b"", b"<html></html>", b"[]", b"null", b"{}", b'{"error":null}', b'{"error":true}', b'{"error":"x"}', b"[" * 99999],
)
def test_an_answer_that_says_nothing_leaves_it_open(content: bytes) -> None:
    with pytest.raises(Ambiguous):
        read_answer(200, {}, content)


@pytest.mark.parametrize("zero", [0, "0"])
def test_only_error_zero_is_success(zero: object) -> None:
    assert read_answer(200, {}, json.dumps({"error": zero, "data": {"message_id": "m"}}).encode()) == {"message_id": "m"}


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (httpx.ConnectError("refused"), Temporary),
        (httpx.ConnectTimeout("no route"), Temporary),
        (httpx.PoolTimeout("busy"), Temporary),
        (httpx.ReadTimeout("slow"), Ambiguous),
        (httpx.WriteTimeout("slow"), Ambiguous),
        (httpx.ReadError("reset"), Ambiguous),
        (httpx.RemoteProtocolError("gone"), Ambiguous),
    ],
)
def test_a_broken_exchange_is_unknown_once_it_was_connected(error: httpx.HTTPError, kind: type[Exception]) -> None:
    assert type(not_answered(error)) is kind


@given(
    st.integers(100, 599),
    st.binary(max_size=60)
    | st.dictionaries(st.sampled_from(["error", "data"]), st.integers() | st.none() | st.text()).map(
        lambda d: json.dumps(d).encode()
    ),
)
def test_no_answer_breaks_the_reading(status: int, content: bytes) -> None:
    data: Any = None
    try:
        data = read_answer(status, {}, content)
    except (ChannelError, TokenRejectedError, AttachmentGoneError):
        return
    assert json.loads(content)["error"] in (0, "0") or int(json.loads(content)["error"]) == 0
    assert data == json.loads(content).get("data")
