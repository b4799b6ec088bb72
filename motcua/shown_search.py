"""The search on the command line, with progress while the vectors of new wordings are computed."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
from rich.console import Console
from rich.progress import Progress

from bot.catalogue.embedding.encoder import Encoder, EncoderLoad, Vectors
from bot.catalogue.search import ProcedureSearch
from bot.catalogue.search.procedure_search import CatalogueLike

SLICE = 256


class CountedEncoder:
    """An encoder that tells how many passages it has encoded."""

    def __init__(self, encoder: Encoder, done: Callable[[int, int], None]) -> None:
        self._encoder = encoder
        self._done = done

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder.encode_queries``."""
        return self._encoder.encode_queries(texts)

    def encode_passages(self, texts: Sequence[str]) -> Vectors:
        """See ``Encoder.encode_passages``; ``done`` hears of the texts done and of all."""
        slices = []
        for start in range(0, max(1, len(texts)), SLICE):
            slices.append(self._encoder.encode_passages(texts[start : start + SLICE]))
            self._done(min(start + SLICE, len(texts)), len(texts))
        return np.concatenate(slices)


def search_with_progress(catalogue: CatalogueLike, load: EncoderLoad, console: Console) -> ProcedureSearch:
    """A search over the catalogue. Where many vectors have to be computed first (after an import: minutes), a bar is shown; they
    are kept, so that the next time costs nothing."""
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Lập chỉ mục tìm kiếm", total=None)
        encoder = load.encoder

        def done(number: int, total: int) -> None:
            progress.update(task, description="Tính véc-tơ câu", total=total, completed=number)

        return ProcedureSearch(catalogue, replace(load, encoder=CountedEncoder(encoder, done)) if encoder else load)
