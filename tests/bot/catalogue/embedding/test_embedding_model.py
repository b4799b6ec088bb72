"""From a weights file to a model folder to vectors, with a tiny model of the same layout."""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bot.catalogue.embedding.convert import build_folder, is_built
from bot.catalogue.embedding.encoder import SentenceTransformerEncoder, load_encoder
from bot.catalogue.embedding.vocabulary import vietnamese_syllables
from bot.catalogue.embedding.weights_file import WeightsFormatError, read_weights
from tests.bot.catalogue.embedding.weights_writer import HIDDEN, PIECES, tiny_weights

SOURCE = "5" * 64


@dataclass(frozen=True)
class Chosen:
    models_dir: Path
    embedding_model: str


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    build_folder(read_weights(tiny_weights()), SOURCE, folder, ["Đăng ký khai sinh"])
    return folder


@pytest.fixture(scope="module")
def encoder(model_folder: Path) -> SentenceTransformerEncoder:
    return SentenceTransformerEncoder(model_folder)


def test_four_bit_values_are_read_as_written() -> None:
    weights = read_weights(tiny_weights())
    matrix = weights.dequantised("l0.q.w", HIDDEN, HIDDEN)
    assert matrix.shape == (HIDDEN, HIDDEN)
    steps = matrix / np.float32(np.float16(0.02))
    assert np.allclose(steps, np.round(steps), atol=1e-3)
    assert steps.min() >= -8
    assert steps.max() <= 7


@pytest.mark.parametrize("damaged", [b"", b"E5S1", b"PK\x03\x04" + b"\x00" * 100, tiny_weights()[:200]])
def test_a_damaged_weights_file_is_refused(damaged: bytes) -> None:
    with pytest.raises(WeightsFormatError):
        read_weights(damaged)


def test_a_matrix_of_another_size_is_refused() -> None:
    with pytest.raises(WeightsFormatError, match="do not hold"):
        read_weights(tiny_weights()).dequantised("l0.q.w", HIDDEN, 2 * HIDDEN)


def test_only_pieces_that_vietnamese_needs_are_kept(model_folder: Path) -> None:
    kept = {piece for piece, _ in json.loads((model_folder / "tokenizer.json").read_text(encoding="utf-8"))["model"]["vocab"]}
    assert kept >= {"▁khai", "▁đăng", "đ", "ư", "<mask>"}
    assert not kept & {"漢", "字", "▁русский"}
    assert len(kept) < len(PIECES)


def test_every_common_syllable_is_generated() -> None:
    made = set(vietnamese_syllables())
    assert {"khai", "sinh", "nghiệp", "thường", "quyền", "giấy", "hoà", "hòa", "khuyết", "tử", "đường", "uỷ"} <= made
    assert "cã" in made
    assert "cãt" not in made


def test_the_build_is_recognised_and_survives_being_repeated(model_folder: Path) -> None:
    assert is_built(model_folder, SOURCE)
    assert not is_built(model_folder, "6" * 64)
    assert not is_built(model_folder / "nowhere", SOURCE)
    build_folder(read_weights(tiny_weights()), SOURCE, model_folder, [])
    assert is_built(model_folder, SOURCE)
    assert [path.name for path in model_folder.parent.iterdir()] == [model_folder.name]


def test_a_folder_without_weights_is_not_built(tmp_path: Path) -> None:
    (tmp_path / "build.json").write_text(json.dumps({"recipe": 1, "source": SOURCE}), encoding="utf-8")
    assert not is_built(tmp_path, SOURCE)


def test_vectors_are_unit_rows_and_repeatable(encoder: SentenceTransformerEncoder) -> None:
    first = encoder.encode_queries(["khai sinh", "kết hôn"])
    assert first.shape == (2, HIDDEN)
    assert np.allclose(np.linalg.norm(first, axis=1), 1, atol=1e-4)
    assert np.array_equal(first, encoder.encode_queries(["khai sinh", "kết hôn"]))


def test_questions_and_passages_get_their_own_prompts(encoder: SentenceTransformerEncoder) -> None:
    assert not np.allclose(encoder.encode_queries(["khai sinh"]), encoder.encode_passages(["khai sinh"]))


@pytest.mark.parametrize("hostile", ["", "\x00khai sinh", "\ud800", "KHAI SINH" * 20_000, "👍", "k\u0068ai\u200b"])
def test_any_text_gets_a_finite_vector(encoder: SentenceTransformerEncoder, hostile: str) -> None:
    assert np.isfinite(encoder.encode_queries([hostile])).all()


def test_case_and_composition_do_not_matter(encoder: SentenceTransformerEncoder) -> None:
    plain = encoder.encode_queries(["đăng ký"])
    assert np.allclose(plain, encoder.encode_queries(["ĐĂNG KÝ"]))
    assert np.allclose(plain, encoder.encode_queries(["đa\u0306ng ky\u0301"]))


def test_the_settings_name_the_model(model_folder: Path) -> None:
    loaded = load_encoder(Chosen(model_folder.parent, "tiny"))
    assert loaded.encoder is not None
    assert (loaded.name, loaded.reason) == ("tiny", None)
    assert loaded.cache is not None


def test_a_missing_default_model_is_told_with_the_remedy(tmp_path: Path) -> None:
    loaded = load_encoder(Chosen(tmp_path, "e5-vi"))
    assert loaded.encoder is None
    assert "scripts/build_embedding_model.py" in (loaded.reason or "")


def test_an_empty_name_switches_the_encoder_off(tmp_path: Path) -> None:
    assert load_encoder(Chosen(tmp_path, " ")).encoder is None


def test_a_broken_folder_is_a_reason_not_a_crash(tmp_path: Path) -> None:
    (tmp_path / "broken").mkdir()
    (tmp_path / "broken" / "config.json").write_text("{}", encoding="utf-8")
    loaded = load_encoder(Chosen(tmp_path, "broken"))
    assert loaded.encoder is None
    assert "broken" in (loaded.reason or "")
