"""What the encoder learnt from people's words: a small correction of its upper layers, added to the weights at set-up.

A low-rank correction (LoRA, Hu et al. 2021): each corrected matrix W becomes W + scale · B·A. The file ships with the
project (``data/encoder/tuning.safetensors``); ``scripts/tune_encoder.py`` makes it.
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

Matrix = npt.NDArray[Any]

_DOWN, _UP = ".lora_a", ".lora_b"


class TuningError(Exception):
    """The correction cannot be read or does not fit the weights; the text says why."""


@dataclass(frozen=True)
class Tuning:
    """Corrections by the name of the matrix they belong to: (A, B), and their common ``scale``. ``digest`` names the file."""

    corrections: Mapping[str, tuple[Matrix, Matrix]]
    scale: float
    digest: str

    def corrected(self, weights: Mapping[str, Matrix]) -> dict[str, Matrix]:
        """The weights with all corrections added. Raises ``TuningError`` where one does not fit."""
        found = dict(weights)
        for name, (down, up) in self.corrections.items():
            plain = found.get(name)
            if plain is None or plain.shape != (up.shape[0], down.shape[1]) or up.shape[1] != down.shape[0]:
                raise TuningError(f"the correction of {name} does not fit these weights")
            change = up.astype(np.float32) @ down.astype(np.float32)
            found[name] = (plain.astype(np.float32) + np.float32(self.scale) * change).astype(plain.dtype)
        return found


def read_tuning(path: Path) -> Tuning | None:
    """The correction in this file, None where there is no file. Raises ``TuningError``."""
    if not path.is_file():
        return None
    try:
        with safe_open(str(path), framework="np") as file:
            scale = float(json.loads((file.metadata() or {})["tuning"])["scale"])
            names = [name.removesuffix(_DOWN) for name in file.keys() if name.endswith(_DOWN)]  # noqa: SIM118 (no mapping)
            found = {name: (file.get_tensor(name + _DOWN), file.get_tensor(name + _UP)) for name in names}
    except (SafetensorError, OSError, KeyError, ValueError, TypeError) as error:
        raise TuningError(f"{path.name} cannot be read: {error}") from error
    return Tuning(found, scale, hashlib.sha256(path.read_bytes()).hexdigest())


def write_tuning(path: Path, corrections: Mapping[str, tuple[Matrix, Matrix]], scale: float, about: Mapping[str, Any]) -> None:
    """Writes corrections in 16 bits; ``about`` (how they were made) is kept in the file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    tensors: dict[str, Matrix] = {}
    for name, (down, up) in sorted(corrections.items()):
        tensors[name + _DOWN] = np.ascontiguousarray(down.astype(np.float16))
        tensors[name + _UP] = np.ascontiguousarray(up.astype(np.float16))
    save_file(tensors, path, metadata={"tuning": json.dumps({"scale": scale, **about}, ensure_ascii=False, sort_keys=True)})
    path.chmod(0o644)
