"""The pack's file: a zip that holds a manifest with the size and hash of every part. Read with suspicion: a pack may come from
anywhere, and nothing of it is used before all of it was checked."""

import hashlib
import json
import shutil
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from motcua.vendor.faults import PackError
from motcua.vendor.rows import KINDS

FORMAT = "motcua.vendor/1"
MANIFEST = "manifest.json"
LEDGER = "ledger"
SECRETS = "secrets.json"
_MOST_PARTS = 20_000
_LARGEST_MANIFEST = 16_000_000
_LARGEST_LINE = 256_000_000
_CHUNK = 1 << 20
_BROKEN_ZIP: tuple[type[Exception], ...] = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError)
_STORED = (".gz", ".zip", ".bundle", ".npz", ".safetensors")
"""Packed already: packing them again costs time and saves nothing."""

_TIGHTEST = 300
"""A part that unpacks to more than so many times its size, and to more than ``_SMALL`` bytes, was made to fill a disk."""
_SMALL = 50_000_000

Told = Callable[[str], None]


class Part(BaseModel):
    """One file of the pack."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    size: int = Field(ge=0)
    sha256: str = Field(pattern="^[0-9a-f]{64}$")


class TableContent(BaseModel):
    """One table of the ledger: its rows and the kind of each column. Tables stand in the order of their foreign keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    rows: int = Field(ge=0)
    columns: dict[str, str]

    def model_post_init(self, _context: object) -> None:
        """Refuses kinds that we do not know."""
        if unknown := set(self.columns.values()) - KINDS:
            raise ValueError(f"unknown kinds: {unknown}")


