"""A file that the bot sends: an upload, a file id, or a URL, with the platform's limits for each."""

import base64
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import urlsplit

import httpx

from simulators.messaging.orders import SentFile
from simulators.telegram.bot import TelegramBot
from simulators.telegram.errors import BotApiError, bad_request
from simulators.telegram.files import StoredFile
from simulators.telegram.parameters import Call

_PREVIEW_BYTES = 2 * 1024 * 1024
_URL_SECONDS = 10.0
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_IMAGES = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png", b"GIF8": "image/gif", b"RIFF": "image/webp"}


@dataclass(frozen=True)
class UploadRule:
    """A kind of file: the parameter and message field, its folder, how the citizen sees it, and its limits in bytes."""

    field: str
    folder: str
    shown_as: str
    max_upload: int
    max_by_url: int

    def describe(self, stored: StoredFile) -> dict[str, Any]:
        """The message's field for this file."""
        return describe(self.field, stored)


def describe(field: str, stored: StoredFile) -> dict[str, Any]:
    """A photo (smallest size first), document or voice as a message has it."""
    if field == "photo":
        small = stored.described() | {"file_id": stored.file_id, "width": 90, "height": 67, "file_size": min(stored.size, 1500)}
        small["file_unique_id"] = f"s{stored.unique_id}"
        return {"photo": [small, stored.described() | {"width": 1280, "height": 960}]}
    if field == "voice":
        return {"voice": stored.described() | {"duration": 3, "mime_type": "audio/ogg"}}
    return {"document": stored.described() | {"file_name": stored.file.name, "mime_type": stored.file.content_type}}


def shown_file(kind: str, stored: StoredFile) -> dict[str, Any]:
    """The file as the phone page shows it; a small picture with its content."""
    shown = {"kind": kind, "name": stored.file.name, "size": stored.size}
    picture = image_type(stored.file.content)
    if picture is None or len(stored.file.content) > _PREVIEW_BYTES:
        return shown
    return shown | {"preview": f"data:{picture};base64,{base64.b64encode(stored.file.content).decode()}"}


def image_type(content: bytes) -> str | None:
    """The media type by the first bytes; None where it is no picture."""
    return next((kind for magic, kind in _IMAGES.items() if content.startswith(magic)), None)


async def read_file(bot: TelegramBot, call: Call, rule: UploadRule) -> StoredFile:
    """The file of a call, stored. Raises 400 or 413 with the platform's text."""
    if rule.field in call.files:
        return _uploaded(bot, call.files[rule.field], rule)
    value = call.text(rule.field)
    if value.startswith("attach://"):
        upload = call.files.get(value.removeprefix("attach://"))
        if upload is None:
            raise bad_request(f"file {value} not found in the request")
        return _uploaded(bot, upload, rule)
    if not value:
        raise bad_request(f"there is no {rule.field} in the request")
    if value.lower().startswith(("http://", "https://")):
        return bot.files.add(await _fetched(bot.client, value, rule), rule.folder)
    stored = bot.files.find(value)
    if stored is None:
        raise bad_request("wrong file identifier/HTTP URL specified")
    return stored


def _uploaded(bot: TelegramBot, upload: SentFile, rule: UploadRule) -> StoredFile:
    size = len(upload.content)
    if size == 0:
        raise bad_request("file must be non-empty")
    if size > rule.max_upload:
        if rule.field == "photo":
            raise bad_request(f"file of size {size} bytes is too big for a photo; the maximum size is {rule.max_upload} bytes")
        raise BotApiError(413, "Request Entity Too Large")
    if rule.field == "photo" and image_type(upload.content) is None:
        raise bad_request("IMAGE_PROCESS_FAILED")
    return bot.files.add(upload, rule.folder)


async def _fetched(client: httpx.AsyncClient, url: str, rule: UploadRule) -> SentFile:
    """The platform fetches URLs itself; the simulator reaches loopback only."""
    failed = bad_request("failed to get HTTP URL content")
    if urlsplit(url).hostname not in _LOOPBACK:
        raise failed
    try:
        answer = await client.get(url, timeout=_URL_SECONDS)
    except httpx.HTTPError:
        raise failed from None
    if answer.status_code != 200 or not 0 < len(answer.content) <= rule.max_by_url:
        raise failed
    kind = answer.headers.get("content-type", "application/octet-stream").partition(";")[0]
    if rule.field == "photo" and image_type(answer.content) is None:
        raise bad_request("wrong type of the web page content")
    if rule.field == "document" and kind not in ("application/pdf", "application/zip", "image/gif"):
        raise bad_request("wrong type of the web page content")
    return SentFile(PurePosixPath(urlsplit(url).path).name or "file", kind, answer.content)
