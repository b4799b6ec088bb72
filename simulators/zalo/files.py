"""Uploaded files, files that people send, and links to them that end."""

import base64
import hashlib
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Final, Literal
from urllib.parse import quote

from simulators.zalo import errors
from simulators.zalo.errors import ZaloError
from simulators.zalo.knobs import Knobs
from simulators.zalo.windows import month_of

UploadKind = Literal["image", "gif", "file"]
MEGABYTE: Final = 1024 * 1024
_PREVIEW_BYTES: Final = 256 * 1024
ID_LIFE_MS: Final = 7 * 24 * 3_600_000
_MAX_BYTES: Final[dict[UploadKind, int]] = {"image": MEGABYTE, "gif": 5 * MEGABYTE, "file": 5 * MEGABYTE}
_BEGINNINGS: Final[dict[str, tuple[bytes, ...]]] = {
    "jpg": (b"\xff\xd8\xff",),
    "jpeg": (b"\xff\xd8\xff",),
    "png": (b"\x89PNG\r\n\x1a\n",),
    "gif": (b"GIF87a", b"GIF89a"),
    "pdf": (b"%PDF-",),
    "doc": (b"\xd0\xcf\x11\xe0",),
    "docx": (b"PK\x03\x04",),
    "csv": (b"",),
}
_EXTENSIONS: Final[dict[UploadKind, frozenset[str]]] = {
    "image": frozenset({"jpg", "jpeg", "png"}),
    "gif": frozenset({"gif"}),
    "file": frozenset({"pdf", "doc", "docx", "csv"}),
}
_CONTENT_TYPES: Final[dict[str, str]] = {
    "jpg": "image/jpeg",
    "jpeg": "image/jpeg",
    "png": "image/png",
    "gif": "image/gif",
    "pdf": "application/pdf",
    "doc": "application/msword",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "csv": "text/csv",
    "mp4": "video/mp4",
    "amr": "audio/amr",
}


@dataclass(frozen=True)
class StoredFile:
    """A file and where it came from."""

    name: str
    content: bytes
    born_ms: int
    kind: UploadKind | None = None
    """What it was uploaded as; None for a file that a person sent."""

    @property
    def extension(self) -> str:
        """``pdf`` of ``a.PDF``; empty where there is none."""
        return PurePath(self.name).suffix.lstrip(".").lower()

    @property
    def content_type(self) -> str:
        """By its extension."""
        return _CONTENT_TYPES.get(self.extension, "application/octet-stream")

    def shown(self, kind: str, url: str) -> dict[str, str]:
        """How a phone shows it; a small picture comes along as a ``data:`` address."""
        about = {"kind": {"audio": "voice"}.get(kind, kind), "url": url, "name": self.name}
        if self.content_type.startswith("image/") and len(self.content) <= _PREVIEW_BYTES:
            about["preview"] = f"data:{self.content_type};base64,{base64.b64encode(self.content).decode()}"
        return about

    @property
    def checksum(self) -> str:
        """MD5 in hex, as file events carry it."""
        return hashlib.md5(self.content, usedforsecurity=False).hexdigest()


class FileStore:
    """Uploads by id, and expiring links. ``base_url`` is where the API port is reached, without a slash at the end."""

    def __init__(self, base_url: str, now_ms: Callable[[], int], knobs: Callable[[], Knobs]) -> None:
        self.base_url = base_url
        self._now_ms, self._knobs = now_ms, knobs
        self.clear()

    def clear(self) -> None:
        """Forgets all files, links and counts."""
        self._uploads: dict[str, StoredFile] = {}
        self._links: dict[str, tuple[StoredFile, int]] = {}
        self._counts: dict[str, int] = {}

    def upload(self, kind: UploadKind, name: str, content: bytes) -> str | None:
        """The id of the upload; None (an answer with empty ``data``) where the name lacks a right extension.

        Raises ``ZaloError``: -210 over the size, -201 for content that is not what the name says, -211 over the month's count.
        """
        if len(content) > _MAX_BYTES[kind]:
            raise ZaloError(errors.TOO_BIG, "file size")
        file = StoredFile(name, content, self._now_ms(), kind)
        if file.extension not in _EXTENSIONS[kind]:
            return None
        if not content or not content.startswith(_BEGINNINGS[file.extension]):
            raise ZaloError(errors.INVALID_PARAMETER, "file content")
        month = month_of(self._now_ms())
        if self._counts.get(month, 0) >= self._knobs().uploads_per_month:
            raise ZaloError(errors.OUT_OF_QUOTA, "uploads")
        self._counts[month] = self._counts.get(month, 0) + 1
        token = secrets.token_urlsafe(24)
        self._uploads[token] = file
        return token

    def uploaded(self, token: str, kind: UploadKind) -> StoredFile:
        """The upload. Raises ``ZaloError``: -201 unknown or of another kind, -100 older than 7 days."""
        file = self._uploads.get(token)
        if file is None or file.kind != kind:
            raise ZaloError(errors.INVALID_PARAMETER, "attachment")
        if self._now_ms() - file.born_ms > ID_LIFE_MS:
            raise ZaloError(errors.ATTACHMENT_EXPIRED)
        return file

    def link(self, file: StoredFile) -> str:
        """A new address under which the file can be fetched until it ends."""
        token = secrets.token_urlsafe(24)
        self._links[token] = (file, self._now_ms() + self._knobs().cdn_link_seconds * 1000)
        name = quote(re.sub(r"[/\\]", "_", file.name) or "file", safe="", errors="replace")
        return f"{self.base_url}/cdn/{token}/{name}"

    def open_link(self, token: str) -> StoredFile | Literal["expired", "unknown"]:
        """The file behind a link."""
        found = self._links.get(token)
        if found is None:
            return "unknown"
        file, ends_ms = found
        return file if ends_ms > self._now_ms() else "expired"
