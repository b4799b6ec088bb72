"""``motcua catalogue``: show, search and check the catalogue."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.catalogue.answers.facts import AnswerContext
from bot.catalogue.answers.render import FACETS, facet_answer
from bot.catalogue.check import check_catalogue
from bot.catalogue.embedding.encoder import load_encoder
from bot.catalogue.load import Catalogue, CatalogueError
from bot.clock import vietnam_today
from bot.settings import Settings
from bot.texts import say
from motcua import catalogue_import_commands, stack
from motcua.catalogue_source import live_catalogue
from motcua.shown_search import search_with_progress

catalogue_app = typer.Typer(help="Danh mục thủ tục.", no_args_is_help=True)
catalogue_import_commands.register(catalogue_app)
console = Console()


def _load(settings: Settings) -> Catalogue:
    try:
        return live_catalogue(settings)
    except CatalogueError as error:
        console.print(f"[red]{escape(str(error))}[/red]", highlight=False)
        raise typer.Exit(1) from error


@catalogue_app.command()
def show(code: Annotated[str, typer.Argument(help="Mã thủ tục, ví dụ 1.001193.")]) -> None:
    """Hiện mọi điều trợ lý có thể nói về một thủ tục."""
    catalogue = _load(stack.load_settings())
    procedure = catalogue.procedures.get(code)
    if procedure is None:
        console.print(f"[red]Không có thủ tục mã {escape(code)} trong danh mục.[/red] Tìm bằng: motcua catalogue search …")
        raise typer.Exit(1)
    console.print(f"[bold]{escape(procedure.name)}[/bold] · mã {procedure.code} · {escape(procedure.field)}", highlight=False)
    console.print(escape(procedure.official_name), style="dim", highlight=False)
    if procedure.aliases:
        console.print("Cách gọi: " + escape("; ".join(procedure.aliases)), highlight=False)
    if procedure.origin == "imported":
        console.print(f"[yellow]{escape(say('imported_note'))}[/yellow]", highlight=False)
    context = AnswerContext(catalogue.agencies, vietnam_today(), "all")
    for facet in FACETS:
        console.print(f"\n[bold cyan]{say('button_' + facet)}[/bold cyan]", highlight=False)
        console.print(escape(facet_answer(procedure, facet, context).text), highlight=False)
    source = procedure.source
    console.print(
        f"\nNguồn: {escape(source.name)} {escape(source.decision or '')} · dữ liệu {source.as_of}", style="dim", highlight=False
    )


@catalogue_app.command()
def search(text: Annotated[list[str], typer.Argument(help="Câu hỏi như người dân gõ.")], limit: int = 5) -> None:
    """Tìm thủ tục như khi trò chuyện; nói rõ là chắc, phải chọn, hay không biết."""
    settings = stack.load_settings()
    catalogue = _load(settings)
    found = search_with_progress(catalogue, load_encoder(settings), Console(stderr=True)).search(" ".join(text), limit=limit)
    verdicts = {"sure": "chắc", "choose": "cần chọn", "unknown": "không biết", "none": "không nhắc tới thủ tục nào"}
    console.print(
        f"Kết luận: [bold]{verdicts[found.verdict]}[/bold] · phần nói về thủ tục: «{escape(found.mention)}»", highlight=False
    )
    table = Table("Điểm", "Mã", "Thủ tục", "Người dân gọi", box=None)
    for hit in found.hits:
        table.add_row(f"{hit.score:.2f}", hit.code, escape(catalogue.procedures[hit.code].name), escape(hit.name))
    console.print(table)


@catalogue_app.command()
def check(folder: Annotated[Path | None, typer.Argument(help="Thư mục danh mục; mặc định data/catalogue.")] = None) -> None:
    """Kiểm tra mọi tệp danh mục; mỗi lỗi có tên tệp và số dòng."""
    folder = folder or stack.load_settings().data_dir / "catalogue"
    problems = check_catalogue(folder)
    for problem in problems:
        colour = "red" if problem.severity == "error" else "yellow"
        console.print(f"[{colour}]{escape(str(problem))}[/{colour}]", highlight=False, soft_wrap=True)
    failed = [problem for problem in problems if problem.severity == "error"]
    console.print(f"{len(failed)} lỗi, {len(problems) - len(failed)} điều cần lưu ý.", highlight=False)
    if failed:
        raise typer.Exit(1)
