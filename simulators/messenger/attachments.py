"""Files: those that citizens send (signed links that expire), and those that the page uploads or names by address."""

import asyncio
import base64
import mimetypes
from collections.abc import Callable
from dataclasses import dataclass
from hmac import compare_digest
from typing import Any
from urllib.parse import quote, urlsplit

import httpx

from simulators.messaging.guard import RealPlatformHost, refuse_real_platform
from simulators.messenger.graph_errors import (
    FETCH_FAILED,
    TOO_LARGE,
    UNKNOWN_ATTACHMENT,
    UPLOAD_TIMED_OUT,
    WRONG_MEDIA_TYPE,
    bad_parameter,
)
from simulators.messenger.knobs import Knobs
from simulators.messenger.signatures import cdn_signature

IMAGE_BYTES = 8 * 1024 * 1024
FILE_BYTES = 25 * 1024 * 1024
REUSABLE_SECONDS = 90 * 24 * 3600
_PREVIEW_BYTES = 500_000
_PICTURES = ("image/png", "image/jpeg", "image/gif")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class StoredFile:
    """A file on the simulator. ``kind``: image, audio, video or file; ``content`` None: an address taken unseen."""

    id: str
    kind: str
    name: str
    content_type: str
    content: bytes | None
    stored_at: float
    reusable: bool = False
    source: str | None = None

    def shown(self, link: str) -> dict[str, Any]:
        """How it stands on the citizen's screen; small pictures with a preview."""
        about: dict[str, Any] = {
            "kind": "voice" if self.kind == "audio" else self.kind,
            "name": self.name,
            "content_type": self.content_type,
            "size": None if self.content is None else len(self.content),
            "url": link,
        }
        if self.content and len(self.content) <= _PREVIEW_BYTES and self.content_type in _PICTURES:
            about["preview"] = f"data:{self.content_type};base64,{base64.b64encode(self.content).decode()}"
        return about


class LinkRefused(Exception):
    """A link to the file host that does not open; the message is what the host says."""


class FileHost:
    """Stores files and signs links to them. ``now`` gives simulated seconds; ``base_url`` is the address of the Graph port."""

    def __init__(
        self, now: Callable[[], float], make_id: Callable[[], str], app_secret: Callable[[], str], base_url: str
    ) -> None:
        self._now, self._make_id, self._app_secret = now, make_id, app_secret
        self.base_url = base_url
        self._files: dict[str, StoredFile] = {}

    def clear(self) -> None:
        """Forgets all files."""
        self._files.clear()

    def store(
        self, kind: str, name: str, content_type: str, content: bytes | None, *, reusable: bool = False, source: str | None = None
    ) -> StoredFile:
        """Keeps a file under a new id."""
        file = StoredFile(self._make_id(), kind, name, content_type, content, self._now(), reusable, source)
        self._files[file.id] = file
        return file

    def link(self, file: StoredFile, lives_seconds: int) -> str:
        """A signed address that opens for so many simulated seconds."""
        path = f"{file.id}/{quote(file.name, safe='')}"
        expires_at = int(self._now()) + lives_seconds
        return f"{self.base_url}/cdn/{path}?oh={cdn_signature(self._app_secret(), file.id, expires_at)}&oe={expires_at:x}"

    def open(self, file_id: str, signature: str, expires: str) -> StoredFile:
        """The file behind a signed address. Raises ``LinkRefused`` where it was changed or has expired."""
        try:
            expires_at = int(expires, 16)
        except ValueError as error:
            raise LinkRefused("Bad URL timestamp") from error
        if not compare_digest(cdn_signature(self._app_secret(), file_id, expires_at).encode(), signature.encode()):
            raise LinkRefused("Bad URL hash")
        if self._now() >= expires_at:
            raise LinkRefused("URL signature expired")
        if file_id not in self._files:
            raise LinkRefused("Content not found")
        return self._files[file_id]

    def reusable(self, attachment_id: str, kind: str) -> StoredFile:
        """The file of an attachment id. Raises error 100/2018074 where it is unknown or older than 90 days, 2018047 where it
        is of another kind."""
        file = self._files.get(attachment_id)
        if file is None or not file.reusable or self._now() - file.stored_at > REUSABLE_SECONDS:
            raise bad_parameter("Possible invalid ID or you do not own the attachment.", UNKNOWN_ATTACHMENT)
        if file.kind != kind:
            raise bad_parameter(f"The attachment is of type {file.kind}, not {kind}", WRONG_MEDIA_TYPE)
        return file


def check_file(kind: str, content_type: str, size: int) -> None:
    """Raises error 100: 2018109 where the file is too big for its kind, 2018047 where it is not of that kind."""
    if size > (IMAGE_BYTES if kind == "image" else FILE_BYTES):
        raise bad_parameter("Attachment size exceeds allowable limit", TOO_LARGE)
    if kind != "file" and not content_type.startswith(f"{kind}/"):
        raise bad_parameter(f"Upload attachment failure: {content_type} is not {kind}", WRONG_MEDIA_TYPE)


async def fetch_media(client: httpx.AsyncClient, address: str, kind: str, knobs: Knobs) -> tuple[str, str, bytes | None]:
    """Name, content type and content of the file at an address; content None where the knobs leave it unseen.

    Raises error 100: 2018008 (no answer in time, not 200, a real platform), 2018294 (a video too slow), 2018109, 2018047."""
    name = urlsplit(address).path.rsplit("/", 1)[-1] or "file"
    if urlsplit(address).hostname not in _LOOPBACK and not knobs.fetch_external:
        return name, mimetypes.guess_type(name)[0] or "application/octet-stream", None
    failed = bad_parameter("Failed to fetch the file from the url", FETCH_FAILED)
    try:
        refuse_real_platform(address)
        seconds = knobs.video_fetch_seconds if kind == "video" else knobs.fetch_seconds
        content_type, content = await _download(client, address, seconds)
    except httpx.TimeoutException as error:
        raise bad_parameter("Video upload timed out", UPLOAD_TIMED_OUT) if kind == "video" else failed from error
    except (httpx.HTTPError, httpx.InvalidURL, RealPlatformHost) as error:
        raise failed from error
    check_file(kind, content_type, len(content))
    return name, content_type, content


async def _download(client: httpx.AsyncClient, address: str, seconds: float) -> tuple[str, bytes]:
    content = bytearray()
    try:
        async with asyncio.timeout(seconds), client.stream("GET", address, follow_redirects=False, timeout=None) as answer:
            answer.raise_for_status()
            async for chunk in answer.aiter_bytes():
                content += chunk
                if len(content) > FILE_BYTES:
                    break
    except TimeoutError as error:
        raise httpx.ReadTimeout("the file did not come in time") from error
    return answer.headers.get("content-type", "application/octet-stream").split(";")[0].strip(), bytes(content)
