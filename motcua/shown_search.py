"""The search on the command line, with progress while the vectors of new wordings are computed."""

from dataclasses import replace

from rich.console import Console
from rich.progress import Progress

from bot.catalogue.embedding.encoder import EncoderLoad
from bot.catalogue.embedding.sliced import SlicedEncoder
from bot.catalogue.search import ProcedureSearch
from bot.catalogue.search.procedure_search import CatalogueLike

SLICE = 256


def search_with_progress(catalogue: CatalogueLike, load: EncoderLoad, console: Console) -> ProcedureSearch:
    """A search over the catalogue. Where many vectors have to be computed first (after an import: minutes), a bar is shown; they
    are kept, so that the next time costs nothing."""
    with Progress(console=console, transient=True) as progress:
        task = progress.add_task("Lập chỉ mục tìm kiếm", total=None)
        encoder = load.encoder

        def done(number: int, total: int) -> None:
            progress.update(task, description="Tính véc-tơ câu", total=total, completed=number)

        return ProcedureSearch(catalogue, replace(load, encoder=SlicedEncoder(encoder, SLICE, done)) if encoder else load)
