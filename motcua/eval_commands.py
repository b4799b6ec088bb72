"""``motcua eval``: how well the product understands, finds and answers, measured on labelled files."""

import json
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Annotated, TypeVar

import httpx
import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import Progress

from bot.catalogue.embedding.encoder import load_encoder
from bot.catalogue.load import CatalogueError
from bot.catalogue.search import ProcedureSearch
from bot.clock import vietnam_now
from bot.language.normalise import fold
from bot.settings import Settings
from bot.storage.database import open_database
from motcua import stack
from motcua.catalogue_source import live_catalogue, measured_catalogue
from motcua.doctor import gateway_url
from motcua.evaluation import dialogue_run, identification, splits
from motcua.evaluation.dialogue_files import Dialogue, read_dialogues
from motcua.evaluation.dialogue_verdict import dialogue_figures, verdict_line
from motcua.evaluation.engine_parse import EngineParseError, understand_all
from motcua.evaluation.intents import as_the_engine_receives, intent_figures, judged_intent, unknown_intents
from motcua.evaluation.labelled_files import EvaluationFileError, Row, read_table
from motcua.evaluation.outcomes import AS_TYPED, WITHOUT_MARKS, Evaluation, Group, Judged, summary
from motcua.evaluation.page import report_page
from motcua.evaluation.search import judged_search, search_figures, timed_search, unknown_codes
from motcua.evaluation.tables import rows_by_style, table_by_style, unknown_label_lines
from motcua.preparation import PreparationError, build_encoder, child_environment, is_embedded_encoder
from motcua.processes import engine_environment, local_url
from motcua.shown_search import search_with_progress
from motcua.supervisor import StartFailedError, answers
from motcua.webchat_client import ChatError, WebchatClient

T = TypeVar("T")

eval_app = typer.Typer(help="Đánh giá trên tệp có nhãn: hiểu ý định, tra cứu, hội thoại.", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)

TABLE_WIDTH = 132
BROKEN_FILE = 2
"""Exit code for a file that cannot be measured on; 1 is for a product that cannot be measured."""

TableFile = Annotated[Path, typer.Argument(metavar="TỆP.tsv", help="Bảng: câu ⇥ nhãn ⇥ kiểu câu.")]
ReportFile = Annotated[Path | None, typer.Option("--report", help="Trang HTML; mặc định trong var/reports.")]
JsonFile = Annotated[Path | None, typer.Option("--json", help="Ghi thêm kết quả ra tệp JSON.")]
Fold = Annotated[bool, typer.Option("--fold/--no-fold", help="Đo thêm một lượt với câu đã bỏ dấu.")]


def _tell(line: str) -> None:
    errors.print(escape(line), highlight=False, soft_wrap=True)


def stopped(message: str, code: int = 1) -> typer.Exit:
    errors.print(f"[red]{escape(message)}[/red]", highlight=False, soft_wrap=True)
    return typer.Exit(code)


def ways(fold_too: bool) -> list[tuple[str, Callable[[str], str]]]:
    """The ways in which the texts of a file are asked."""
    return [(AS_TYPED, str), *([(WITHOUT_MARKS, fold)] if fold_too else [])]


