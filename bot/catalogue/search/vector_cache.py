"""Vectors of wordings kept on disk, one by one: after an import or an edit only what is new is encoded."""

import hashlib
import logging
import tempfile
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bot.catalogue.embedding.encoder import Vectors

MOST_KEPT = 80_000
"""Above this number of vectors only those in use are kept (60 MB on disk)."""
SAVED_EVERY = 4_096
"""So many new vectors at most are lost when the process ends while it encodes."""

Keys = npt.NDArray[np.void]

logger = logging.getLogger(__name__)


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


class VectorCache:
    """The vectors of one model in one file. ``fingerprint`` names the model: another model has another file. A file that cannot
    be read counts as empty, one that cannot be written is told in the log; neither is an error."""

    def __init__(self, folder: Path, fingerprint: str) -> None:
        self._path = folder / f"{hashlib.sha256(fingerprint.encode()).hexdigest()[:40]}.npz"

    def vectors(self, texts: Sequence[str], encode: Callable[[Sequence[str]], Vectors]) -> Vectors:
        """One vector a text; those that are not kept yet are encoded and kept."""
        kept = self._read()
        keys = [_key(text) for text in texts]
        missing = list({key: text for key, text in zip(keys, texts, strict=True) if key not in kept}.items())
        for start in range(0, len(missing), SAVED_EVERY):
            part = missing[start : start + SAVED_EVERY]
            fresh = encode([text for _, text in part]).astype(np.float16)
            kept.update(zip((key for key, _ in part), fresh, strict=True))
            self._write(kept, set(keys))
        if not keys:
            return encode([])
        return np.stack([kept[key] for key in keys]).astype(np.float32)

    def missing(self, texts: Sequence[str]) -> int:
        """How many of the texts would have to be encoded."""
        kept = self._read()
        return len({key for key in map(_key, texts) if key not in kept})

    def _read(self) -> dict[bytes, npt.NDArray[np.float16]]:
        try:
            with self._path.open("rb") as file, np.load(file, allow_pickle=False) as arrays:
                keys, vectors = arrays["keys"], arrays["vectors"]
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return {}
        if keys.dtype != np.uint8 or keys.ndim != 2 or vectors.ndim != 2 or len(keys) != len(vectors):
            return {}
        return dict(zip(map(bytes, keys), vectors.astype(np.float16), strict=True))

    def _write(self, kept: dict[bytes, npt.NDArray[np.float16]], used: set[bytes]) -> None:
        if len(kept) > MOST_KEPT:
            for key in [key for key in kept if key not in used]:
                del kept[key]
        keys = np.frombuffer(b"".join(kept), np.uint8).reshape(len(kept), -1)
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            with tempfile.NamedTemporaryFile(dir=self._path.parent, suffix=".npz", delete=False) as file:
                np.savez(file, keys=keys, vectors=np.stack(list(kept.values())))
            Path(file.name).chmod(0o644)
            Path(file.name).replace(self._path)
        except OSError as error:
            logger.warning("search.vectors_not_cached", extra={"reason": str(error)})
