"""What platforms, the portal and the engine send: webhooks and answers, from the recorded bodies of these tests."""

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from hypothesis import strategies as st

from bot.messages import MalformedMessageError
from bot.portal.errors import PortalError, WebhookRefused
from bot.portal.watching import parse_change_page
from bot.portal.webhooks import PortalEvent, PortalWebhooks, _event
from connectors.channel import ChannelError
from connectors.facebook.errors import error_of_answer
from connectors.facebook.parse import parse as parse_facebook
from connectors.facebook.signature import is_signed
from connectors.gateway.engine_answer import MalformedAnswerError, parse_answer
from connectors.gateway.webhooks import MalformedEventError
from connectors.telegram.parse import parse_update
from connectors.webchat.campaigns import campaign_code
from connectors.webchat.parse import MalformedPostError, parse_post
from connectors.zalo.envelope import WrongAccountError
from connectors.zalo.errors import AttachmentGoneError, TokenRejectedError, read_answer
from connectors.zalo.oauth import OAuthError, read_pair
from connectors.zalo.parse import parse_event
from connectors.zalo.signature import matching_signature
from tests.bot.portal.test_recorded_answers import READERS, recorded
from tests.connectors.facebook import recorded as facebook
from tests.connectors.telegram import recorded as telegram
from tests.connectors.zalo import recorded as zalo
from tests.fuzz.mutation import changed_values, json_bodies, words
from tests.fuzz.parsers import Parser

_SIMULATED = Path(__file__).parents[1] / "bot" / "portal" / "recorded"
_TURN = "turn-1"
_ANSWER = {
    "turn_id": _TURN,
    "failed": None,
    "model": "20261101",
    "messages": [
        {
            "schema": "motcua.message/1",
            "text": "Phí 8.000 đồng.",
            "kind": "answer",
            "buttons": [{"title": "Nơi nộp", "intent": "ask_place", "entities": {"a": "b"}, "url": None}],
            "procedure_code": "1.001193",
            "facet": "fee",
            "sources": [{"name": "Cổng", "checked": "2026", "code": "1.001193"}],
            "expects": None,
        }
    ],
    "handoff": {"schema": "motcua.handoff/1", "reason": "asked", "detail": {"misses": 1}},
    "nlu": {
        "intent": "ask_fee",
        "confidence": 0.9,
        "clauses": [{"text": "a", "intent": "b", "confidence": 1}],
        "ranking": [["a", 0.5]],
    },
}
_POSTS = [
    {"client_id": "4f0c2a9e-1111-4222-8333-000000000001", "text": "xin chào"},
    {"client_id": "4F0C2A9E111142228333000000000001", "button": "abcDEF12"},
]
_EVENTS: list[Any] = [
    {"type": "dossier.changed", "timestamp": "2026-08-05T14:30:00+07:00", "data": recorded("http_dossier")},
    {"type": "draft.changed", "timestamp": "2026-08-05T14:30:00+07:00", "data": recorded("http_draft")},
    {"type": "something.new", "timestamp": "2026-08-05T14:30:00Z", "data": {}},
]
_CHANGES: list[Any] = [{"changes": [recorded("http_dossier")], "next_cursor": "c-1", "has_more": True}]
_ZALO_ANSWERS = [
    b'{"error":0,"message":"Success","data":{"message_id":"1","quota":{"remain":"9"}}}',
    b'{"error":-216,"message":"expired"}',
    b'{"error":"-213"}',
]
_PAIRS = [
    b'{"access_token":"a","refresh_token":"b","expires_in":"90000"}',
    b'{"error":-14003,"error_name":"Invalid refresh token"}',
]
_GRAPH = [
    b'{"error":{"message":"(#10) x","type":"OAuthException","code":10,"error_subcode":2018278,"fbtrace_id":"A"}}',
    b'{"recipient_id":"1","message_id":"m_1"}',
]
_STATUSES = st.sampled_from((200, 204, 301, 400, 401, 403, 404, 408, 413, 429, 500, 502, 504))
_WAITS = st.fixed_dictionaries(
    {}, optional={"retry-after": words() | st.sampled_from(("1", "-1", "99999999", "Fri, 31 Dec 1999 23:59:59 GMT"))}
)


