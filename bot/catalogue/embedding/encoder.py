"""Sentences as vectors: one interface, one implementation on sentence-transformers, and an honest way to have none."""

import hashlib
import logging
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from bot.catalogue.embedding.first_come import FirstComeLock
from bot.catalogue.embedding.gathered import GatheredQuestions
from bot.language.normalise import clean

logger = logging.getLogger(__name__)

Vectors = npt.NDArray[np.float32]

LONGEST_TEXT = 512
MOST_AT_ONCE = 12
"""Questions that are encoded together. More would let the first wait for the last."""

LONGEST_QUESTION_TOKENS = 64
"""A question's first words tell what it is about; a story of 500 characters would cost five times as much."""


class Encoder(Protocol):
    """Turns texts into unit vectors, one row a text. Safe to call from several threads."""

    def encode_queries(self, texts: Sequence[str]) -> Vectors: ...
    def encode_passages(self, texts: Sequence[str]) -> Vectors: ...


class EncoderSettings(Protocol):
    """The two settings needed here; ``bot.settings.Settings`` has them."""

    @property
    def models_dir(self) -> Path: ...
    @property
    def embedding_model(self) -> str: ...


class EncoderUnavailableError(Exception):
    """The encoder cannot be loaded; the text is the reason, fit for the health page."""


@dataclass(frozen=True)
class EncoderLoad:
    """The outcome of loading: an encoder, or None and the reason. ``name`` for the health page; ``cache``: folder for row
    vectors and the model's fingerprint, None where nothing is kept."""

    encoder: Encoder | None
    reason: str | None = None
    name: str | None = None
    cache: tuple[Path, str] | None = None


