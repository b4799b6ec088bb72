"""After a silence of the webhook: what citizens wrote meanwhile, once, in order, under the webhook's own ids."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from bot.conversations.events import IncomingAttachment
from connectors.channel import Temporary
from connectors.zalo.parse import parse_event
from tests.connectors.zalo.channels import Bench
from tests.connectors.zalo.fake_zalo import html
from tests.connectors.zalo.recorded import CITIZEN, IDS, recorded

pytestmark = pytest.mark.anyio

START = datetime(2026, 11, 20, tzinfo=UTC)


def row(message_id: str, minute: float, user: str = CITIZEN, *, ours: bool = False, **more: Any) -> dict[str, Any]:
    at = int((START + timedelta(minutes=minute)).timestamp() * 1000)
    sender, receiver = (IDS.oa_id, user) if ours else (user, IDS.oa_id)
    known = {"message_id": message_id, "from_id": sender, "to_id": receiver, "time": at, "type": "text", "message": message_id}
    return known | {"src": 0 if ours else 1} | more


def chats(bench: Bench, *rows: dict[str, Any]) -> None:
    """As Zalo keeps them: by citizen, newest first."""
    for one in sorted(rows, key=lambda one: -one["time"]):
        user = one["from_id"] if one["from_id"] != IDS.oa_id else one["to_id"]
        bench.zalo.conversations.setdefault(user, []).append(one)


async def test_all_messages_of_a_chat_are_found_not_only_the_newest(consented: Bench) -> None:
    chats(consented, *(row(f"m{n}", n) for n in range(25)), row("ours", 26, ours=True))
    found = await consented.channel.missed_messages(START + timedelta(minutes=3))
    assert [one.origin.event_id for one in found] == [f"m{n}" for n in range(3, 25)]
    assert found[0].text == "m3"
    assert found[0].external_id == CITIZEN
    assert found[0].origin.platform_at == START + timedelta(minutes=3)


async def test_many_citizens_are_paged_through_and_old_chats_left_alone(consented: Bench) -> None:
    chats(consented, *(row(f"new{n}", 100 + n, f"U{n}") for n in range(23)), *(row(f"old{n}", n, f"V{n}") for n in range(23)))
    found = await consented.channel.missed_messages(START + timedelta(minutes=50))
    assert [one.external_id for one in found] == [f"U{n}" for n in range(23)]
    assert consented.zalo.calls.count("conversation") == 23


async def test_the_id_is_that_of_the_webhook(consented: Bench) -> None:
    (by_webhook,) = parse_event(recorded("user_send_text"), IDS)
    chats(consented, row(by_webhook.origin.event_id, 5))
    (found,) = await consented.channel.missed_messages(START)
    assert (found.origin.channel, found.origin.account, found.origin.event_id) == (
        by_webhook.origin.channel,
        by_webhook.origin.account,
        by_webhook.origin.event_id,
    )


async def test_buttons_pictures_and_places_are_what_they_were(consented: Bench) -> None:
    chats(
        consented,
        row("button", 1, message="a:7fK2p9Qw3xYzAbCdEfGh12"),
        row("photo", 2, type="photo", message="", url="https://f.zalo.example/i.jpg"),
        row("place", 3, type="location", message="", location='{"latitude":"21.1","longitude":"106.0"}'),
        row("nowhere", 4, type="location", message="", location="x"),
        row("form", 5, type="info", message="Nguyễn Thị Ví Dụ, 84900000001"),
        row("sticker", 6, type="sticker", message="[nhãn dán]"),
    )
    button, photo, place, nowhere, sticker = await consented.channel.missed_messages(START)
    assert button.button == "7fK2p9Qw3xYzAbCdEfGh12"
    assert photo.attachments == (IncomingAttachment("image", "https://f.zalo.example/i.jpg"),)
    assert place.attachments == (IncomingAttachment("location", facts={"latitude": 21.1, "longitude": 106.0}),)
    assert (sticker.text, [one.kind for one in sticker.attachments]) == (None, ["sticker"])
    assert nowhere.attachments == (IncomingAttachment("location"),)


@pytest.mark.parametrize(
    "broken",
    [{"message_id": None}, {"from_id": None}, {"message": None}, {"from_id": [], "to_id": {}}, {"type": None, "message": ""}],
)
async def test_rows_that_say_nothing_are_passed_over(consented: Bench, broken: dict[str, Any]) -> None:
    consented.zalo.conversations = {CITIZEN: [row("whole", 2), row("broken", 1) | broken]}
    assert [one.origin.event_id for one in await consented.channel.missed_messages(START)] == ["whole"]


async def test_no_chats_and_an_answer_that_is_no_list_are_nothing(consented: Bench) -> None:
    assert await consented.channel.missed_messages(START) == []


async def test_zalo_away_is_temporary(consented: Bench) -> None:
    consented.zalo.valid.clear()
    consented.zalo.oauth_answers.append(html(502))
    with pytest.raises(Temporary):
        await consented.channel.missed_messages(START)