def _portal_event(body: bytes) -> PortalEvent:
    return _event("evt_1", body)


def _portal_door(sent: tuple[dict[str, str], bytes]) -> PortalEvent:
    return PortalWebhooks(["secret-of-these-tests"], clock=lambda: 1_785_000_000.0).verified(*sent)


def _portal_readers() -> list[Parser]:
    return [
        Parser(f"portal answer {name}", changed_values([recorded(name)]), read, (PortalError,))
        for name, read in sorted(READERS.items())
    ]


def _answered(read: Callable[..., Any]) -> Callable[[tuple[Any, ...]], Any]:
    return lambda given: read(*given) or "nothing"


def _zalo_signature(sent: tuple[dict[str, str], bytes]) -> Any:
    return matching_signature(sent[0], sent[1], zalo.IDS.app_id, zalo.OA_SECRET)


def _facebook_signature(sent: tuple[str | None, bytes]) -> bool | None:
    return is_signed(sent[1], sent[0], facebook.ACCOUNT.app_secret) or None


def parsers() -> list[Parser]:
    """All of this page."""
    zalo_bodies = [zalo.recorded(name) for name in zalo.NAMES]
    facebook_bodies = [path.read_bytes() for path in sorted(facebook.FIXTURES.glob("*.json"))]
    telegram_bodies = [path.read_bytes() for path in sorted(telegram.FIXTURES.glob("*.json"))]
    header = words() | st.just("mac=" + "0" * 64) | st.just("v1,AAAA v1,=== v2,x")
    zalo_headers = st.fixed_dictionaries({}, optional={"x-zevent-signature": header, "x-zevent-timestamp": words()})
    portal_headers = st.fixed_dictionaries(
        {
            "webhook-id": st.just("evt_1") | words(),
            "webhook-timestamp": st.just("1785000000") | words(),
            "webhook-signature": header,
        }
    )
    return [
        Parser(
            "zalo webhook", json_bodies(zalo_bodies), partial(parse_event, ids=zalo.IDS), (MalformedEventError, WrongAccountError)
        ),
        Parser("zalo signature", st.tuples(zalo_headers, json_bodies(zalo_bodies)), _zalo_signature),
        Parser(
            "zalo answer",
            st.tuples(_STATUSES, _WAITS, json_bodies(_ZALO_ANSWERS)),
            _answered(read_answer),
            (ChannelError, TokenRejectedError, AttachmentGoneError),
        ),
        Parser("zalo tokens", st.tuples(_STATUSES, json_bodies(_PAIRS)), _answered(read_pair), (OAuthError,)),
        Parser(
            "messenger webhook",
            json_bodies(facebook_bodies),
            partial(parse_facebook, account=facebook.ACCOUNT),
            (MalformedEventError,),
        ),
        Parser("messenger signature", st.tuples(st.none() | header, json_bodies(facebook_bodies)), _facebook_signature),
        Parser("messenger answer", st.tuples(_STATUSES, json_bodies(_GRAPH), _WAITS), _answered(error_of_answer)),
        Parser(
            "telegram webhook",
            json_bodies(telegram_bodies),
            partial(parse_update, account=telegram.ACCOUNT),
            (MalformedEventError,),
        ),
        Parser(
            "portal webhook",
            st.tuples(portal_headers, json_bodies([json.dumps(e).encode() for e in _EVENTS])),
            _portal_door,
            (WebhookRefused, PortalError),
        ),
        Parser("portal event", json_bodies([json.dumps(event).encode() for event in _EVENTS]), _portal_event, (PortalError,)),
        Parser("portal changes", changed_values(_CHANGES), parse_change_page, (PortalError,)),
        *_portal_readers(),
        Parser(
            "engine answer",
            json_bodies([json.dumps(_ANSWER).encode()]),
            partial(parse_answer, turn_id=_TURN),
            (MalformedAnswerError, MalformedMessageError),
        ),
        Parser(
            "web chat message", json_bodies([json.dumps(post).encode() for post in _POSTS]), parse_post, (MalformedPostError,)
        ),
        Parser("web chat visit", json_bodies([b'{"campaign":"abc123"}']), campaign_code),
    ]
