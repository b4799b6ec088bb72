"""The files of this release that trainers' work begins from."""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT_FILES = ("config.yml", "credentials.yml", "endpoints.yml")
_NOT_EDITED = ("encoder", "eval", "regression", "vendor")
"""Folders of ``data/`` that stay out: the encoder's numbers, the sets that measure models and that nobody may train on, and what
an agency agrees with its vendor."""


@dataclass(frozen=True)
class Shipped:
    """``root``: the folder of ``config.yml`` and ``domain/``; ``data_dir``: the data folder, wherever it lies."""

    root: Path
    data_dir: Path

    def texts(self) -> dict[str, str]:
        """The texts by their path in a Rasa project, sorted. Raises ``UnicodeDecodeError`` where one is not UTF-8."""
        return {name: path.read_text(encoding="utf-8") for name, path in sorted(self._found())}

    def digest(self) -> str:
        """One value for one set of files."""
        digest = hashlib.sha256()
        for name, text in self.texts().items():
            content = text.encode()
            digest.update(f"{name}\0{len(content)}\n".encode() + content)
        return digest.hexdigest()

    def _found(self) -> Iterator[tuple[str, Path]]:
        for name in ROOT_FILES:
            if (self.root / name).is_file():
                yield name, self.root / name
        for path in (self.root / "domain").rglob("*.yml"):
            yield f"domain/{path.relative_to(self.root / 'domain').as_posix()}", path
        for path in self.data_dir.rglob("*.yml"):
            inside = path.relative_to(self.data_dir)
            if inside.parts[0] not in _NOT_EDITED:
                yield f"data/{inside.as_posix()}", path