class Manifest(BaseModel):
    """What is in the pack, and what it was made of. ``schema_revision``: the ledger's shape; ``audit_head``: number and hash of
    the audit log's last entry; ``key_marks``: which keys open the encrypted columns (no key can be told from its mark)."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    format: Literal["motcua.vendor/1"]
    made_at: str
    product_version: str
    commit: str | None
    schema_revision: str = Field(pattern="^[0-9]{4}$")
    database: Literal["sqlite", "postgresql"]
    tables: dict[str, TableContent]
    audit_head: tuple[int, str]
    key_marks: tuple[str, ...]
    model: str | None
    has_secrets: bool
    left_out: dict[str, str]
    files: dict[str, Part]


class PackWriter:
    """Writes parts one after the other; ``close`` writes the manifest."""

    def __init__(self, path: Path) -> None:
        """Begins the file. Raises ``OSError``, also where it exists already."""
        self._file = path.open("xb")
        self._zip = zipfile.ZipFile(self._file, "w", zipfile.ZIP_DEFLATED, compresslevel=6)
        self.parts: dict[str, Part] = {}

    def add(self, name: str, chunks: Iterable[bytes]) -> None:
        """Adds a part."""
        info = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
        info.compress_type = zipfile.ZIP_STORED if name.endswith(_STORED) else zipfile.ZIP_DEFLATED
        info.external_attr = 0o600 << 16
        digest, size = hashlib.sha256(), 0
        with self._zip.open(info, "w", force_zip64=True) as target:
            for chunk in chunks:
                target.write(chunk)
                digest.update(chunk)
                size += len(chunk)
        self.parts[name] = Part(size=size, sha256=digest.hexdigest())

    def add_file(self, name: str, path: Path) -> None:
        """Adds a file as it lies on disk. Raises ``OSError``."""
        with path.open("rb") as source:
            self.add(name, iter(lambda: source.read(_CHUNK), b""))

    def close(self, manifest: Manifest) -> None:
        """Writes the manifest and ends the file."""
        self._zip.writestr(MANIFEST, manifest.model_dump_json(indent=1))
        self.abandon()

    def abandon(self) -> None:
        """Ends the file as it is."""
        self._zip.close()
        self._file.close()


class PackReader:
    """A pack whose every part was found to be what the manifest says."""

    def __init__(self, opened: zipfile.ZipFile, manifest: Manifest) -> None:
        self._zip, self.manifest = opened, manifest

    def lines(self, table: str) -> Iterator[bytes]:
        """The rows of a table, one a line."""
        with self._zip.open(f"{LEDGER}/{table}.jsonl") as source:
            while line := source.readline(_LARGEST_LINE):
                yield line

    def content(self, name: str) -> bytes:
        """A part as bytes; for small ones."""
        return self._zip.read(name)

    def unpack(self, folder: Path, prefix: str, target: Path) -> None:
        """Writes all parts below ``prefix`` under ``target``, which lies in ``folder``. Raises ``OSError``."""
        for name in self.manifest.files:
            if name.startswith(f"{prefix}/"):
                path = target / name.removeprefix(f"{prefix}/")
                if not path.resolve().is_relative_to(folder.resolve()):
                    raise PackError(f"{name}: dẫn ra ngoài thư mục phục hồi")
                path.parent.mkdir(parents=True, exist_ok=True)
                with self._zip.open(name) as source, path.open("xb") as written:
                    shutil.copyfileobj(source, written, _CHUNK)


@contextmanager
def opened_pack(path: Path, tell: Told, *, free_bytes: int | None = None) -> Iterator[PackReader]:
    """The pack, checked whole: names, sizes, hashes. ``free_bytes``: what it may unpack to at most. Raises ``PackError``; writes
    nothing."""
    if not path.is_file():
        raise PackError(f"{path}: không có tệp này")
    with path.open("rb") as file, _named_faults(path):
        with _named_faults(path, OSError, ValueError, RuntimeError):
            opened = zipfile.ZipFile(file)
        with opened:
            with _named_faults(path, OSError, ValueError, RuntimeError):
                manifest = _checked(opened, tell, free_bytes)
            # What goes wrong from here on with a disk or a database is not the pack's fault.
            yield PackReader(opened, manifest)


@contextmanager
def _named_faults(path: Path, *more: type[Exception]) -> Iterator[None]:
    """What reading a broken zip raises, and ``more``, as ``PackError``."""
    try:
        yield
    except PackError:
        raise
    except (*_BROKEN_ZIP, *more) as error:
        raise PackError(f"{path}: gói hỏng hoặc bị cắt giữa chừng ({error})") from error


def _checked(opened: zipfile.ZipFile, tell: Told, free_bytes: int | None) -> Manifest:
    infos = opened.infolist()
    if len(infos) > _MOST_PARTS:
        raise PackError(f"gói có {len(infos)} phần, quá {_MOST_PARTS}")
    names = [info.filename for info in infos]
    if len(set(names)) != len(names):
        raise PackError("gói có hai phần cùng tên")
    for info in infos:
        _check_entry(info)
    manifest = _manifest(opened)
    named = set(manifest.files) | {MANIFEST}
    if set(names) != named:
        odd = sorted(set(names) ^ named)
        raise PackError(f"các phần của gói không khớp bản kê: {', '.join(odd[:5])}")
    _check_shape(manifest)
    total = sum(part.size for part in manifest.files.values())
    if free_bytes is not None and total > free_bytes:
        raise PackError(f"gói mở ra cần {total / 1e6:.0f} MB, nơi phục hồi chỉ còn {free_bytes / 1e6:.0f} MB")
    tell(f"Kiểm tra {len(manifest.files)} phần, {total / 1e6:.1f} MB")
    for name, part in manifest.files.items():
        _check_content(opened, name, part)
    return manifest


def _check_entry(info: zipfile.ZipInfo) -> None:
    pure = PurePosixPath(info.filename)
    bad = info.filename != pure.as_posix() or pure.is_absolute() or ".." in pure.parts or "\\" in info.filename
    if bad or ":" in info.filename or any(ord(char) < 32 for char in info.filename):
        raise PackError(f"gói có tên phần không được phép: {info.filename!r}")
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG) or info.is_dir():
        raise PackError(f"{info.filename}: không phải tệp thường")
    if info.flag_bits & 1 or info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise PackError(f"{info.filename}: nén hoặc mã hoá theo cách không dùng trong gói")
    if info.file_size > _SMALL and info.file_size > _TIGHTEST * max(info.compress_size, 1):
        raise PackError(f"{info.filename}: {info.compress_size} byte mở ra thành {info.file_size} byte, nghi là bom nén")


def _manifest(opened: zipfile.ZipFile) -> Manifest:
    try:
        info = opened.getinfo(MANIFEST)
    except KeyError as error:
        raise PackError(f"gói không có {MANIFEST}: không phải gói bàn giao của Một Cửa") from error
    if info.file_size > _LARGEST_MANIFEST:
        raise PackError(f"{MANIFEST} quá lớn")
    with opened.open(info) as source:
        written = source.read(_LARGEST_MANIFEST + 1)
    try:
        found = json.loads(written)
        if isinstance(found, dict) and found.get("format") != FORMAT:
            raise PackError(f"gói theo định dạng {str(found.get('format'))[:40]!r}, bản này đọc {FORMAT!r}")
        return Manifest.model_validate(found)
    except ValidationError as error:
        where = ".".join(str(step) for step in error.errors()[0]["loc"])
        raise PackError(f"{MANIFEST} không đúng mẫu (tại {where})") from error
    except (ValueError, RecursionError) as error:
        raise PackError(f"{MANIFEST} không phải JSON") from error


def _check_shape(manifest: Manifest) -> None:
    tables = {f"{LEDGER}/{name}.jsonl" for name in manifest.tables}
    if tables != {name for name in manifest.files if name.startswith(f"{LEDGER}/")}:
        raise PackError("các tệp của sổ cái không khớp bản kê các bảng")
    if manifest.has_secrets != (SECRETS in manifest.files):
        raise PackError("bản kê nói khác về phần bí mật")


def _check_content(opened: zipfile.ZipFile, name: str, part: Part) -> None:
    digest, size = hashlib.sha256(), 0
    with opened.open(name) as source:
        while chunk := source.read(_CHUNK):
            size += len(chunk)
            if size > part.size:
                raise PackError(f"{name}: lớn hơn bản kê nói")
            digest.update(chunk)
    if size != part.size or digest.hexdigest() != part.sha256:
        raise PackError(f"{name}: nội dung không khớp bản kê (tệp bị sửa hoặc hỏng)")
