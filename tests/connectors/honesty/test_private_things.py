"""Telephone numbers, photos and files, and the wish to be forgotten."""

import json
from typing import Any

import pytest
from cryptography.fernet import Fernet
from sqlalchemy import MetaData, select

from bot.storage.channel_models import ChannelEvent
from bot.texts import say
from connectors.gateway.attachments.notices import attachment_reception
from tests.connectors.fake_engine import message, reply
from tests.connectors.honesty.assistant import Assistant
from tests.connectors.honesty.marks import on_each_channel, on_zalo
from tests.connectors.honesty.stands import Citizen, plain, soon

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c489"
    "0000000d49444154789c6360000002000001e221bc330000000049454e44ae426082"
)
PDF = b"%PDF-1.7\n" + b"0" * 64


@pytest.fixture
def receiving(assistant: Assistant) -> Assistant:
    """The worker decides on attachments, as it does in production."""
    if assistant.attachments is None:
        assistant.stop_worker()
        assistant.attachments = attachment_reception(assistant.settings, assistant.database.sessions)
        assistant.start_worker()
    return assistant


def introduced(citizen: Citizen) -> None:
    citizen.say("xin chào")
    citizen.wait_heard(1)


def asks(assistant: Assistant, citizen: Citizen, **more: Any) -> None:
    """The assistant asks for something."""
    assistant.engine.script = lambda turn: (200, reply(turn, message("Xin mời gửi", **more)))
    citizen.say("nộp hồ sơ")
    soon(lambda: any("Xin mời gửi" in text for text in citizen.heard()), what="the question")
    soon(lambda: {d.state for d in assistant.sent(citizen)} == {"sent"}, what="all parts")


def wait_says(citizen: Citizen, key: str, **values: Any) -> None:
    expected = plain(say(key, **values))
    soon(lambda: any(expected in plain(text) for text in citizen.heard()), what=key)


def phone_known(assistant: Assistant, citizen: Citizen) -> str | None:
    held = assistant.conversation(citizen).verified_phone
    key = assistant.settings.ledger_key.get_secret_value()
    return Fernet(key).decrypt(held).decode() if held is not None else None