def _folder_fingerprint(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        digest.update(f"{path.relative_to(folder)} {path.stat().st_size}\n".encode())
        if path.suffix == ".json" and path.stat().st_size < 1_000_000:
            digest.update(path.read_bytes())
    weights = folder / "model.safetensors"
    if weights.is_file():
        with weights.open("rb") as file:
            digest.update(file.read(1_000_000))
    return digest.hexdigest()[:32]


def _prepared(text: str) -> str:
    """Lower case (the model tells upper case apart, citizens do not mean to), without what breaks tokenizers, cut."""
    return clean(text[: LONGEST_TEXT * 2]).lower()[:LONGEST_TEXT]


class SentenceTransformerEncoder:
    """A sentence-transformers model: a local folder (nothing is fetched then) or any model name. Runs on one thread of the
    processor: measured as fast as more threads and far steadier beside other work. In 16 bits (bfloat16) where the processor
    computes with them: half the time, cosines equal to four digits; elsewhere in 32 bits.

    Raises ``EncoderUnavailableError`` when the libraries or the model cannot be loaded.
    """

    def __init__(self, name_or_path: str | Path) -> None:
        folder = Path(name_or_path)
        local = folder.is_dir()
        self.name = folder.name if local else str(name_or_path)
        self.fingerprint = _folder_fingerprint(folder) if local else hashlib.sha256(self.name.encode()).hexdigest()[:32]
        self._lock = FirstComeLock()
        self._model = _load_model(str(name_or_path), local=local)
        self._longest = int(self._model.max_seq_length or LONGEST_TEXT)
        prompts = getattr(self._model, "prompts", None) or {}
        self._prompts = {kind: kind if prompts.get(kind) else None for kind in ("query", "passage")}
        self._query_prompt = prompts.get("query") or None
        self._direct = _direct_way(self._model, self._prompts["query"], min(LONGEST_QUESTION_TOKENS, self._longest))
        at_once = self._direct.most_at_once if self._direct else 1
        self._gathered = GatheredQuestions[str, Vectors](self._encode_directly, at_once)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Vectors of questions, of their first ``LONGEST_QUESTION_TOKENS`` pieces. They go the direct way where there is one,
        together with those that other threads ask meanwhile."""
        if self._direct is None or not texts:
            return self._encode(texts, "query", LONGEST_QUESTION_TOKENS)
        return np.concatenate(self._gathered.ask_all(texts))

    def _encode_directly(self, texts: Sequence[str]) -> list[Vectors]:
        """A vector each, as a row of its own."""
        assert self._direct is not None
        with self._lock:
            longest = min(LONGEST_QUESTION_TOKENS, self._longest)
            found = self._direct.bert.vectors([_prepared(text) for text in texts], self._query_prompt, longest=longest)
        return [_exact(row[None]) for row in found]

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts that are searched."""
        return self._encode(texts, "passage", self._longest)

    def _encode(self, texts: Sequence[str], kind: str, longest: int) -> Vectors:
        if not texts:
            return np.zeros((0, self._model.get_sentence_embedding_dimension()), np.float32)
        with self._lock:
            self._model.max_seq_length = min(longest, self._longest)
            found = self._model.encode(
                [_prepared(text) for text in texts],
                prompt_name=self._prompts[kind],
                normalize_embeddings=True,
                convert_to_tensor=True,
                show_progress_bar=False,
                batch_size=64,
            )
        return _exact(found)


def _exact(found: Any) -> Vectors:
    """16 bits leave a unit vector a little off: cosines are computed from what is exact."""
    vectors = np.asarray(found.float().cpu().numpy(), dtype=np.float32)
    exact: Vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    return exact


def _direct_way(model: Any, prompt_name: str | None, longest: int) -> Any:
    # Torch is imported only where a model is loaded.
    from bot.catalogue.embedding.direct_bert import direct_bert

    return direct_bert(model, prompt_name, longest, MOST_AT_ONCE)


def _load_model(name: str, *, local: bool) -> Any:
    # Set before the libraries are imported: they read these once.
    os.environ.setdefault("OMP_NUM_THREADS", "1")
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    if local:
        os.environ.setdefault("HF_HUB_OFFLINE", "1")
    try:
        import torch
        from sentence_transformers import SentenceTransformer
    except ImportError as error:
        raise EncoderUnavailableError(f"sentence-transformers is not installed ({error})") from error
    torch.set_num_threads(1)
    dtype = torch.bfloat16 if computes_in_bfloat16(torch.cpu.get_capabilities()) else torch.float32
    try:
        return SentenceTransformer(name, device="cpu", local_files_only=local, model_kwargs={"dtype": dtype})
    except (OSError, ValueError, KeyError, RuntimeError, TypeError, AttributeError) as error:
        raise EncoderUnavailableError(f"the model {name!r} cannot be loaded: {str(error).splitlines()[0]}") from error


def computes_in_bfloat16(capabilities: Mapping[str, object]) -> bool:
    """Whether a processor with these capabilities (as torch names them) has instructions for bfloat16."""
    return bool(capabilities.get("avx512_bf16") or capabilities.get("amx_bf16"))


def load_encoder(settings: EncoderSettings) -> EncoderLoad:
    """The encoder that the settings name: a folder under ``models_dir``, a folder by path, or a model name. Never raises: the
    search works by words alone without it, and the reason belongs on the health page. An empty name switches it off."""
    wanted = settings.embedding_model.strip()
    if not wanted:
        return EncoderLoad(None, "switched off (EMBEDDING_MODEL is empty)")
    folder = settings.models_dir / wanted
    if not folder.is_dir() and wanted == "e5-vi":
        return EncoderLoad(None, f"{folder} is missing: run scripts/build_embedding_model.py")
    try:
        encoder = SentenceTransformerEncoder(folder if folder.is_dir() else wanted)
    except EncoderUnavailableError as error:
        logger.warning("encoder.unavailable", extra={"reason": str(error)})
        return EncoderLoad(None, str(error))
    return EncoderLoad(encoder, None, encoder.name, (settings.models_dir / "search-cache", encoder.fingerprint))
