"""What is not the platform's, and what the platform has never told us of."""

import json
import secrets
from typing import Any

import pytest
from sqlalchemy import func, select

from bot.storage.channel_models import ChannelEvent
from bot.storage.models import Inbound
from tests.connectors.fake_engine import message, reply
from tests.connectors.honesty.assistant import Assistant
from tests.connectors.honesty.marks import on_each_channel, on_facebook, on_telegram, on_zalo
from tests.connectors.honesty.stands import Citizen, Stand, soon


def stored(assistant: Assistant) -> tuple[int, int]:
    with assistant.database.sessions() as session:
        counts = [session.scalar(select(func.count()).select_from(table)) or 0 for table in (Inbound, ChannelEvent)]
    return counts[0], counts[1]


def written_anew(body: bytes) -> bytes:
    """The same JSON in other bytes."""
    return json.dumps(json.loads(body), ensure_ascii=False, indent=1).encode()


@on_each_channel
def test_a_request_that_is_not_the_platforms_is_turned_away_and_stored_nowhere(assistant: Assistant, citizen: Citizen) -> None:
    stand = citizen.stand
    body = stand.event_never_posted(citizen, "đổi mật khẩu của tôi")
    before = stored(assistant)
    assert stand.raw(body, "none") in (401, 403)
    assert stand.raw(body, "wrong") in (401, 403)
    if stand.name != "telegram":  # its word vouches for the sender, not for the bytes
        assert stand.raw(written_anew(body), "none", **stand.signature_of(body)) in (401, 403)
    assert stored(assistant) == before
    assert stand.raw(body, "none", **stand.signature_of(body)) == 200
    assert citizen.wait_heard(1) == ["Trả lời: đổi mật khẩu của tôi"]


def unknown_event(citizen: Citizen, now_ms: int) -> tuple[str, dict[str, Any]]:
    """The name under which we should count it, and the body."""
    match citizen.stand.name:
        case "zalo":
            account: Any = citizen.stand
            about = account.account.credentials
            parties = {"sender": {"id": citizen.id}, "recipient": {"id": about.oa_id}}
            body = {"app_id": about.app_id, "event_name": "user_waves_hand", "timestamp": str(now_ms), "hologram": {"x": [1]}}
            return "user_waves_hand", body | parties
        case "facebook":
            page: Any = citizen.stand
            page_id = page.credentials.page_id
            item = {"sender": {"id": citizen.id}, "recipient": {"id": page_id}, "timestamp": now_ms, "hologram": {"x": [1]}}
            return "hologram", {"object": "page", "entry": [{"id": page_id, "time": now_ms, "messaging": [item]}]}
        case _:
            return "hologram", {"update_id": secrets.randbelow(2**31), "hologram": {"from": {"id": int(citizen.id)}}}


def with_new_fields(value: Any) -> Any:
    """The JSON with a field in every object that nobody has heard of."""
    if isinstance(value, dict):
        return {"field_of_tomorrow": {"deep": [None]}} | {key: with_new_fields(inner) for key, inner in value.items()}
    return [with_new_fields(inner) for inner in value] if isinstance(value, list) else value


@on_each_channel
def test_unknown_events_and_fields_are_answered_counted_and_harm_nobody(assistant: Assistant, citizen: Citizen) -> None:
    stand = citizen.stand
    name, event = unknown_event(citizen, int(assistant.time().timestamp() * 1000))
    assert stand.raw(json.dumps(event)) == 200
    known = stand.event_never_posted(citizen, "xin chào")
    assert stand.raw(json.dumps(with_new_fields(json.loads(known)))) == 200
    assert citizen.wait_heard(1) == ["Trả lời: xin chào"]
    with assistant.database.sessions() as session:
        rows = session.scalars(select(ChannelEvent).where(ChannelEvent.name == name, ChannelEvent.channel == stand.name)).all()
    assert [row.outcome for row in rows] == ["ignored"]


@on_each_channel
@pytest.mark.parametrize("body", ["", "[]", "null", '{"a":', '"x"', "{}" * 3, "[" * 100_000, "\x00"], ids=range(8))
def test_what_is_no_event_at_all_is_no_fault_of_ours(assistant: Assistant, channel: str, body: str) -> None:
    before = stored(assistant)
    assert assistant.stands[channel].raw(body) in (400, 401, 403)
    assert stored(assistant) == before


@on_telegram
def test_a_kind_of_update_that_no_bot_knows_does_not_hold_up_the_next_ones(citizen: Citizen) -> None:
    citizen.does("new_kind", value="hologram")
    citizen.say("xin chào")
    assert citizen.wait_heard(1) == ["Trả lời: xin chào"]


@on_facebook
def test_a_batch_of_several_people_and_events_is_taken_whole(citizen: Citizen) -> None:
    other = citizen.stand.citizen()
    texts = {citizen: ["một", "hai", "ba"], other: ["bốn", "năm", "sáu"]}
    entries = [[{"user": one.id, "act": "say", "order": {"text": text}} for text in said] for one, said in texts.items()]
    citizen.stand.order("/batch", {"entries": entries})
    for one, said in texts.items():
        assert one.wait_heard(3) == [f"Trả lời: {text}" for text in said]


@on_zalo
@pytest.mark.parametrize(
    "knobs",
    [
        {"mac_timestamp": "header"},
        {"mac_prefix": False},
        {"timestamp_type": "number"},
        {"message_id_field": "message_id", "receipt_sender": "oa"},
        {"cs_buttons": "refused", "too_many_buttons": -201},
        {"submit_info_shape": "flat"},
        {"submit_info_shape": "text"},
    ],
    ids=lambda knobs: "-".join(str(part) for pair in knobs.items() for part in pair),
)
def test_zalo_is_understood_however_its_open_questions_turn_out(
    assistant: Assistant, citizen: Citizen, knobs: dict[str, Any]
) -> None:
    before: Stand = citizen.stand
    usual = before.order("/knobs", method="GET")["knobs"]
    before.knobs(**knobs)
    button = {"title": "Lệ phí", "intent": "ask_fee", "entities": {}, "url": None}
    try:
        assistant.engine.script = lambda turn: (200, reply(turn, message("Hồ sơ nào?", buttons=[button], request="phone")))
        citizen.say("xin chào")
        (question, request) = soon(lambda: s if len(s := citizen.shown()) == 2 else None)
        assert question["text"].startswith("Hồ sơ nào?")
        assert question["buttons"] or "1. Lệ phí" in question["text"]
        citizen.does("share_contact", message_id=request["id"])
        soon(lambda: assistant.conversation(citizen).verified_phone is not None)
    finally:
        before.knobs(**{name: usual[name] for name in knobs})
