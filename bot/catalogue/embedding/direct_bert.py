"""Questions through a BERT, straight through torch's functions.

The libraries' own way spends nearly half of its time on a single short text in Python, between some two hundred small modules.
Here the same operations follow one another on the same weights. The weights are laid out once as the processor's library
multiplies them: otherwise it lays them out at each multiplication, a third of a question's time. The vectors are the same, bit
for bit. That is checked whenever a model is loaded; where it does not hold (another kind of model, processor or release of a
library), weights are left as they are, or the libraries' own way stays.

Several questions go through together, their pieces one after the other: most of a question's time goes into reading 40 MB of
weights, and they are read once for all. No piece is added to make them equally long, and what a question is multiplied with
does not depend on its company, so that it gets the same vector alone and among others.
"""

import logging
import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

from bot.catalogue.embedding.bert_layers import states_of

logger = logging.getLogger(__name__)

_PROBES = (
    "làm giấy khai sinh",
    "hồ sơ đăng ký kinh doanh hộ cá thể tại xã gồm những giấy tờ gì, nộp ở đâu và bao lâu thì có kết quả ạ",
    "cháu ở quê ra làm công nhân thuê trọ đã ba năm, nay muốn đưa vợ và con nhỏ ra ở cùng, chủ nhà trọ đã đồng ý rồi nhưng mà sổ "
    "hộ khẩu cũ đã bị thu từ lâu, vậy phải làm thủ tục gì trước, có cần về quê xin giấy gì của công an xã không ạ",
)
"""Of several lengths: how a matrix is multiplied depends on it."""

_TYPICAL_PIECES = 24

StatesOf = Callable[..., Tensor]
"""As ``bert_layers.states_of``."""


@dataclass(frozen=True)
class Way:
    """How a BERT is gone through. ``laid_out``: by weights laid out once; ``as_one``: in one step for the interpreter."""

    laid_out: bool
    as_one: bool


WAYS = (Way(True, True), Way(True, False), Way(False, True), Way(False, False))
"""The fastest first."""


class DirectBert:
    """The vectors of a few texts. ``model``: a sentence-transformers model whose first module is a BERT; its other modules are
    used as they are. Raises ``AttributeError`` or ``RuntimeError`` where this torch or processor has no such way."""

    def __init__(self, model: Any, way: Way) -> None:
        self._model, self._way, bert = model, way, model[0].auto_model
        self._heads, self._epsilon = bert.config.num_attention_heads, bert.config.layer_norm_eps
        parts = bert.embeddings
        kind = parts.token_type_embeddings.weight[0]
        self._embeddings = [
            *(parts.word_embeddings.weight.detach(), parts.position_embeddings.weight.detach(), kind.detach()),
            *_parts(parts.LayerNorm),
        ]
        layers = [_layer(one) for one in bert.encoder.layer]
        lay_out = laid_out if way.laid_out else _as_it_is
        self._matrices = [lay_out(one) for matrices, _ in layers for one in matrices]
        self._vectors = [one for _, vectors in layers for one in vectors]
        self._states_of: StatesOf = compiled() if way.as_one else states_of

    def vectors(self, texts: Sequence[str], prompt: str | None, *, longest: int) -> Tensor:
        """One row a text, its unit vector, of its first ``longest`` pieces. At least one text."""
        with torch.inference_mode():
            self._model.max_seq_length = longest
            asked = [self._model.preprocess([text], prompt=prompt) for text in texts]
            states = self._through([features["input_ids"][0] for features in asked])
            return torch.cat([self._pooled(features, state) for features, state in zip(asked, states, strict=True)])

    def _pooled(self, features: dict[str, Any], state: Tensor) -> Tensor:
        features["token_embeddings"] = state[None]
        for module in list(self._model)[1:]:
            features = module(features)
        return functional.normalize(features["sentence_embedding"], p=2, dim=1)

    def _through(self, texts: list[Tensor]) -> tuple[Tensor, ...]:
        counts = [len(one) for one in texts]
        weights = self._embeddings, self._matrices, self._vectors
        states = self._states_of(torch.cat(texts), counts, *weights, self._heads, self._epsilon, self._way.laid_out)
        return torch.split(states, counts)


