"""Files on the platform: what citizens and the bot sent, and the paths under which they can be fetched for an hour."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import PurePath
from typing import Any

from simulators.messaging.clock import SimClock
from simulators.messaging.orders import SentFile
from simulators.telegram.errors import bad_request

MAX_DOWNLOAD_BYTES = 20 * 1024 * 1024
_PATH_LIVES = timedelta(hours=1)


@dataclass
class StoredFile:
    """A file. ``size`` may be declared larger than the content, to play a huge file cheaply."""

    file_id: str
    unique_id: str
    file: SentFile
    size: int
    path: str
    path_until: datetime

    def described(self) -> dict[str, Any]:
        """The fields that every kind of file has in a message."""
        return {"file_id": self.file_id, "file_unique_id": self.unique_id, "file_size": self.size}


class FileStore:
    """All files of the bot."""

    def __init__(self, clock: SimClock) -> None:
        self._clock = clock
        self._by_id: dict[str, StoredFile] = {}
        self._by_path: dict[str, StoredFile] = {}

    def add(self, file: SentFile, folder: str, size: int | None = None) -> StoredFile:
        """Stores a file; ``folder`` is the kind's folder in its path (photos, documents, voice)."""
        suffix = PurePath(file.name).suffix[:10]
        path = f"{folder}/file_{len(self._by_id)}{suffix if suffix.isascii() else ''}"
        declared = len(file.content) if size is None else size
        stored = StoredFile(secrets.token_urlsafe(24), secrets.token_urlsafe(9), file, declared, path, self._clock.now())
        self._by_id[stored.file_id] = stored
        self._by_path[path] = stored
        return stored

    def find(self, file_id: str) -> StoredFile | None:
        """The file with this id, or None."""
        return self._by_id.get(file_id)

    def open_path(self, file_id: str) -> dict[str, Any]:
        """What getFile tells; the path then works for an hour. Raises 400 for an unknown id or over 20 MB."""
        stored = self._by_id.get(file_id)
        if stored is None:
            raise bad_request("invalid file_id")
        if stored.size > MAX_DOWNLOAD_BYTES:
            raise bad_request("file is too big")
        stored.path_until = self._clock.now() + _PATH_LIVES
        return stored.described() | {"file_path": stored.path}

    def at_path(self, path: str) -> StoredFile | None:
        """The file behind a path that still works, or None."""
        stored = self._by_path.get(path)
        return stored if stored is not None and self._clock.now() < stored.path_until else None

    def clear(self) -> None:
        """Forgets all."""
        self._by_id.clear()
        self._by_path.clear()
