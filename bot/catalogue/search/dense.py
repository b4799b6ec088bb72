"""Vectors of all rows, computed once and kept on disk beside the model."""

import hashlib
import logging
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

import numpy as np

from bot.catalogue.embedding.encoder import Encoder, Vectors
from bot.catalogue.search.rows import Row

_REMEMBERED = 256

logger = logging.getLogger(__name__)


def _cache_path(folder: Path, fingerprint: str, texts: Sequence[str]) -> Path:
    digest = hashlib.sha256(fingerprint.encode())
    for text in texts:
        digest.update(b"\x00" + text.encode("utf-8", "replace"))
    return folder / f"{digest.hexdigest()[:40]}.npy"


def _read(path: Path, rows: int) -> Vectors | None:
    try:
        vectors = np.load(path, allow_pickle=False)
    except (OSError, ValueError, EOFError):
        return None
    return vectors.astype(np.float32) if vectors.ndim == 2 and len(vectors) == rows else None


def _write(path: Path, vectors: Vectors) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=path.parent, suffix=".npy", delete=False) as file:
            np.save(file, vectors.astype(np.float16))
        Path(file.name).chmod(0o644)
        Path(file.name).replace(path)
    except OSError as error:
        logger.warning("search.vectors_not_cached", extra={"reason": str(error)})


class DenseIndex:
    """Row vectors, and questions against them. ``cache`` is (folder, fingerprint of the model), or None to compute anew."""

    def __init__(self, rows: Sequence[Row], encoder: Encoder, cache: tuple[Path, str] | None = None) -> None:
        self._encoder = encoder
        texts = [row.text for row in rows]
        path = _cache_path(*cache, texts) if cache else None
        vectors = _read(path, len(texts)) if path else None
        if vectors is None:
            vectors = encoder.encode_passages(texts)
            if path:
                _write(path, vectors)
        self._vectors = vectors
        # One turn asks for the same words several times (whole message, clauses, follow-up).
        self._question = lru_cache(maxsize=_REMEMBERED)(self._encode)

    def _encode(self, question: str) -> Vectors:
        found: Vectors = self._encoder.encode_queries([question])[0]
        return found

    def scores(self, question: str) -> Vectors:
        """The cosine of the question with each row."""
        found: Vectors = self._vectors @ self._question(question)
        return found