def laid_out(weight: Tensor) -> Tensor:
    """The weight as the processor's library multiplies by it. Raises ``AttributeError`` or ``RuntimeError`` where this torch or
    processor has no such way."""
    found: Tensor = torch.ops.mkldnn._reorder_linear_weight(weight, _TYPICAL_PIECES)
    return found


def _as_it_is(weight: Tensor) -> Tensor:
    return weight


@cache
def compiled() -> StatesOf:
    """``states_of`` as one step, carried out operation by operation as it is written. Raises ``AttributeError`` or
    ``RuntimeError`` where this torch cannot compile it."""
    with warnings.catch_warnings():
        # Its successors need a compiler on each machine. A torch without it goes step by step.
        warnings.simplefilter("ignore", DeprecationWarning)
        found: StatesOf = torch.jit.script(states_of)

    def as_written(*given: Any) -> Tensor:
        with torch.jit.optimized_execution(False):  # type: ignore[attr-defined]
            return found(*given)

    return as_written


def _parts(module: Any) -> tuple[Tensor, Tensor]:
    return module.weight.detach(), module.bias.detach()


def _layer(layer: Any) -> tuple[list[Tensor], list[Tensor]]:
    """Matrices and vectors of a layer, as ``bert_layers`` numbers them."""
    inner, after = layer.attention.self, layer.attention.output
    three = [_parts(one) for one in (inner.query, inner.key, inner.value)]
    rows = [
        (torch.cat([weight for weight, _ in three]), torch.cat([offset for _, offset in three])),
        *(_parts(one) for one in (after.dense, layer.intermediate.dense, layer.output.dense)),
    ]
    norms = [*_parts(after.LayerNorm)], [*_parts(layer.output.LayerNorm)]
    offsets = [offset for _, offset in rows]
    return [weight for weight, _ in rows], [*offsets[:2], *norms[0], *offsets[2:], *norms[1]]


@dataclass(frozen=True)
class DirectWay:
    """A direct way that was found exact, also for ``most_at_once`` texts together."""

    bert: DirectBert
    most_at_once: int


def direct_bert(model: Any, prompt_name: str | None, longest: int, most_at_once: int) -> DirectWay | None:
    """The fastest direct way through this model that gives exactly the vectors of the libraries' own way; else None. For
    ``most_at_once`` texts together, or for one where company changes a vector."""
    for way in WAYS:
        if (found := _exact_way(model, way, prompt_name, longest, most_at_once)) is not None:
            return found
    return None


def _exact_way(model: Any, way: Way, prompt_name: str | None, longest: int, most_at_once: int) -> DirectWay | None:
    try:
        config = model[0].auto_model.config
        if config.model_type != "bert" or config.hidden_act != "gelu" or config.is_decoder:
            return None
        with torch.inference_mode():
            found = DirectBert(model, way)
        prompt = (model.prompts or {}).get(prompt_name) if prompt_name else None
        alone = [found.vectors([probe], prompt, longest=longest) for probe in _PROBES]
        for probe, ours in zip(_PROBES, alone, strict=True):
            own = model.encode(
                [probe], prompt_name=prompt_name, normalize_embeddings=True, convert_to_tensor=True, show_progress_bar=False
            )
            if not torch.equal(ours, own):
                logger.info("encoder.direct_way_differs", extra={"way": str(way)})
                return None
        company = (_PROBES * most_at_once)[:most_at_once]
        together = found.vectors(company, prompt, longest=longest)
        same = torch.equal(together, torch.cat((alone * most_at_once)[:most_at_once]))
        return DirectWay(found, most_at_once if same else 1)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
        logger.info("encoder.no_direct_way", extra={"reason": type(error).__name__, "way": str(way)})
        return None