@eval_app.command()
def intents(
    file: TableFile,
    report: ReportFile = None,
    json_file: JsonFile = None,
    fold_too: Fold = True,
    model: Annotated[Path | None, typer.Option(help="Tệp mô hình; mặc định mô hình mới nhất.")] = None,
) -> None:
    """Đo việc hiểu ý định bằng chính mô hình và đường đi của Rasa khi phục vụ."""
    rows = read_or_stop(lambda: read_table(file))
    settings = stack.load_settings()
    asked = ways(fold_too)
    texts = [as_the_engine_receives(change(row.text)) for _, change in asked for row in rows]
    command = [str(settings.engine_python), "-m", "engine.launch", "parse", *(["--model", str(model.resolve())] if model else [])]
    with Progress(console=errors, transient=True) as progress:
        task = progress.add_task("Hiểu tin nhắn", total=len(texts))
        try:
            known, understood = understand_all(
                command, {**child_environment(settings), **engine_environment(settings)}, texts, lambda: progress.advance(task)
            )
        except EngineParseError as error:
            raise stopped(str(error)) from error
        except FileNotFoundError as error:
            raise stopped(f"Không có môi trường Rasa ({settings.engine_python}). Chạy: make setup") from error
    answered = iter(zip(texts, understood, strict=True))
    groups = tuple(Group(name, tuple(judged_intent(row, *next(answered), known.intents) for row in rows)) for name, _ in asked)
    about = {**identification.of_file(file, f"{len(rows)} dòng", vietnam_now()), **identification.of_model(known)}
    unknown = unknown_intents(rows, known.intents)
    _show(Evaluation("intents", file.name, groups, about, unknown, intent_figures), settings, report, json_file)


@eval_app.command()
def search(file: TableFile, report: ReportFile = None, json_file: JsonFile = None, fold_too: Fold = True) -> None:
    """Đo việc tra cứu thủ tục trên danh mục đang dùng."""
    rows = read_or_stop(lambda: read_table(file, label_may_be_empty=True))
    settings = stack.load_settings()
    try:
        catalogue = measured_catalogue(settings)
    except (CatalogueError, OSError, ValueError) as error:
        raise stopped(str(error)) from error
    if is_embedded_encoder(settings):
        build_encoder(settings, child_environment(settings), _tell)
    finder = search_with_progress(catalogue, load_encoder(settings), errors)
    about = {
        **identification.of_file(file, f"{len(rows)} dòng", vietnam_now()),
        **identification.of_catalogue(catalogue),
        **identification.of_search(finder.describe()),
    }
    groups = _searched(rows, finder, ways(fold_too))
    unknown = unknown_codes(rows, {listing.code for listing in catalogue.listings})
    _show(Evaluation("search", file.name, groups, about, unknown, search_figures), settings, report, json_file)


def _searched(
    rows: Sequence[Row], finder: ProcedureSearch, ways: Sequence[tuple[str, Callable[[str], str]]]
) -> tuple[Group, ...]:
    find = timed_search(finder)
    groups = []
    with Progress(console=errors, transient=True) as progress:
        task = progress.add_task("Tra cứu", total=len(rows) * len(ways))
        for name, change in ways:
            judged: list[Judged] = []
            for row in rows:
                text = change(row.text)
                judged.append(judged_search(row, text, find(text)))
                progress.advance(task)
            groups.append(Group(name, tuple(judged)))
    return tuple(groups)


@eval_app.command()
def dialogues(
    file: Annotated[Path, typer.Argument(metavar="TỆP.yml", help="Danh sách hội thoại.")],
    report: ReportFile = None,
    json_file: JsonFile = None,
    fold_too: Fold = False,
    private: Annotated[bool, typer.Option("--private", help="Luôn khởi động riêng, dù đang có sản phẩm chạy.")] = False,
) -> None:
    """Đo cả hội thoại trên toàn bộ sản phẩm, như khi người dân trò chuyện."""
    found = read_or_stop(lambda: read_dialogues(file))
    settings = stack.load_settings()
    with ExitStack() as opened:
        try:
            if private or not answers(f"{gateway_url(settings)}/health"):
                _tell("Khởi động riêng một sản phẩm cho việc đánh giá.")
                serving = opened.enter_context(stack.private_stack(settings, _tell))
            else:
                serving = settings
            about = _about_served(file, len(found), serving)
            groups = tuple(Group(name, _held(found, change, serving)) for name, change in ways(fold_too))
        except (ChatError, CatalogueError, PreparationError, StartFailedError) as error:
            raise stopped(str(error)) from error
    _show(Evaluation("dialogues", file.name, groups, about, {}, dialogue_figures), settings, report, json_file)