@on_each_channel
def test_somebody_elses_card_is_not_taken_for_the_citizens_own_number(receiving: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    asks(receiving, citizen, request="phone")
    match citizen.stand.name:
        case "zalo":
            citizen.does("send_business_card", phone="0987654321", name="Người khác")
            wait_says(citizen, "attachment_contact_of_other")
        case "telegram":
            citizen.does("share_contact", own=False, phone="84987654321", name="Người khác")
            wait_says(citizen, "attachment_contact_of_other")
        case _:  # a quick reply whose number the citizen may change before it is sent: text like any other
            citizen.does("share_contact", phone="0987654321")
            receiving.wait_outcomes(citizen, 3)
    assert phone_known(receiving, citizen) is None


@pytest.mark.parametrize("channel", ["zalo", "telegram"])
def test_the_citizens_own_number_is_kept_as_the_platform_vouches_for_it(receiving: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    asks(receiving, citizen, request="phone")
    citizen.does("share_contact")
    known = soon(lambda: phone_known(receiving, citizen), what="the number")
    assert known[-9:] == citizen.phone[-9:]


@on_each_channel
def test_a_photo_that_nobody_asked_for_is_declined_in_words(receiving: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    citizen.send_file("anh.png", PNG, "image", "image/png")
    wait_says(citizen, "attachment_not_asked")
    (kept,) = receiving.attached(citizen)
    assert (kept.state, kept.source, kept.content) == ("refused", None, None)


@on_each_channel
def test_a_paper_that_was_asked_for_is_taken_in(receiving: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    asks(receiving, citizen, expects="paper")
    citizen.send_file("don.pdf", PDF, "file", "application/pdf")
    wait_says(citizen, "attachment_received", count=1)
    (kept,) = receiving.attached(citizen)
    assert (kept.state, kept.media_type, kept.size) == ("fetched", "application/pdf", len(PDF))


@on_each_channel
@pytest.mark.parametrize(
    ("name", "content", "kind", "media_type", "key"),
    [
        ("bai-hat.zip", b"PK\x03\x04" + b"0" * 64, "file", "application/zip", "attachment_wrong_type"),
        ("noi.amr", b"#!AMR\n" + b"0" * 64, "voice", "audio/amr", "attachment_voice"),
        ("to.pdf", b"%PDF-1.7\n" + b"0" * (10 * 1024 * 1024), "file", "application/pdf", "attachment_too_large"),
    ],
    ids=["unknown", "voice", "huge"],
)
def test_what_cannot_be_used_is_explained(
    receiving: Assistant, citizen: Citizen, name: str, content: bytes, kind: str, media_type: str, key: str
) -> None:
    introduced(citizen)
    asks(receiving, citizen, expects="paper")
    citizen.send_file(name, content, kind, media_type)
    wait_says(citizen, key)
    assert [one.content for one in receiving.attached(citizen)] == [None]


@pytest.mark.parametrize("channel", ["zalo", "facebook"])
def test_a_link_that_has_ended_is_explained(receiving: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    asks(receiving, citizen, expects="paper")
    citizen.stand.knobs(cdn_link_seconds=60)
    receiving.stop_worker()
    try:
        citizen.send_file("don.pdf", PDF, "file", "application/pdf")
        citizen.stand.wait_delivered(citizen)
        receiving.time.move(seconds=90)
    finally:
        citizen.stand.knobs(cdn_link_seconds=86_400)
        receiving.start_worker()
    wait_says(citizen, "attachment_expired")
    (kept,) = receiving.attached(citizen)
    assert (kept.state, kept.source, kept.content) == ("failed", None, None)


@pytest.mark.parametrize("channel", ["zalo", "telegram"])
def test_a_file_that_nobody_looked_at_for_a_day_is_forgotten_and_explained(receiving: Assistant, citizen: Citizen) -> None:
    introduced(citizen)
    asks(receiving, citizen, expects="paper")
    receiving.stop_worker()
    try:
        citizen.send_file("don.pdf", PDF, "file", "application/pdf")
        citizen.stand.wait_delivered(citizen)
        receiving.time.move(hours=25)
    finally:
        receiving.start_worker()
    wait_says(citizen, "attachment_expired")
    (kept,) = receiving.attached(citizen)
    assert (kept.source, kept.content) == (None, None)


def everything_stored(assistant: Assistant) -> str:
    """All rows of all tables as text; what is encrypted shows as such."""
    metadata = MetaData()
    metadata.reflect(assistant.database.engine)
    with assistant.database.engine.connect() as connection:
        rows = [row for table in metadata.sorted_tables for row in connection.execute(select(table)).mappings()]
    return "\n".join(json.dumps(dict(row), ensure_ascii=False, default=str) for row in rows)


@on_zalo
def test_who_withdraws_is_forgotten_and_that_they_were_stays_on_record(receiving: Assistant, citizen: Citizen) -> None:
    citizen.does("follow")
    citizen.say("tôi tên là Hoàng Thị Bí Mật, số 0912345678")
    soon(lambda: citizen.heard(), what="the answer")
    citizen.send_file("bi-mat.png", PNG, "image", "image/png")
    wait_says(citizen, "attachment_not_asked")
    citizen.stand.wait_delivered(citizen)
    before = everything_stored(receiving)
    assert "Bí Mật" in before
    assert citizen.id in before
    mine = receiving.conversation(citizen).id
    citizen.does("withdraw")
    soon(lambda: receiving.conversation_of(citizen) is None, what="the end of the conversation")
    after = everything_stored(receiving)
    for trace in ("Bí Mật", "0912345678", "912345678", "bi-mat.png", citizen.id, citizen.phone[1:]):
        assert trace not in after, trace
    with receiving.database.sessions() as session:
        rows = session.scalars(select(ChannelEvent).where(ChannelEvent.conversation_id == mine)).all()
    assert ("user_withdraw", "applied", "forgotten") in [(row.name, row.outcome, row.detail) for row in rows]
    citizen.say("xin chào, tôi quay lại")
    soon(lambda: citizen.heard()[-1] == "Trả lời: xin chào, tôi quay lại", what="a new beginning")
    assert receiving.conversation(citizen).id != mine
