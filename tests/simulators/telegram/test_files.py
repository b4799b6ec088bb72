"""Files in both directions."""

from typing import Any

import httpx
import pytest
from starlette.responses import Response

from tests.simulators.messaging.receiver import Receiver
from tests.simulators.telegram.harness import PNG, TOKEN, Citizen, Telegram

pytestmark = pytest.mark.anyio


async def send(telegram: Telegram, citizen: Citizen, method: str, field: str, name: str, content: bytes) -> httpx.Response:
    data = {"chat_id": str(citizen.chat_id), field: "attach://upload"}
    return await telegram.call(method, data=data, files={"upload": (name, content)})


@pytest.mark.parametrize(
    ("method", "field", "name", "content"),
    [
        ("sendPhoto", "photo", "a.png", PNG),
        ("sendDocument", "document", "đơn.pdf", b"%PDF-1.7"),
        ("sendVoice", "voice", "a.ogg", b"OggS"),
    ],
)
async def test_uploads_can_be_sent_again_by_their_id(
    telegram: Telegram, citizen: Citizen, method: str, field: str, name: str, content: bytes
) -> None:
    answer = await send(telegram, citizen, method, field, name, content)
    assert answer.status_code == 200, answer.text
    sent = answer.json()["result"][field]
    file_id = (sent[-1] if isinstance(sent, list) else sent)["file_id"]
    again = await telegram.api(method, chat_id=citizen.chat_id, **{field: file_id})
    assert again[field] == sent
    assert [m["attachments"][0]["name"] for m in (await citizen.screen())[-2:]] == [name, name]


async def test_uploads_under_the_parameters_own_name(telegram: Telegram, citizen: Citizen) -> None:
    files = {"document": ("a.pdf", b"%PDF")}
    assert (await telegram.call("sendDocument", data={"chat_id": str(citizen.chat_id)}, files=files)).status_code == 200


async def test_wrong_uploads_are_refused(telegram: Telegram, citizen: Citizen) -> None:
    for method, field, content, status in (
        ("sendPhoto", "photo", b"no picture", 400),
        ("sendPhoto", "photo", PNG + bytes(10 * 1024 * 1024), 400),
        ("sendDocument", "document", b"", 400),
    ):
        assert (await send(telegram, citizen, method, field, "a", content)).status_code == status
    for value in ("attach://missing", "no-such-id", ""):
        await telegram.refused("sendPhoto", 400, chat_id=citizen.chat_id, photo=value)


async def test_files_by_url_are_fetched_from_loopback_only(telegram: Telegram, citizen: Citizen, receiver: Receiver) -> None:
    url = receiver.url + "/a.pdf"
    receiver.answers = [
        Response(b"%PDF", media_type="application/pdf"),
        Response(b"<html>", media_type="text/html"),
        404,
    ]
    sent = await telegram.api("sendDocument", chat_id=citizen.chat_id, document=url)
    assert sent["document"]["file_name"] == "a.pdf"
    told = await telegram.refused("sendDocument", 400, chat_id=citizen.chat_id, document=url)
    assert told == "Bad Request: wrong type of the web page content"
    for address in (url, "https://example.com/a.pdf", "http://169.254.169.254/latest"):
        told = await telegram.refused("sendDocument", 400, chat_id=citizen.chat_id, document=address)
        assert told == "Bad Request: failed to get HTTP URL content"


async def taken(telegram: Telegram) -> dict[str, Any]:
    message: dict[str, Any] = (await telegram.updates())[-1]["message"]
    return message


async def test_a_citizens_photo_is_downloaded(telegram: Telegram, citizen: Citizen) -> None:
    answer = await citizen.send_file("cccd.png", PNG, "image", "image/png", text="mặt trước")
    assert answer.status_code == 200
    message = await taken(telegram)
    assert message["caption"] == "mặt trước"
    assert [size["width"] for size in message["photo"]] == sorted(size["width"] for size in message["photo"])
    file = await telegram.api("getFile", file_id=message["photo"][-1]["file_id"])
    for token in (TOKEN, TOKEN.replace(":", "%3A")):
        got = await telegram.http.get(f"{telegram.api_url}/file/bot{token}/{file['file_path']}")
        assert (got.status_code, got.content) == (200, PNG)
    await telegram.order("/clock", {"advance": 3600})
    assert (await telegram.http.get(f"{telegram.api_url}/file/bot{TOKEN}/{file['file_path']}")).status_code == 404
    await telegram.api("getFile", file_id=file["file_id"])
    assert (await telegram.http.get(f"{telegram.api_url}/file/bot{TOKEN}/{file['file_path']}")).status_code == 200


async def test_files_over_20_megabytes_cannot_be_fetched(telegram: Telegram, citizen: Citizen) -> None:
    await citizen.send_file("quét.pdf", b"%PDF", "file", "application/pdf", extra={"size": 20 * 1024 * 1024 + 1})
    document = (await taken(telegram))["document"]
    assert (document["file_name"], document["mime_type"], document["file_size"]) == ("quét.pdf", "application/pdf", 20971521)
    assert await telegram.refused("getFile", 400, file_id=document["file_id"]) == "Bad Request: file is too big"


async def test_albums_are_several_messages_of_one_group(telegram: Telegram, citizen: Citizen) -> None:
    for _ in range(2):
        await citizen.send_file("a.png", PNG, "image", "image/png", extra={"media_group_id": "77"})
    updates = await telegram.updates()
    assert [update["message"]["media_group_id"] for update in updates] == ["77", "77"]


async def test_voice_notes(telegram: Telegram, citizen: Citizen) -> None:
    await citizen.send_file("a.ogg", b"OggS", "voice", "audio/ogg")
    assert (await taken(telegram))["voice"]["mime_type"] == "audio/ogg"


async def test_files_that_no_phone_would_send_are_refused(telegram: Telegram, citizen: Citizen) -> None:
    assert (await citizen.send_file("a.png", b"text", "image", "image/png")).status_code == 409
    assert (await citizen.send_file("a", b"x", "file", "a/b", extra={"size": -1})).status_code == 409
    await citizen.act("send_file", 409)
    assert await telegram.updates() == []


@pytest.mark.parametrize("path", ["../../etc/passwd", "%2e%2e/%2e%2e/etc/passwd", "photos/file_99.png", ""])
async def test_paths_that_are_none_are_not_found(telegram: Telegram, path: str) -> None:
    assert (await telegram.http.get(f"{telegram.api_url}/file/bot{TOKEN}/{path}")).status_code == 404
    assert await telegram.refused("getFile", 400, file_id="x") == "Bad Request: invalid file_id"
