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
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

logger = logging.getLogger(__name__)

_PROBES = (
    "làm giấy khai sinh",
    "hồ sơ đăng ký kinh doanh hộ cá thể tại xã gồm những giấy tờ gì, nộp ở đâu và bao lâu thì có kết quả ạ",
    "cháu ở quê ra làm công nhân thuê trọ đã ba năm, nay muốn đưa vợ và con nhỏ ra ở cùng, chủ nhà trọ đã đồng ý rồi nhưng mà sổ "
    "hộ khẩu cũ đã bị thu từ lâu, vậy phải làm thủ tục gì trước, có cần về quê xin giấy gì của công an xã không ạ",
)
"""Of several lengths: how a matrix is multiplied depends on it."""

_TYPICAL_PIECES = 24

Linear = Callable[[Tensor], Tensor]


@dataclass(frozen=True)
class _Layer:
    """The weights of one layer; questions, keys and values of the attention in one matrix."""

    attention: Linear
    attended: Linear
    attended_norm: tuple[Tensor, Tensor]
    widened: Linear
    narrowed: Linear
    narrowed_norm: tuple[Tensor, Tensor]


class DirectBert:
    """The vectors of a few texts. ``model``: a sentence-transformers model whose first module is a BERT; its other modules are
    used as they are. ``linear`` lays out the weights of a multiplication: ``plain`` or ``packed``."""

    def __init__(self, model: Any, linear: Callable[[Tensor, Tensor], Linear]) -> None:
        self._model, bert = model, model[0].auto_model
        self._heads, self._size, self._epsilon = (
            bert.config.num_attention_heads,
            bert.config.hidden_size,
            bert.config.layer_norm_eps,
        )
        embeddings = bert.embeddings
        self._words, self._places = embeddings.word_embeddings.weight, embeddings.position_embeddings.weight
        self._kind = embeddings.token_type_embeddings.weight[0]
        self._first_norm = _parts(embeddings.LayerNorm)
        self._layers = [_layer(one, linear) for one in bert.encoder.layer]

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
        counts = [ids.shape[0] for ids in texts]
        places = torch.cat([self._places[:count] for count in counts])
        state = self._normed(self._words[torch.cat(texts)] + self._kind + places, self._first_norm)
        for layer in self._layers:
            state = self._normed(layer.attended(self._attended(layer.attention(state), counts)) + state, layer.attended_norm)
            wide = functional.gelu(layer.widened(state))
            # A long sum is added up in another order where there are more rows: each text keeps its own.
            narrow = torch.cat([layer.narrowed(one) for one in torch.split(wide, counts)])
            state = self._normed(narrow + state, layer.narrowed_norm)
        return torch.split(state, counts)

    def _attended(self, state: Tensor, counts: list[int]) -> Tensor:
        """What each piece takes from the pieces of its own text."""
        parts = state.view(sum(counts), 3, self._heads, -1).permute(1, 2, 0, 3)
        found = []
        for one in torch.split(parts, counts, dim=2):
            seen = functional.scaled_dot_product_attention(one[0][None], one[1][None], one[2][None])
            found.append(seen[0].transpose(0, 1).reshape(-1, self._size))
        return torch.cat(found)

    def _normed(self, state: Tensor, norm: tuple[Tensor, Tensor]) -> Tensor:
        return functional.layer_norm(state, (self._size,), *norm, self._epsilon)


def plain(weight: Tensor, bias: Tensor) -> Linear:
    """A multiplication by weights as they are."""
    return lambda state: functional.linear(state, weight, bias)


def packed(weight: Tensor, bias: Tensor) -> Linear:
    """A multiplication by weights that are laid out for it once, as torch's own compiler does. Raises ``AttributeError`` or
    ``RuntimeError`` where this torch or processor has no such way."""
    multiply = torch.ops.mkldnn._linear_pointwise
    laid_out = torch.ops.mkldnn._reorder_linear_weight(weight, _TYPICAL_PIECES)

    def multiplied(state: Tensor) -> Tensor:
        found: Tensor = multiply(state, laid_out, bias, "none", [], "")
        return found

    return multiplied


def _parts(module: Any) -> tuple[Tensor, Tensor]:
    return module.weight.detach(), module.bias.detach()


def _layer(layer: Any, linear: Callable[[Tensor, Tensor], Linear]) -> _Layer:
    inner, after = layer.attention.self, layer.attention.output
    three = [_parts(one) for one in (inner.query, inner.key, inner.value)]
    return _Layer(
        linear(torch.cat([weight for weight, _ in three]), torch.cat([bias for _, bias in three])),
        linear(*_parts(after.dense)),
        _parts(after.LayerNorm),
        linear(*_parts(layer.intermediate.dense)),
        linear(*_parts(layer.output.dense)),
        _parts(layer.output.LayerNorm),
    )


@dataclass(frozen=True)
class DirectWay:
    """A direct way that was found exact, also for ``most_at_once`` texts together."""

    bert: DirectBert
    most_at_once: int


def direct_bert(model: Any, prompt_name: str | None, longest: int, most_at_once: int) -> DirectWay | None:
    """The fastest direct way through this model that gives exactly the vectors of the libraries' own way; else None. For
    ``most_at_once`` texts together, or for one where company changes a vector."""
    for linear in (packed, plain):
        if (found := _exact_way(model, linear, prompt_name, longest, most_at_once)) is not None:
            return found
    return None


def _exact_way(
    model: Any, linear: Callable[[Tensor, Tensor], Linear], prompt_name: str | None, longest: int, most_at_once: int
) -> DirectWay | None:
    way = linear.__name__
    try:
        config = model[0].auto_model.config
        if config.model_type != "bert" or config.hidden_act != "gelu" or config.is_decoder:
            return None
        with torch.inference_mode():
            found = DirectBert(model, linear)
        prompt = (model.prompts or {}).get(prompt_name) if prompt_name else None
        alone = [found.vectors([probe], prompt, longest=longest) for probe in _PROBES]
        for probe, ours in zip(_PROBES, alone, strict=True):
            own = model.encode(
                [probe], prompt_name=prompt_name, normalize_embeddings=True, convert_to_tensor=True, show_progress_bar=False
            )
            if not torch.equal(ours, own):
                logger.info("encoder.direct_way_differs", extra={"way": way})
                return None
        company = (_PROBES * most_at_once)[:most_at_once]
        together = found.vectors(company, prompt, longest=longest)
        same = torch.equal(together, torch.cat((alone * most_at_once)[:most_at_once]))
        return DirectWay(found, most_at_once if same else 1)
    except (AttributeError, KeyError, IndexError, TypeError, ValueError, RuntimeError) as error:
        logger.info("encoder.no_direct_way", extra={"reason": type(error).__name__, "way": way})
        return None
