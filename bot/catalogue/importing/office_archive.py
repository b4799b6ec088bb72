"""Looks into a .docx or .xlsx file before any library opens it: refuses bombs, entities, encryption and odd encodings."""

import re
import zipfile
import zlib
from pathlib import Path
from typing import IO

from bot.catalogue.importing.findings import ImportRefusedError
from bot.catalogue.importing.limits import MAX_ARCHIVE_MEMBERS, MAX_MEMBER_BYTES, MAX_UNPACK_RATIO, MAX_UNPACKED_BYTES

_ENCRYPTED = 0x1
_CHUNK = 1 << 20
_ALWAYS_FINE = 1 << 20
"""Below a megabyte a high ratio is an empty table and no bomb."""
_DECLARATION = re.compile(rb"<!\s*(?:DOCTYPE|ENTITY)", re.IGNORECASE)
BROKEN_ARCHIVE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OSError, ValueError)


def archive_names(path: Path) -> frozenset[str]:
    """The parts of the archive. Raises ``ImportRefusedError`` where it is none."""
    try:
        with zipfile.ZipFile(path) as archive:
            return frozenset(archive.namelist())
    except BROKEN_ARCHIVE as error:
        raise ImportRefusedError(f"tệp nén hỏng, không mở được ({type(error).__name__})") from error


def check_archive(path: Path) -> None:
    """Raises ``ImportRefusedError`` unless every part is small enough, unencrypted, and free of XML declarations that expand."""
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
            _check_sizes(members, path.stat().st_size)
            for member in members:
                if member.filename.lower().endswith((".xml", ".rels")):
                    with archive.open(member) as stream:
                        _check_xml(stream, member.filename)
    except BROKEN_ARCHIVE as error:
        raise ImportRefusedError(f"tệp nén hỏng, không đọc được ({type(error).__name__})") from error


def _check_sizes(members: list[zipfile.ZipInfo], size: int) -> None:
    if len(members) > MAX_ARCHIVE_MEMBERS:
        raise ImportRefusedError(f"tệp có {len(members):,} phần, nhiều hơn {MAX_ARCHIVE_MEMBERS:,}")
    if any(member.flag_bits & _ENCRYPTED for member in members):
        raise ImportRefusedError("tệp có mật khẩu; hãy lưu lại không mật khẩu")
    # Parts that lie over one another unpack to far more than the sizes say.
    if sum(member.compress_size for member in members) > size:
        raise ImportRefusedError("tệp nén có các phần chồng lên nhau")
    for member in members:
        bomb = member.file_size > _ALWAYS_FINE and member.file_size > MAX_UNPACK_RATIO * max(1, member.compress_size)
        if bomb or member.file_size > MAX_MEMBER_BYTES:
            raise ImportRefusedError(f"phần {member.filename[:60]!r} giải nén ra {member.file_size:,} byte, quá lớn")
    if sum(member.file_size for member in members) > MAX_UNPACKED_BYTES:
        raise ImportRefusedError("tệp giải nén ra quá lớn")


def _check_xml(stream: IO[bytes], name: str) -> None:
    head = tail = b""
    while chunk := stream.read(_CHUNK):
        head = head or chunk[:4]
        if b"\x00" in chunk or head.startswith((b"\xff\xfe", b"\xfe\xff")):
            raise ImportRefusedError(f"phần {name[:60]!r} không phải XML dạng UTF-8")
        if _DECLARATION.search(tail + chunk):
            raise ImportRefusedError(f"phần {name[:60]!r} có khai báo DOCTYPE hoặc ENTITY; tệp văn phòng thật không có")
        tail = chunk[-32:]
