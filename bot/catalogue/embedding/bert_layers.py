"""A BERT's layers as one function, in the part of Python that torch compiles too (TorchScript).

Compiled, the whole pass is one step for the interpreter: other threads run beside it. Step by step the encoder lets go of the
interpreter at each of some three hundred steps, and beside two busy threads waits for it again each time
(docs/decisions/0058-the-encoder-is-one-step.md).
"""

import torch
from torch import Tensor
from torch.nn import functional


def multiplied(state: Tensor, weight: Tensor, offset: Tensor, laid_out: bool) -> Tensor:
    """``laid_out``: by a weight that was laid out for it once, as torch's own compiler does."""
    if laid_out:
        found: Tensor = torch.ops.mkldnn._linear_pointwise(state, weight, offset, "none", [], "")
        return found
    return functional.linear(state, weight, offset)


def attended(state: Tensor, counts: list[int], heads: int) -> Tensor:
    """What each piece takes from the pieces of its own text."""
    parts = state.view(state.size(0), 3, heads, -1).permute(1, 2, 0, 3)
    found: list[Tensor] = []
    for one in torch.split(parts, counts, dim=2):
        seen = functional.scaled_dot_product_attention(one[0].unsqueeze(0), one[1].unsqueeze(0), one[2].unsqueeze(0))
        found.append(seen[0].transpose(0, 1).reshape(one.size(2), -1))
    return torch.cat(found)


def states_of(
    pieces: Tensor,
    counts: list[int],
    embeddings: list[Tensor],
    matrices: list[Tensor],
    vectors: list[Tensor],
    heads: int,
    epsilon: float,
    laid_out: bool,
) -> Tensor:
    """One row a piece. ``pieces``: the numbers of the pieces of all texts, one text after the other; ``counts``: how many each
    text has; ``embeddings``: of pieces, of places, of the kind of text, weight and offset of their norm. Of each layer four
    ``matrices`` (questions, keys and values of the attention in one; what is attended; widened; narrowed) and eight ``vectors``
    (offsets of the first two matrices, weight and offset of the norm after them, and the same for the other two)."""
    places = torch.cat([embeddings[1][:count] for count in counts])
    size = [embeddings[0].size(1)]
    state = functional.layer_norm(embeddings[0][pieces] + embeddings[2] + places, size, embeddings[3], embeddings[4], epsilon)
    for layer in range(len(matrices) // 4):
        own, rest = matrices[4 * layer : 4 * layer + 4], vectors[8 * layer : 8 * layer + 8]
        seen = attended(multiplied(state, own[0], rest[0], laid_out), counts, heads)
        state = functional.layer_norm(multiplied(seen, own[1], rest[1], laid_out) + state, size, rest[2], rest[3], epsilon)
        wide = functional.gelu(multiplied(state, own[2], rest[4], laid_out))
        # A long sum is added up in another order where there are more rows: each text keeps its own.
        narrow = torch.cat([multiplied(one, own[3], rest[5], laid_out) for one in torch.split(wide, counts)])
        state = functional.layer_norm(narrow + state, size, rest[6], rest[7], epsilon)
    return state
