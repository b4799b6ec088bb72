"""The files of a catalogue folder as one packed text of bytes, and what of two states stands. Pure, but for reading a folder.

The same files give the same bytes, so that a state is named by its hash.
"""

import hashlib
import io
import re
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

MAX_FILES = 2_000
MAX_UNPACKED = 64 * 1024 * 1024
"""All files together: what ships is a thirtieth of it."""

_NAME = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9._-]*(?:/[A-Za-z0-9_-][A-Za-z0-9._-]*)*")
_MOMENT = (2000, 1, 1, 0, 0, 0)


class BrokenArchiveError(ValueError):
    """Packed files cannot be used; the text says why."""


def read_folder(folder: Path) -> dict[str, bytes]:
    """Every file below the folder by its path with slashes; hidden ones are left out. Raises ``OSError`` and
    ``BrokenArchiveError``."""
    found: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        if path.is_file() and not any(part.startswith(".") for part in name.split("/")):
            found[name] = path.read_bytes()
    _check(found)
    return found


def fingerprints(files: Mapping[str, bytes]) -> dict[str, str]:
    """The hash of each file."""
    return {name: hashlib.sha256(content).hexdigest() for name, content in sorted(files.items())}


def fingerprint(hashes: Mapping[str, str]) -> str:
    """One hash for the whole state."""
    return hashlib.sha256("".join(f"{name}\0{sha}\n" for name, sha in sorted(hashes.items())).encode()).hexdigest()


def pack(files: Mapping[str, bytes]) -> bytes:
    """The files as one archive. Raises ``BrokenArchiveError`` for a name or a size that ``unpack`` would refuse."""
    _check(files)
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _MOMENT)
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, content)
    return made.getvalue()


def unpack(packed: bytes) -> dict[str, bytes]:
    """The files of an archive. Raises ``BrokenArchiveError``."""
    try:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            entries = archive.infolist()
            if len(entries) > MAX_FILES or sum(entry.file_size for entry in entries) > MAX_UNPACKED:
                raise BrokenArchiveError("the archive is too large")
            files = {entry.filename: archive.read(entry) for entry in entries}
    except BrokenArchiveError:
        raise
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise BrokenArchiveError(f"the archive cannot be read ({type(error).__name__})") from error
    _check(files)
    return files


def _check(files: Mapping[str, bytes]) -> None:
    odd = next((name for name in files if not _NAME.fullmatch(name)), None)
    if odd is not None:
        raise BrokenArchiveError(f"{odd!r} is no name of a catalogue file")
    if len(files) > MAX_FILES or sum(len(content) for content in files.values()) > MAX_UNPACKED:
        raise BrokenArchiveError("the files are too many or too large")


@dataclass(frozen=True)
class Rebased:
    """The files in force where the product ships newer ones than a published state was built on. ``both_changed``: files that
    trainers and the product changed; the trainers' stand."""

    files: Mapping[str, bytes]
    both_changed: tuple[str, ...] = ()


def rebased(published: Mapping[str, bytes], base: Mapping[str, str], shipped: Mapping[str, bytes]) -> Rebased:
    """What trainers changed stands; what they left alone comes from the files that ship now. ``base``: the hashes of the shipped
    files on which the published state was built; empty where nobody knows them, and the published state stands whole."""
    now = fingerprints(shipped)
    if not base or base == now:
        return Rebased(published)
    ours, files, both = fingerprints(published), dict(published), []
    for name in sorted({*ours, *now, *base}):
        old, mine, newer = base.get(name), ours.get(name), now.get(name)
        if mine == newer or newer == old:
            continue
        if mine != old:
            both.append(name)
        elif newer is None:
            del files[name]
        else:
            files[name] = shipped[name]
    return Rebased(files, tuple(both))
