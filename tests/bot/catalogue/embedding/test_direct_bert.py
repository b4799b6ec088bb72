"""The direct way gives exactly the vectors of the libraries' own way, to a question alone and to several together."""

import csv

import numpy as np
import pytest
import torch

from bot.catalogue.embedding.convert import build_folder
from bot.catalogue.embedding.direct_bert import DirectBert, DirectWay, Linear, direct_bert, packed, plain
from bot.catalogue.embedding.encoder import (
    LONGEST_QUESTION_TOKENS,
    MOST_AT_ONCE,
    SentenceTransformerEncoder,
    computes_in_bfloat16,
)
from bot.catalogue.embedding.weights_file import read_weights
from bot.settings import PROJECT_ROOT
from tests.bot.catalogue.embedding.weights_writer import tiny_weights

EVERY = 12
"""Of the queries one in so many: the whole comparison belongs in a benchmark."""


@pytest.fixture(scope="module")
def encoder(tmp_path_factory: pytest.TempPathFactory) -> SentenceTransformerEncoder:
    folder = tmp_path_factory.mktemp("models") / "tiny"
    build_folder(read_weights(tiny_weights()), "5" * 64, folder, queries())
    return SentenceTransformerEncoder(folder)


def queries() -> list[str]:
    found = []
    for name in ("search_dev", "search_train"):
        with (PROJECT_ROOT / "data" / "eval" / f"{name}.tsv").open(encoding="utf-8", newline="") as file:
            found += [row[0] for row in list(csv.reader(file, delimiter="\t", quoting=csv.QUOTE_NONE))[1:]]
    return found[::EVERY]


def test_the_vectors_are_the_same_to_the_last_bit(encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = [*queries(), "", "a", "😀", "từ " * 300]
    direct = [encoder.encode_queries([text])[0] for text in asked]
    assert encoder._direct is not None
    monkeypatch.setattr(encoder, "_direct", None)
    own = [encoder.encode_queries([text])[0] for text in asked]
    assert np.array_equal(np.stack(direct), np.stack(own))


@pytest.mark.parametrize("company", [2, 3, MOST_AT_ONCE, 3 * MOST_AT_ONCE + 1])
def test_a_question_gets_the_same_vector_alone_and_in_company(encoder: SentenceTransformerEncoder, company: int) -> None:
    asked = [*queries(), "", "a", "😀", "từ " * 300][-120:]
    alone = np.concatenate([encoder.encode_queries([text]) for text in asked])
    together = [encoder.encode_queries(asked[start : start + company]) for start in range(0, len(asked), company)]
    assert encoder._direct is not None
    assert encoder._direct.most_at_once == MOST_AT_ONCE
    assert np.array_equal(np.concatenate(together), alone)


def test_where_company_would_change_a_vector_each_goes_alone(
    encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    normed = DirectBert._normed

    def changed(self: DirectBert, state: torch.Tensor, norm: tuple[torch.Tensor, torch.Tensor]) -> torch.Tensor:
        return normed(self, state * 1.5 if state.shape[0] > LONGEST_QUESTION_TOKENS else state, norm)

    monkeypatch.setattr(DirectBert, "_normed", changed)
    found = direct_bert(encoder._model, "query", LONGEST_QUESTION_TOKENS, MOST_AT_ONCE)
    assert found is not None
    assert found.most_at_once == 1


def test_a_model_whose_vectors_would_differ_keeps_its_own_way(
    encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = encoder._model
    assert direct_bert(model, "query", LONGEST_QUESTION_TOKENS, MOST_AT_ONCE) is not None
    monkeypatch.setattr(model[0].auto_model.config, "layer_norm_eps", 0.1)
    assert direct_bert(model, "query", LONGEST_QUESTION_TOKENS, MOST_AT_ONCE) is None
    monkeypatch.undo()
    monkeypatch.setattr(model[0].auto_model.config, "model_type", "xlm-roberta")
    assert direct_bert(model, "query", LONGEST_QUESTION_TOKENS, MOST_AT_ONCE) is None
    assert direct_bert(object(), None, 64, MOST_AT_ONCE) is None


@pytest.mark.skipif(not computes_in_bfloat16(torch.cpu.get_capabilities()), reason="this processor computes in 32 bits")
def test_weights_laid_out_once_multiply_to_the_same_bits_at_any_length() -> None:
    torch.manual_seed(7)
    weight, bias = torch.randn(1536, 384).bfloat16(), torch.randn(1536).bfloat16()
    with torch.inference_mode():
        fast, slow = packed(weight, bias), plain(weight, bias)
        for pieces in range(1, LONGEST_QUESTION_TOKENS + 1):
            state = torch.randn(pieces, 384).bfloat16()
            assert torch.equal(fast(state), slow(state)), pieces


def test_where_weights_cannot_be_laid_out_or_differ_they_stay_as_they_are(
    encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(_weight: torch.Tensor, _bias: torch.Tensor) -> Linear:
        raise RuntimeError("this processor has no such way")

    def inexact(weight: torch.Tensor, bias: torch.Tensor) -> Linear:
        return plain(weight * 1.5, bias)

    exact = encoder.encode_queries(["làm giấy khai sinh"])
    for way in (unable, inexact):
        monkeypatch.setattr("bot.catalogue.embedding.direct_bert.packed", way)
        found = direct_bert(encoder._model, "query", LONGEST_QUESTION_TOKENS, MOST_AT_ONCE)
        assert isinstance(found, DirectWay)
        monkeypatch.setattr(encoder, "_direct", found)
        assert np.array_equal(encoder.encode_queries(["làm giấy khai sinh"]), exact)
