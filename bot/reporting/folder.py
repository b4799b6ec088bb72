"""Reports as files in a folder: written whole or not at all, and never over one that is there."""

import os
import secrets
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from bot.reporting.delivery import DestinationAwayError, DestinationRefusedError
from bot.reporting.view import ReportView


def save_files(folder: Path, view: ReportView, files: Mapping[str, bytes]) -> list[Path]:
    """Writes ``FOLDER/2026-11/daily-2026-11-26-r1.json`` and the like; a file that is there with the same content is left alone.

    ``files``: content by ending. Raises ``DestinationAwayError`` where the folder cannot be written to (it is not made: a share
    that is not mounted is away), ``DestinationRefusedError`` where a file of that name says something else."""
    if not folder.is_dir():
        raise DestinationAwayError("folder_missing")
    try:
        month = folder / view.period.name[:7]
        month.mkdir(exist_ok=True)
        return [_save(month / f"{view.id}.{ending}", content) for ending, content in files.items()]
    except OSError as error:
        raise DestinationAwayError(f"folder_{type(error).__name__}") from error


def _save(path: Path, content: bytes) -> Path:
    beside = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A link fails where the name is taken: nothing is ever written over.
        os.link(beside, path)
    except FileExistsError:
        if path.read_bytes() != content:
            raise DestinationRefusedError("file_differs") from None
    finally:
        with suppress(OSError):
            beside.unlink()
    return path
