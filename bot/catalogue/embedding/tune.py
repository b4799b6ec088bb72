"""Teaching the encoder that different wordings of one matter are near, and its neighbours' wordings are not.

Contrastive training on pairs of wordings of ``data/catalogue/aliases`` (multiple negatives ranking, both directions). A batch
holds runs of neighbouring matters of a theme, so that the wrong answers are near ones. Only low-rank corrections of the upper
layers are learnt. Questions are read as the search reads them: a third of them without marks, put back by the restorer.
"""

import math
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import nn
from torch.nn import functional

from bot.catalogue.embedding.tuning import Matrix
from bot.language.normalise import fold

RESTORED_SHARE, BARE_SHARE = 0.35, 0.10
WINDOW = 28
WINDOWS = 4


@dataclass(frozen=True)
class TuneOptions:
    """``passes`` over all wordings; ``rank`` of the corrections; ``lowest`` layer that is corrected."""

    passes: float = 3.0
    rank: int = 16
    lowest: int = 6
    batch: int = 64
    rate: float = 4e-4
    sharpness: float = 25.0
    longest: int = 28
    seed: int = 3


SCALE = 16.0
"""The correction is ``SCALE / rank`` times B·A."""


class _Corrected(nn.Module):
    """A linear layer with a low-rank correction beside it."""

    def __init__(self, plain: nn.Linear, rank: int) -> None:
        super().__init__()
        self.plain = plain
        self.down = nn.Parameter(torch.randn(rank, plain.in_features) / math.sqrt(plain.in_features))
        self.up = nn.Parameter(torch.zeros(plain.out_features, rank))
        self.scale = SCALE / rank

    def forward(self, values: torch.Tensor) -> torch.Tensor:
        found: torch.Tensor = self.plain(values) + (values @ self.down.T @ self.up.T) * self.scale
        return found


def add_corrections(model: nn.Module, options: TuneOptions) -> dict[str, _Corrected]:
    """Freezes the model and puts corrections beside the linear layers from ``lowest`` up; by the name of the matrix."""
    for parameter in model.parameters():
        parameter.requires_grad_(False)
    found: dict[str, _Corrected] = {}
    for name, module in list(model.named_modules()):
        parts = name.split("layer.")
        if len(parts) < 2 or int(parts[1].split(".")[0]) < options.lowest:
            continue
        for child_name, child in list(module.named_children()):
            if isinstance(child, nn.Linear):
                corrected = _Corrected(child, options.rank)
                setattr(module, child_name, corrected)
                found[f"{name}.{child_name}.weight"] = corrected
    return found


def batches(sizes: Sequence[int], options: TuneOptions, dice: random.Random) -> Iterator[list[tuple[int, int]]]:
    """Endless batches of (matter, wording): no matter twice, runs of neighbours together, each wording once in turn."""
    left: dict[int, list[int]] = {}

    def take(matter: int) -> tuple[int, int]:
        if not left.get(matter):
            left[matter] = dice.sample(range(sizes[matter]), sizes[matter])
        return matter, left[matter].pop()

    while True:
        chosen: set[int] = set()
        for window in range(1, WINDOWS + 1):
            middle = dice.choices(range(len(sizes)), sizes)[0]
            low = max(0, middle - WINDOW // 2)
            near = [matter for matter in range(low, min(low + WINDOW, len(sizes))) if matter not in chosen]
            while near and len(chosen) < options.batch * window // WINDOWS:
                chosen.add(near.pop(dice.choices(range(len(near)), [sizes[matter] for matter in near])[0]))
        yield [take(matter) for matter in sorted(chosen)]


def as_asked(text: str, restore: Callable[[str], str], dice: random.Random) -> str:
    """A wording as a question may come: as it stands, without marks, or with marks put back by the restorer."""
    share = dice.random()
    if share < RESTORED_SHARE:
        return restore(fold(text))
    return fold(text) if share < RESTORED_SHARE + BARE_SHARE else text


def embedded(model: nn.Module, tokenizer: Any, texts: Sequence[str], longest: int) -> torch.Tensor:
    """Unit vectors of texts: the mean of the last layer."""
    tokens = tokenizer(list(texts), padding=True, truncation=True, max_length=longest, return_tensors="pt")
    hidden = model(**tokens).last_hidden_state
    mask = tokens["attention_mask"].unsqueeze(-1)
    return functional.normalize(((hidden * mask).sum(1) / mask.sum(1)).float(), dim=1)


def tune(
    model: nn.Module,
    tokenizer: Any,
    wordings: Sequence[Sequence[str]],
    restore: Callable[[str], str],
    options: TuneOptions,
    progress: Callable[[int, int, float], None],
) -> dict[str, tuple[Matrix, Matrix]]:
    """Learns corrections from the wordings of matters (neighbours side by side, two wordings each at least). ``progress``
    hears of steps done, steps in all, and the loss. Deterministic for a seed on one machine."""
    torch.manual_seed(options.seed)
    dice = random.Random(options.seed)
    corrected = add_corrections(model, options)
    learnt = [parameter for parameter in model.parameters() if parameter.requires_grad]
    steps = max(1, int(options.passes * sum(map(len, wordings)) / options.batch))
    optimiser = torch.optim.AdamW(learnt, lr=options.rate, weight_decay=0.01)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: min(1.0, (step + 1) / 50) * max(0.02, 1 - step / steps))
    drawn = batches([len(words) for words in wordings], options, dice)
    for step in range(steps):
        questions, passages = [], []
        for matter, wording in next(drawn):
            other = dice.choice([number for number in range(len(wordings[matter])) if number != wording])
            questions.append("query: " + as_asked(wordings[matter][wording], restore, dice))
            passages.append("passage: " + wordings[matter][other])
        loss = _loss(model, tokenizer, questions, passages, options)
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(learnt, 1.0)
        optimiser.step()
        schedule.step()
        progress(step + 1, steps, float(loss))
    return {name: (layer.down.detach().numpy(), layer.up.detach().numpy()) for name, layer in corrected.items()}


def _loss(
    model: nn.Module, tokenizer: Any, questions: Sequence[str], passages: Sequence[str], options: TuneOptions
) -> torch.Tensor:
    with torch.autocast("cpu", torch.bfloat16):
        asked = embedded(model, tokenizer, questions, options.longest)
        answers = embedded(model, tokenizer, passages, options.longest)
    likeness = asked @ answers.T * options.sharpness
    own = torch.arange(len(questions))
    return (functional.cross_entropy(likeness, own) + functional.cross_entropy(likeness.T, own)) / 2
