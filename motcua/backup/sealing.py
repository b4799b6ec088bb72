"""A backup's file: a header that everybody may read, and a stream of AES-256-GCM pieces under a key from BACKUP_KEY (scrypt).

    "motcua.backup/1\\n" | length of the header (4 bytes) | header (JSON) | piece | piece | … | last piece

A piece's nonce is 7 random bytes of the file, its number (4 bytes) and whether it is the last (1 byte); the header's digest is
bound to each. So no piece can be changed, left out, moved or taken from another file, and a file that was cut off is noticed.
"""

import base64
import hashlib
import io
import os
import struct
from collections.abc import Mapping
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from motcua.backup.faults import BackupError

SHORTEST_KEY = 20
"""Characters of BACKUP_KEY."""
_MAGIC = b"motcua.backup/1\n"
_PIECE = 1024 * 1024
_TAG = 16
_COST = 2**15
_LARGEST_HEADER = 64 * 1024


class Header(BaseModel):
    """What stands in clear. ``about``: moment, release, kinds of the databases; nothing of what they hold."""

    # A hostile file must not make us work for hours.
    model_config = ConfigDict(extra="forbid")

    kdf: str = Field(default="scrypt", pattern="^scrypt$")
    n: int = Field(default=_COST, ge=2**14, le=2**18)
    salt: str = Field(max_length=40)
    nonce: str = Field(max_length=20)
    about: dict[str, Any]


class SealedWriter(io.RawIOBase):
    """Encrypts what is written to it. Nothing counts before ``close_whole``."""

    def __init__(self, target: BinaryIO, key: str, about: Mapping[str, Any]) -> None:
        """Raises ``BackupError`` for a key that is too short to protect anything."""
        if len(key) < SHORTEST_KEY:
            raise BackupError(f"BACKUP_KEY phải có ít nhất {SHORTEST_KEY} ký tự")
        salt, self._nonce = os.urandom(16), os.urandom(7)
        written = Header(salt=_letters(salt), nonce=_letters(self._nonce), about=dict(about)).model_dump_json().encode()
        target.write(_MAGIC + struct.pack(">I", len(written)) + written)
        self._target, self._cipher = target, AESGCM(_derived(key, salt, _COST))
        self._bound, self._count, self._rest = hashlib.sha256(written).digest(), 0, bytearray()

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: Any) -> int:
        """Takes the bytes; a whole piece goes out as soon as more follows it."""
        self._rest += data
        while len(self._rest) > _PIECE:
            self._put(bytes(self._rest[:_PIECE]), last=False)
            del self._rest[:_PIECE]
        return len(data)

    def close_whole(self) -> None:
        """Writes the last piece."""
        self._put(bytes(self._rest), last=True)
        self._rest.clear()

    def _put(self, piece: bytes, *, last: bool) -> None:
        self._target.write(self._cipher.encrypt(_nonce_of(self._nonce, self._count, last), piece, self._bound))
        self._count += 1


class SealedReader(io.RawIOBase):
    """The content of a sealed file, checked piece by piece. Reads raise ``BackupError`` where it was changed or cut off."""

    def __init__(self, source: BinaryIO, key: str) -> None:
        """Raises ``BackupError`` for a wrong key: the first piece is opened at once."""
        self.header, written = _header(source)
        self._source, self._bound = source, hashlib.sha256(written).digest()
        self._nonce = base64.b64decode(self.header.nonce)
        self._cipher = AESGCM(_derived(key, base64.b64decode(self.header.salt), self.header.n))
        self._count, self._ended = 0, False
        self._ahead = source.read(_PIECE + _TAG)
        self._piece = self._next()

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: Any) -> int:
        """Fills the buffer; 0 at the end."""
        while not self._piece and not self._ended:
            self._piece = self._next()
        taken = self._piece[: len(buffer)]
        buffer[: len(taken)] = taken
        self._piece = self._piece[len(taken) :]
        return len(taken)

    def _next(self) -> bytes:
        sealed, self._ahead = self._ahead, self._source.read(_PIECE + _TAG)
        last = not self._ahead
        try:
            piece = self._cipher.decrypt(_nonce_of(self._nonce, self._count, last), sealed, self._bound)
        except (InvalidTag, ValueError) as error:
            if self._count == 0:
                raise BackupError("BACKUP_KEY không đúng, hoặc bản sao lưu đã bị sửa") from error
            raise BackupError("bản sao lưu bị sửa hoặc bị cắt cụt") from error
        self._count, self._ended = self._count + 1, last
        return piece


def read_header(source: BinaryIO) -> Header:
    """The header alone, which needs no key (and proves nothing). Raises ``BackupError``."""
    return _header(source)[0]


def _header(source: BinaryIO) -> tuple[Header, bytes]:
    if source.read(len(_MAGIC)) != _MAGIC:
        raise BackupError("không phải bản sao lưu của Một Cửa (hoặc của bản mới hơn)")
    try:
        (length,) = struct.unpack(">I", source.read(4))
        written = source.read(length) if length <= _LARGEST_HEADER else b""
        header = Header.model_validate_json(written)
        if len(base64.b64decode(header.nonce, validate=True)) != 7 or len(base64.b64decode(header.salt, validate=True)) != 16:
            raise BackupError("phần đầu của bản sao lưu không đọc được")
    except (struct.error, ValidationError, ValueError) as error:
        raise BackupError("phần đầu của bản sao lưu không đọc được") from error
    return header, written


def _nonce_of(prefix: bytes, number: int, last: bool) -> bytes:
    return prefix + struct.pack(">I?", number, last)


def _derived(key: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(key.encode())


def _letters(value: bytes) -> str:
    return base64.b64encode(value).decode()
