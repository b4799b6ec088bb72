"""The secrets of an installation under a passphrase: scrypt for the key, AES-256-GCM for the content."""

import base64
import json
import os
from collections.abc import Mapping

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from motcua.vendor.faults import PackError

SHORTEST_PASSPHRASE = 12
_MARK = b"motcua.vendor/1 secrets"
_COST = 2**15
"""32 MB and about a tenth of a second for each guess."""


class _Sealed(BaseModel):
    # A hostile pack must not make us work for hours or take all memory.
    model_config = ConfigDict(extra="forbid")

    kdf: str = Field(pattern="^scrypt$")
    n: int = Field(ge=2**14, le=2**18)
    r: int = Field(ge=8, le=8)
    p: int = Field(ge=1, le=1)
    cipher: str = Field(pattern="^AES-256-GCM$")
    salt: str = Field(max_length=100)
    nonce: str = Field(max_length=100)
    content: str


def seal(secrets: Mapping[str, str], passphrase: str) -> bytes:
    """The secrets as they lie in a pack. Raises ``PackError`` for a passphrase that is too short to protect anything."""
    if len(passphrase) < SHORTEST_PASSPHRASE:
        raise PackError(f"cụm mật khẩu phải có ít nhất {SHORTEST_PASSPHRASE} ký tự")
    salt, nonce = os.urandom(16), os.urandom(12)
    content = AESGCM(_key(passphrase, salt, _COST)).encrypt(nonce, json.dumps(dict(secrets)).encode(), _MARK)
    sealed = _Sealed(
        kdf="scrypt",
        n=_COST,
        r=8,
        p=1,
        cipher="AES-256-GCM",
        salt=_letters(salt),
        nonce=_letters(nonce),
        content=_letters(content),
    )
    return sealed.model_dump_json(indent=1).encode()


def unseal(sealed: bytes, passphrase: str) -> dict[str, str]:
    """What was sealed. Raises ``PackError`` for a wrong passphrase, or where the part was changed."""
    try:
        read = _Sealed.model_validate_json(sealed)
        salt, nonce, content = (base64.b64decode(value, validate=True) for value in (read.salt, read.nonce, read.content))
        found = json.loads(AESGCM(_key(passphrase, salt, read.n)).decrypt(nonce, content, _MARK))
    except InvalidTag as error:
        raise PackError("cụm mật khẩu không đúng, hoặc phần bí mật của gói đã bị sửa") from error
    except (ValidationError, ValueError) as error:
        raise PackError("phần bí mật của gói không đọc được") from error
    if not isinstance(found, dict) or not all(isinstance(one, str) for pair in found.items() for one in pair):
        raise PackError("phần bí mật của gói không đọc được")
    return found


def _key(passphrase: str, salt: bytes, cost: int) -> bytes:
    return Scrypt(salt=salt, length=32, n=cost, r=8, p=1).derive(passphrase.encode())


def _letters(value: bytes) -> str:
    return base64.b64encode(value).decode()