def _about_served(file: Path, count: int, serving: Settings) -> dict[str, str]:
    """What the running product consists of."""
    try:
        health = httpx.get(local_url(serving.engine_port, "/health"), timeout=5, trust_env=False).json()
    except (httpx.HTTPError, ValueError):
        health = {}
    return {
        **identification.of_file(file, f"{count} hội thoại", vietnam_now()),
        **identification.of_served_model(health),
        **identification.of_catalogue(live_catalogue(serving)),
    }


def _held(found: Sequence[Dialogue], change: Callable[[str], str], serving: Settings) -> tuple[Judged, ...]:
    """All dialogues, one after the other; each failed turn is told at once."""
    address = gateway_url(serving)
    database = open_database(serving.database_url)
    witness = dialogue_run.LedgerWitness(database.sessions)
    judged: list[Judged] = []
    for number, dialogue in enumerate(found, start=1):
        began = time.monotonic()
        citizen = dialogue_run.opened(lambda: WebchatClient(address))
        try:
            turns = list(dialogue_run.held(dialogue_run.typed(dialogue, change), citizen, witness))
        finally:
            citizen.close()
        mark = "✓" if all(turn.right for turn in turns) else "✗"
        _tell(f"[{number}/{len(found)}] {mark} {dialogue.name} ({time.monotonic() - began:.1f} s)")
        for turn in turns:
            if not turn.right:
                _tell(verdict_line(turn))
        judged += turns
    database.engine.dispose()
    return tuple(judged)


@eval_app.command("split-check")
def split_check() -> None:
    """Kiểm tra không có câu gần giống nhau giữa các phần huấn luyện, phát triển và kiểm thử."""
    data = stack.load_settings().data_dir
    pairs = read_or_stop(lambda: splits.shared_texts(data))
    for pair in pairs:
        console.print(escape(splits.shown(pair)), highlight=False, soft_wrap=True)
    names = ", ".join(path.name for path in splits.files_of(data)) or "không có tệp nào"
    if pairs:
        raise stopped(f"{len(pairs)} cặp câu gần giống nhau giữa các phần ({names}).")
    console.print(f"Không có câu gần giống nhau giữa các phần: {names}.", highlight=False)


def read_or_stop(read: Callable[[], T]) -> T:
    try:
        return read()
    except EvaluationFileError as error:
        raise stopped(str(error), BROKEN_FILE) from error


def _show(evaluation: Evaluation, settings: Settings, report: Path | None, json_file: Path | None) -> None:
    """Table, page and files; the figures as JSON are the last line."""
    for name, value in evaluation.about.items():
        console.print(f"{name}: {value}", style="dim", highlight=False, markup=False, soft_wrap=True)
    # A narrow terminal, or none, must not cut figures off.
    Console(width=max(console.width, TABLE_WIDTH)).print(table_by_style(evaluation))
    for line in unknown_label_lines(evaluation):
        console.print(line, style="red", highlight=False, markup=False, soft_wrap=True)
    figures = summary(evaluation)
    page = report or settings.var_dir / "reports" / _report_name(evaluation, vietnam_now())
    _write(page, report_page(evaluation))
    console.print(f"Báo cáo: {page}", highlight=False, markup=False, soft_wrap=True)
    if json_file is not None:
        styles = [{"group": group, "style": style, **row} for group, style, row in rows_by_style(evaluation)]
        whole = {"kind": evaluation.kind, "about": dict(evaluation.about), **figures, "by_style": styles}
        whole["unknown_labels"] = dict(evaluation.unknown_labels)
        _write(json_file, json.dumps(whole, ensure_ascii=False, indent=2) + "\n")
    print(json.dumps(figures, ensure_ascii=False))


def _report_name(evaluation: Evaluation, now: datetime) -> str:
    stem = Path(evaluation.file).stem
    return f"{evaluation.kind}-{stem}-{now:%Y%m%d-%H%M%S}.html"


def _write(path: Path, content: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    except OSError as error:
        raise stopped(f"không ghi được {path}: {error.strerror}") from error
