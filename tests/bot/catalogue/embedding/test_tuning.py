"""What the encoder learnt is added to its weights, exactly, or refused."""

import random
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from bot.catalogue.embedding.convert import build_folder, is_built
from bot.catalogue.embedding.encoder import SentenceTransformerEncoder, computes_in_bfloat16
from bot.catalogue.embedding.tune import TuneOptions, add_corrections, as_asked, batches
from bot.catalogue.embedding.tuning import Tuning, TuningError, read_tuning, write_tuning
from bot.catalogue.embedding.weights_file import read_weights
from bot.settings import PROJECT_ROOT
from tests.bot.catalogue.embedding.weights_writer import HIDDEN, tiny_weights

SOURCE = "5" * 64
QUERY = "encoder.layer.0.attention.self.query.weight"
DOWN, UP = np.full((2, HIDDEN), 0.5, np.float32), np.full((HIDDEN, 2), 0.25, np.float32)


def written(folder: Path, name: str = QUERY) -> Tuning:
    write_tuning(folder / "tuning.safetensors", {name: (DOWN, UP)}, 0.5, {"matters": 1})
    found = read_tuning(folder / "tuning.safetensors")
    assert found is not None
    return found


def test_a_correction_is_added_to_its_matrix_and_to_no_other(tmp_path: Path) -> None:
    plain = {QUERY: np.zeros((HIDDEN, HIDDEN), np.float16), "other": np.ones(3, np.float16)}
    corrected = written(tmp_path).corrected(plain)
    assert np.allclose(corrected[QUERY], 0.5 * 2 * 0.25 * 0.5)
    assert corrected["other"] is plain["other"]
    assert not plain[QUERY].any()


def test_a_correction_that_does_not_fit_is_refused(tmp_path: Path) -> None:
    with pytest.raises(TuningError, match="does not fit"):
        written(tmp_path).corrected({QUERY: np.zeros((HIDDEN, HIDDEN + 1), np.float16)})
    with pytest.raises(TuningError, match="nowhere"):
        written(tmp_path, "nowhere").corrected({QUERY: np.zeros((HIDDEN, HIDDEN), np.float16)})


@pytest.mark.parametrize("content", [b"", b"not a tensor file", b"\x10\x00\x00\x00\x00\x00\x00\x00" + b"{" * 16])
def test_a_damaged_file_is_told(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "tuning.safetensors").write_bytes(content)
    with pytest.raises(TuningError, match="cannot be read"):
        read_tuning(tmp_path / "tuning.safetensors")


def test_no_file_means_nothing_learnt(tmp_path: Path) -> None:
    assert read_tuning(tmp_path / "tuning.safetensors") is None


def test_a_built_model_speaks_with_what_it_learnt(tmp_path: Path) -> None:
    tuning = written(tmp_path)
    build_folder(read_weights(tiny_weights()), SOURCE, tmp_path / "plain", ["khai sinh"])
    build_folder(read_weights(tiny_weights()), SOURCE, tmp_path / "tuned", ["khai sinh"], tuning)
    assert is_built(tmp_path / "tuned", SOURCE, tuning)
    assert not is_built(tmp_path / "tuned", SOURCE)
    assert not is_built(tmp_path / "plain", SOURCE, tuning)
    plain, tuned = (SentenceTransformerEncoder(tmp_path / name).encode_queries(["khai sinh"]) for name in ("plain", "tuned"))
    assert not np.allclose(plain, tuned)


def test_what_ships_fits_the_shipped_encoder() -> None:
    shipped = read_tuning(PROJECT_ROOT / "data" / "encoder" / "tuning.safetensors")
    assert shipped is not None
    assert all(name.startswith("encoder.layer.") and name.endswith(".weight") for name in shipped.corrections)


def test_only_the_upper_layers_learn() -> None:
    layer = nn.ModuleDict({"0": nn.ModuleDict({"dense": nn.Linear(4, 4)}), "1": nn.ModuleDict({"dense": nn.Linear(4, 4)})})
    model = nn.ModuleDict({"encoder": nn.ModuleDict({"layer": layer})})
    corrected = add_corrections(model, TuneOptions(lowest=1, rank=2))
    assert list(corrected) == ["encoder.layer.1.dense.weight"]
    values = torch.ones(1, 4)
    layer_one = corrected["encoder.layer.1.dense.weight"]
    assert torch.equal(layer_one(values), layer_one.plain(values))


def test_a_batch_holds_a_matter_once_and_every_wording_has_its_turn() -> None:
    drawn = batches([3] * 40, TuneOptions(batch=16), random.Random(1))
    seen = set()
    for _ in range(200):
        batch = next(drawn)
        assert len({matter for matter, _ in batch}) == len(batch) == 16
        seen |= set(batch)
    assert len(seen) == 120


def test_some_questions_come_without_marks_and_some_restored() -> None:
    dice = random.Random(1)
    asked = {as_asked("đăng ký", lambda text: text.upper(), dice) for _ in range(60)}
    assert asked == {"đăng ký", "dang ky", "DANG KY"}


@pytest.mark.parametrize(("flag", "expected"), [("avx512_bf16", True), ("amx_bf16", True), ("avx2", False)])
def test_sixteen_bits_only_where_the_processor_computes_with_them(flag: str, expected: bool) -> None:
    assert computes_in_bfloat16({flag: True, "amx_tile": True}) is expected
