"""Whatever is sent to the Graph port is answered as the Graph API answers: never with a crash."""

import asyncio
import json
from typing import Any

import httpx
import pytest

from simulators.messaging.clock import SimClock
from simulators.messaging.orders import ActOrder, NewUser
from simulators.messenger.credentials import Credentials
from simulators.messenger.graph_call import GraphCall
from simulators.messenger.graph_edges import PAGE_EDGES
from simulators.messenger.graph_errors import GraphError
from simulators.messenger.platform import MessengerPlatform
from tests.simulators.messenger.harness import APP, LAN, PAGE, SECRET, TOKEN, VERIFY, Messenger, error_of

ENVELOPE = {"recipient": {"id": LAN}, "messaging_type": "RESPONSE"}
TEMPLATE = {"name": "a", "language": "vi", "category": "UTILITY", "components": [{"type": "BODY", "text": "Chào ông bà"}]}
EDGES: dict[tuple[str, str], tuple[dict[str, Any], tuple[str, ...]]] = {
    ("POST", "messages"): (
        ENVELOPE,
        ("recipient", "message", "messaging_type", "tag", "persona_id", "reply_to", "thread_control"),
    ),
    ("POST", "message_attachments"): ({}, ("message",)),
    ("POST", "messenger_profile"): (
        {"get_started": {"payload": "GO"}},
        ("get_started", "greeting", "persistent_menu", "ice_breakers", "whitelisted_domains", "account_linking_url"),
    ),
    ("GET", "messenger_profile"): ({}, ("fields",)),
    ("DELETE", "messenger_profile"): ({}, ("fields",)),
    ("POST", "custom_user_settings"): ({"psid": LAN}, ("psid", "persistent_menu")),
    ("POST", "personas"): ({"name": "Hà"}, ("name", "profile_picture_url")),
    ("POST", "message_templates"): (TEMPLATE, ("name", "language", "category", "parameter_format", "components")),
    ("GET", "message_templates"): ({}, ("name",)),
    ("DELETE", "message_templates"): ({}, ("name",)),
    ("POST", "subscribed_apps"): ({}, ("subscribed_fields",)),
    ("GET", "thread_owner"): ({}, ("recipient",)),
    ("POST", "pass_thread_control"): ({"recipient": {"id": LAN}}, ("recipient", "target_app_id", "metadata")),
    ("POST", "take_thread_control"): ({"recipient": {"id": LAN}}, ("recipient", "metadata")),
    ("POST", "extend_thread_control"): ({"recipient": {"id": LAN}}, ("recipient", "duration")),
}
VALUES: list[Any] = [
    None,
    True,
    0,
    -1,
    1e300,
    "",
    "x",
    "0" * 5000,
    [],
    [None],
    [[]],
    [{}],
    {},
    {"id": None},
    {"id": LAN},
    "{",
    "[}",
]
STACKED: list[Any] = [
    {"attachment": {"type": "template", "payload": {"template_type": "generic", "elements": [{"title": "a", "buttons": [[]]}]}}},
    {"attachment": {"type": ["image"], "payload": {"url": ["x"]}}},
    {"attachment": {"type": "image", "payload": {"attachment_id": {}}}},
    {"template": {"name": "a", "language": {"code": "vi"}, "components": [{"type": "body", "parameters": [None]}]}},
    {"text": "a", "quick_replies": [{"content_type": ["text"]}]},
    [{"locale": "default", "call_to_actions": [{"title": "a", "type": []}]}],
    [{"type": "BODY", "text": "{{1}}"}, {"type": "BUTTONS", "buttons": [{}]}],
]


@pytest.mark.parametrize(("verb", "edge"), EDGES)
def test_no_value_breaks_an_edge(verb: str, edge: str) -> None:
    """Each edge with each value in each of its places: an answer or a refusal, nothing else."""
    whole, names = EDGES[verb, edge]

    async def call_all() -> set[int]:
        codes = set()
        credentials = Credentials(PAGE, APP, SECRET, TOKEN, VERIFY)
        async with httpx.AsyncClient() as client, MessengerPlatform(credentials, SimClock(), client, "http://127.0.0.1") as sim:
            sim.make_user(NewUser(id=LAN))
            await sim.act(LAN, "say", ActOrder(text="Chào"), None)
            for name in names:
                for value in [*VALUES, *STACKED]:
                    call = GraphCall(verb, PAGE, edge, whole | {name: value}, None, TOKEN, None)
                    sim.page.limits.clear()
                    try:
                        await PAGE_EDGES[verb, edge](sim, call)
                    except GraphError as refusal:
                        codes.add(refusal.code)
        return codes

    assert asyncio.run(call_all()) <= {10, 100}


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/v25.0",
        "/v25.0/",
        f"/v25.0/{PAGE}",
        f"/v25.0/{APP}/subscriptions",
        "/v25.0/..%2f..%2fetc",
        "/v25.0/%00/messages",
        "/cdn/1/x",
    ],
)
def test_no_path_breaks_the_port(messenger: Messenger, path: str) -> None:
    for verb in ("GET", "POST", "DELETE", "PUT", "PATCH"):
        answer = messenger.api.request(verb, path, params={"access_token": TOKEN, "oe": "-1", "oh": "é"})
        assert answer.status_code in (200, 400, 403), (verb, answer.text)


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/json", b"\x00" * 100),
        ("application/json", json.dumps({"message": {"text": "\ud800"}}).encode()),
        ("application/x-www-form-urlencoded", b"message=%7B&recipient=%ff%fe"),
        ("application/x-www-form-urlencoded", b"&".join(b"a%d=1" % n for n in range(200))),
        ("application/json; charset=utf-16", '{"a":1}'.encode("utf-16")),
        ("", b"{}"),
        ("application/xml", b"<a/>"),
    ],
)
def test_no_body_breaks_the_port(messenger: Messenger, kind: str, body: bytes) -> None:
    headers = {"Content-Type": kind} if kind else {}
    answer = messenger.api.post("/v25.0/me/messages", params={"access_token": TOKEN}, content=body, headers=headers)
    assert error_of(answer)[:2] == (400, 100)


def test_a_body_over_the_limit_is_not_read_to_its_end(messenger: Messenger) -> None:
    answer = messenger.api.post(
        "/v25.0/me/messages",
        params={"access_token": TOKEN},
        content=b"x" * (33 * 1024 * 1024),
        headers={"Content-Type": "multipart/form-data; boundary=y"},
    )
    assert error_of(answer) == (400, 100, 2018109)
