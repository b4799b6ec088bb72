"""The webhook's signature against a vector that was computed apart from this code."""

import hashlib

import pytest

from simulators.zalo.signature import event_mac
from tests.simulators.zalo.harness import CREDENTIALS, Post, Receiver, Zalo

BODY = (
    '{"app_id":"360846524940903967","user_id_by_app":"552177279717587730","event_name":"user_send_text",'
    '"timestamp":"1700000000123","sender":{"id":"246845883529197922"},"recipient":{"id":"388613280878808645"},'
    '"message":{"msg_id":"96d3cdf3af150460909","text":"Tôi cần cấp lại giấy khai sinh"}}'
).encode()
MAC = "04894e8edbc7120a360c94b63b5f2e53def93b1b2bb2c8858714b35083a99233"


def by_hand(post: Post, timestamp: str, secret: str = CREDENTIALS.oa_secret) -> str:
    return hashlib.sha256(CREDENTIALS.app_id.encode() + post.body + timestamp.encode() + secret.encode()).hexdigest()


def text_event(zalo: Zalo, hook: Receiver) -> Post:
    zalo.does(zalo.person(), "say", text="Xin chào")
    return hook.wait_named("user_send_text")[0]


def test_fixed_vector() -> None:
    assert event_mac("360846524940903967", BODY, "1700000000123", "OA_SECRET_FOR_TESTS") == MAC


def test_raw_post_of_the_vector_is_signed_like_the_vector(zalo: Zalo, hook: Receiver) -> None:
    assert zalo.order("/raw", {"body": BODY.decode()})["status"] == 200
    assert hook.posts[-1].body == BODY
    assert hook.posts[-1].headers["x-zevent-signature"] == f"mac={MAC}"


@pytest.mark.parametrize(("signature", "fits"), [("right", True), ("wrong", False), ("none", False)])
def test_raw_posts_can_lie(zalo: Zalo, hook: Receiver, signature: str, fits: bool) -> None:
    zalo.order("/raw", {"body": BODY.decode(), "signature": signature})
    assert (hook.posts[-1].headers.get("x-zevent-signature") == f"mac={MAC}") is fits


def test_raw_posts_take_bytes_that_are_no_event(zalo: Zalo, hook: Receiver) -> None:
    for body in ("[" * 5000, "null", "\x00", "{"):
        assert zalo.order("/raw", {"body": body, "content_type": None})["status"] == 200
    assert hook.posts[-1].body == b"{"


def test_event_is_signed_over_its_bytes_and_its_timestamp(zalo: Zalo, hook: Receiver) -> None:
    post = text_event(zalo, hook)
    assert isinstance(post.event["timestamp"], str)
    assert post.headers["x-zevent-signature"] == f"mac={by_hand(post, post.event['timestamp'])}"
    assert "x-zevent-timestamp" not in post.headers


def test_knob_bare_hex(zalo: Zalo, hook: Receiver) -> None:
    zalo.knobs(mac_prefix=False)
    post = text_event(zalo, hook)
    assert post.headers["x-zevent-signature"] == by_hand(post, post.event["timestamp"])


def test_knob_header_timestamp_feeds_the_mac_and_differs_from_the_body(zalo: Zalo, hook: Receiver) -> None:
    zalo.knobs(mac_timestamp="header")
    post = text_event(zalo, hook)
    stamp = post.headers["x-zevent-timestamp"]
    assert stamp != post.event["timestamp"]
    assert post.headers["x-zevent-signature"] == f"mac={by_hand(post, stamp)}"


def test_knob_numeric_timestamp(zalo: Zalo, hook: Receiver) -> None:
    zalo.knobs(timestamp_type="number")
    post = text_event(zalo, hook)
    assert isinstance(post.event["timestamp"], int)
    assert post.headers["x-zevent-signature"] == f"mac={by_hand(post, str(post.event['timestamp']))}"


def test_knob_application_secret_signs(zalo: Zalo, hook: Receiver) -> None:
    zalo.knobs(oa_secret_is_app_secret=True)
    post = text_event(zalo, hook)
    assert post.headers["x-zevent-signature"] == f"mac={by_hand(post, post.event['timestamp'], CREDENTIALS.app_secret)}"


def test_knob_wrong_secret(zalo: Zalo, hook: Receiver) -> None:
    zalo.knobs(wrong_secret=True)
    post = text_event(zalo, hook)
    wrong = (
        f"mac={by_hand(post, post.event['timestamp'], secret)}" for secret in (CREDENTIALS.oa_secret, CREDENTIALS.app_secret)
    )
    assert post.headers["x-zevent-signature"] not in wrong


def test_rotated_secret_signs_from_then_on(zalo: Zalo, hook: Receiver) -> None:
    zalo.order("/rotate_secret", {"value": "new"})
    post = text_event(zalo, hook)
    assert post.headers["x-zevent-signature"] == f"mac={by_hand(post, post.event['timestamp'], 'new')}"
