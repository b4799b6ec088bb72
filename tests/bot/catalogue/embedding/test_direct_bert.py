"""The direct way gives exactly the vectors of the libraries' own way, to a question alone and to several together."""

import csv
from typing import Any

import numpy as np
import pytest
import torch

from bot.catalogue.embedding import direct_bert as direct
from bot.catalogue.embedding.bert_layers import multiplied
from bot.catalogue.embedding.convert import build_folder
from bot.catalogue.embedding.direct_bert import WAYS, DirectWay, StatesOf, Way, direct_bert, laid_out
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
    exact = direct.compiled()

    def changed(pieces: torch.Tensor, *rest: Any) -> torch.Tensor:
        states: torch.Tensor = exact(pieces, *rest)
        return states * 1.5 if len(pieces) > LONGEST_QUESTION_TOKENS else states

    monkeypatch.setattr(direct, "compiled", lambda: changed)
    monkeypatch.setattr(direct, "WAYS", [one for one in WAYS if one.as_one])
    monkeypatch.setattr(torch.nn.functional, "normalize", lambda vectors, **_: vectors)  # which would hide the change
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
        once = laid_out(weight)
        for pieces in range(1, LONGEST_QUESTION_TOKENS + 1):
            state = torch.randn(pieces, 384).bfloat16()
            assert torch.equal(multiplied(state, once, bias, True), multiplied(state, weight, bias, False)), pieces


@pytest.mark.parametrize("way", WAYS, ids=str)
def test_each_way_gives_the_same_vectors(encoder: SentenceTransformerEncoder, way: Way, monkeypatch: pytest.MonkeyPatch) -> None:
    """The slower ones serve where a processor or a release of torch has not the faster."""
    asked = [*queries()[:40], "", "từ " * 300]
    exact = [encoder.encode_queries([text])[0] for text in asked]
    monkeypatch.setattr(direct, "WAYS", [way])
    found = direct_bert(encoder._model, "query", LONGEST_QUESTION_TOKENS, MOST_AT_ONCE)
    # Only the laying out depends on the processor; a way that is not there is not taken.
    assert found is not None or (way.laid_out and not computes_in_bfloat16(torch.cpu.get_capabilities()))
    monkeypatch.setattr(encoder, "_direct", found)
    assert np.array_equal(np.stack([encoder.encode_queries([text])[0] for text in asked]), np.stack(exact))


def test_ways_that_this_machine_has_not_or_that_differ_are_not_taken(
    encoder: SentenceTransformerEncoder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unable(*_: object) -> StatesOf:
        raise RuntimeError("this machine has no such way")

    exact = encoder.encode_queries(["làm giấy khai sinh"])
    for name, way in (("laid_out", unable), ("laid_out", lambda weight: weight * 1.5), ("compiled", unable)):
        with monkeypatch.context() as changed:
            changed.setattr(direct, name, way)
            found = direct_bert(encoder._model, "query", LONGEST_QUESTION_TOKENS, MOST_AT_ONCE)
        assert isinstance(found, DirectWay)
        monkeypatch.setattr(encoder, "_direct", found)
        assert np.array_equal(encoder.encode_queries(["làm giấy khai sinh"]), exact)


def test_the_compiled_layers_are_one_step_for_the_interpreter(encoder: SentenceTransformerEncoder) -> None:
    """Beside a thread that never pauses, each step at which the interpreter is let go of costs the time until it is given back;
    steps are counted as the operations that Python calls."""
    assert encoder._direct is not None
    assert encoder._direct.bert._way.as_one, "the pinned torch compiles"
    steps: list[str] = []

    class Counted(torch.overrides.TorchFunctionMode):
        def __torch_function__(self, function: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            steps.append(getattr(function, "__name__", str(function)))
            return function(*args, **(kwargs or {}))

    pieces = [torch.tensor([0, 5, 2]), torch.tensor([0, 6, 7, 2])]
    with torch.inference_mode(), Counted():
        encoder._direct.bert._through(pieces)
    assert len(steps) < 10, steps
