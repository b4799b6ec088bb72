"""A citizen's message on Zalo is one trace through all processes, and says nothing of what the citizen wrote."""

from collections.abc import Callable, Sequence

import pytest

from benchmarks.chaos.phones import Phones
from bot.settings import Settings
from motcua.webchat_client import WebchatClient
from tests.trace_collector import Spanned, TraceCollector
from tests.waiting import wait_for

pytestmark = pytest.mark.engine

QUESTION = "chào em, chị Nguyễn Thị Bưởi muốn đăng ký kết hôn thì lệ phí bao nhiêu, sđt chị 0987 123 456"
"""Holds a name, a number and a matter; none of them may be in a trace."""


def named(trace: Sequence[Spanned], name: str) -> list[Spanned]:
    return sorted((span for span in trace if span.name == name), key=lambda span: span.began)


def test_a_message_is_followed_from_the_webhook_to_the_platforms_acceptance(product: Settings, collector: TraceCollector) -> None:
    with Phones(product) as phones:
        citizen = phones.join("zalo")
        phones.write(citizen, QUESTION, 0)
        wait_for(lambda: next(iter(phones.citizens())).shown, what="the answer on the phone")
        trace = collector.trace_with(
            # Each process sends its spans when it likes: the trace is whole when no span misses its parent.
            lambda spans: (
                {"webhook", "action", "search", "platform", "conclude"} <= {span.name for span in spans}
                and {span.parent for span in spans if span.parent} <= {span.id for span in spans}
                and named(spans, "webhook")[0].attributes["channel"] == "zalo"
            ),
            "the message's trace",
        )
    of = {span.id: span for span in trace}
    path = []
    span = named(trace, "platform")[0]
    while span.parent:
        path.append((span.service, span.name))
        span = of[span.parent]
    assert (span.service, span.name) == ("motcua-gateway", "webhook")
    assert path == [
        ("motcua-sender", "platform"),
        ("motcua-sender", "send"),
        ("motcua-worker", "conclude"),
        ("motcua-worker", "turn"),
    ]
    path, span = [], named(trace, "search")[0]
    while span.parent:
        path.append((span.service, span.name))
        span = of[span.parent]
    assert path == [
        ("motcua-actions", "search"),
        ("motcua-actions", "action"),
        ("motcua-engine-a", "rasa.action"),
        ("motcua-engine-a", "rasa.dialogue"),
        ("motcua-engine-a", "rasa.turn"),
        ("motcua-worker", "engine"),
        ("motcua-worker", "turn"),
    ]
    assert named(trace, "rasa.nlu")[0].parent == named(trace, "rasa.turn")[0].id
    assert named(trace, "turn")[0].parent == named(trace, "webhook")[0].id
    assert named(trace, "webhook")[0].attributes["channel"] == "zalo"
    assert named(trace, "conclude")[0].attributes["outcome"] == "answered"
    assert {span.attributes["state"] for span in named(trace, "send")} == {"sent"}


def test_a_look_up_at_the_portal_is_part_of_its_trace(
    new_client: Callable[[], WebchatClient], dossiers: list[dict[str, str]], collector: TraceCollector
) -> None:
    client = new_client()
    client.say(f"tra cứu hồ sơ {dossiers[3]['dossier_code']}")
    client.say(dossiers[3]["lookup_code"])
    wanted = {"webchat", "portal", "conclude"}
    trace = collector.trace_with(lambda spans: wanted <= {span.name for span in spans}, "the look-up's trace")
    call = next(span for span in named(trace, "portal") if span.attributes.get("status") == 200)
    assert of_kind(trace, call.parent) == "action"
    sent = b"".join(collector.bodies)
    for secret in (dossiers[3]["dossier_code"], dossiers[3]["lookup_code"], "Client-Reference"):
        assert secret.encode() not in sent


def of_kind(trace: Sequence[Spanned], parent: str) -> str:
    return next(span.name for span in trace if span.id == parent)


def test_nothing_that_citizens_wrote_is_in_the_bytes(product: Settings, collector: TraceCollector) -> None:
    sent = b"".join(collector.bodies)
    assert sent
    secrets = [product.engine_secret.get_secret_value(), product.ledger_key.get_secret_value()]
    for words in ("Nguyễn", "Bưởi", "kết hôn", "lệ phí", "0987", "987 123", "http://", "Bearer", *secrets):
        assert words.encode() not in sent, words
