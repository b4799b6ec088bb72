"""Files that we offer by link, as Zalo wants them: fetched, checked, uploaded, and known by a token for a week."""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Literal

import anyio
import httpx

from bot.conversations.clock import Clock
from bot.language.normalise import fold
from connectors.channel import FileContent, Permanent
from connectors.zalo.api import UPLOAD_SECONDS, ApiCall, ZaloApi
from connectors.zalo.capabilities import FILE_TYPES, IMAGE_TYPES, ZALO

UploadKind = Literal["image", "file"]
FETCH_SECONDS: Final = 20.0

# Zalo keeps an upload for seven days.
_KEPT: Final = timedelta(days=6)
_MOST_KEPT: Final = 500
_MOST_REDIRECTS: Final = 3
_LIMITS: Final[Mapping[UploadKind, int]] = {"image": ZALO.image_bytes, "file": ZALO.file_bytes}
_TYPES: Final[Mapping[UploadKind, tuple[str, ...]]] = {"image": IMAGE_TYPES, "file": FILE_TYPES}
_MEDIA_TYPES: Final[Mapping[str, str]] = {
    "jpg": "image/jpeg",
    "png": "image/png",
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


class NotUploadableError(Exception):
    """The file cannot be sent as a file (not there, too large, of another type): its link can."""


@dataclass(frozen=True)
class _Uploaded:
    token: str
    at: datetime


def type_of(content: bytes) -> str | None:
    """What the content is by its first bytes; what a server or a name says of it proves nothing."""
    if content.startswith(b"%PDF-"):
        return "pdf"
    if content.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if content.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if content.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return "doc"
    if content.startswith(b"PK\x03\x04") and b"word/" in content:
        return "docx"
    return None


def upload_name(title: str, extension: str) -> str:
    """The file's name in plain ASCII. Without the right ending Zalo answers with nothing, and no error."""
    plain = re.sub(r"[^a-z0-9]+", "-", fold(title)).strip("-")[:80].strip("-")
    return f"{plain or 'tep-dinh-kem'}.{extension}"


class Uploads:
    """Uploads links' contents. ``files`` fetches them: it carries no token and follows no redirect by itself."""

    def __init__(self, api: ZaloApi, files: httpx.AsyncClient, clock: Clock) -> None:
        self._api = api
        self._files = files
        self._clock = clock
        self._known: dict[tuple[UploadKind, str], _Uploaded] = {}

    async def token_of(self, kind: UploadKind, url: str, title: str, content: FileContent | None = None) -> str:
        """The token (of a file) or attachment id (of an image). ``content``: of a file that is at hand, which ``url`` only names.
        Nothing is shown to anybody by an upload, so that one without an answer is made again.

        Raises ``NotUploadableError`` and ``ChannelError``."""
        known = self._known.get((kind, url))
        if known is not None and self._clock() - known.at < _KEPT:
            return known.token
        token = await self._upload(kind, content.content if content is not None else await self._fetch(kind, url), title)
        if len(self._known) >= _MOST_KEPT:
            self._known.pop(next(iter(self._known)))
        self._known[(kind, url)] = _Uploaded(token, self._clock())
        return token

    def forget(self, kind: UploadKind, url: str) -> None:
        """Zalo does not know the upload any more."""
        self._known.pop((kind, url), None)

    async def _upload(self, kind: UploadKind, content: bytes, title: str) -> str:
        extension = type_of(content)
        if extension is None or extension not in _TYPES[kind]:
            raise NotUploadableError("type")
        if len(content) > _LIMITS[kind]:
            raise NotUploadableError("too large")
        part = (upload_name(title, extension), content, _MEDIA_TYPES[extension])
        call = ApiCall("POST", f"/v2.0/oa/upload/{kind}", files={"file": part}, repeatable=True, seconds=UPLOAD_SECONDS)
        try:
            answer = (await self._api.ask(call)).object
        except Permanent as error:
            if error.effect != "quota_used_up":
                raise
            # The month's uploads; messages have a quota of their own, and the link may still go out.
            raise NotUploadableError("upload quota") from error
        token = answer.get("token" if kind == "file" else "attachment_id")
        if not isinstance(token, str) or not token:
            raise NotUploadableError("empty answer")
        return token

    async def _fetch(self, kind: UploadKind, url: str) -> bytes:
        try:
            with anyio.fail_after(FETCH_SECONDS):
                return await self._follow(url, _LIMITS[kind])
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            raise NotUploadableError("not fetched") from error

    async def _follow(self, url: str, limit: int) -> bytes:
        for _ in range(_MOST_REDIRECTS + 1):
            if not url.startswith("https://"):
                raise NotUploadableError("not https")
            async with self._files.stream("GET", url) as answer:
                if answer.next_request is not None:
                    url = str(answer.next_request.url)
                    continue
                if answer.status_code != httpx.codes.OK or _is_private(answer):
                    raise NotUploadableError("not there")
                return await _read_within(answer, limit)
        raise NotUploadableError("redirects")


async def _read_within(answer: httpx.Response, limit: int) -> bytes:
    content = bytearray()
    async for chunk in answer.aiter_bytes():
        content += chunk
        if len(content) > limit:
            raise NotUploadableError("too large")
    return bytes(content)


def _is_private(answer: httpx.Response) -> bool:
    """Whether a machine of our own network answered: its pages are not for citizens, whatever link names them."""
    stream = answer.extensions.get("network_stream")
    address = stream.get_extra_info("server_addr") if stream is not None else None
    try:
        return address is not None and not ipaddress.ip_address(address[0]).is_global
    except ValueError:
        return False
