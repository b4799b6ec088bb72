"""``motcua eval life-events``: how many sessions reach the right procedure in three turns."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import Progress
from rich.table import Table

from bot.catalogue.embedding.encoder import load_encoder
from bot.catalogue.load import CatalogueError
from bot.clock import vietnam_today
from bot.dialogue.services import Services
from bot.dialogue.turn import Clause, Turn
from bot.language.places import PlaceIndex
from bot.language.sensitive import load_sensitive_words
from bot.settings import Settings
from motcua import stack
from motcua.catalogue_source import measured_catalogue
from motcua.eval_commands import TableFile, console, errors, eval_app, read_or_stop, stopped, ways
from motcua.evaluation.engine_parse import EngineParseError, parsed_lines
from motcua.evaluation.intents import as_the_engine_receives
from motcua.evaluation.labelled_files import read_table
from motcua.evaluation.life_events import NoDossiers, Session, held_session, session_figures
from motcua.evaluation.outcomes import AS_TYPED, WITHOUT_MARKS
from motcua.preparation import child_environment
from motcua.processes import engine_environment
from motcua.shown_search import search_with_progress


@eval_app.command("life-events")
def life_events(
    file: TableFile,
    channel: Annotated[str, typer.Option(help="Kênh: zalo, facebook, telegram hay web (số nút mỗi trang khác nhau).")] = "zalo",
    compare: Annotated[bool, typer.Option("--compare", help="Đo thêm khi không có thực đơn việc trong đời.")] = False,
    misses: Annotated[bool, typer.Option("--misses", help="Liệt kê phiên không tới nơi; chỉ dùng với tệp phát triển.")] = False,
    json_file: Annotated[Path | None, typer.Option("--json", help="Ghi thêm kết quả ra tệp JSON.")] = None,
) -> None:
    """Đo tỉ lệ phiên tới đúng thủ tục trong tối đa 3 lượt, bằng chính hội thoại."""
    rows = read_or_stop(lambda: read_table(file))
    settings = stack.load_settings()
    services = _services(settings)
    texts = [as_the_engine_receives(change(row.text)) for _, change in ways(True) for row in rows]
    turns = list(_understood(settings, texts, channel))
    table = Table(box=None)
    for title in ("cách gõ", "phiên", "≤ 1 lượt", "≤ 2 lượt", "≤ 3 lượt", "nghe nhầm trước"):
        table.add_column(title, justify="left" if title == "cách gõ" else "right", no_wrap=True)
    found: dict[str, object] = {}
    plain = replace(services, catalogue=replace(services.catalogue, life_events=()))
    for key, title, dialogue, understood in (
        ("as_typed", AS_TYPED, services, turns[: len(rows)]),
        ("without_marks", WITHOUT_MARKS, services, turns[len(rows) :]),
        ("as_typed_without_menu", f"{AS_TYPED}, không thực đơn", plain, turns[: len(rows)]),
    ):
        if dialogue is plain and not compare:
            continue
        sessions = [held_session(row, turn, dialogue) for row, turn in zip(rows, understood, strict=True)]
        figures = session_figures(sessions)
        table.add_row(title, *(f"{one:.3f}" if isinstance(one, float) else str(one) for one in figures.values()))
        found[key] = figures
        if misses and dialogue is services:
            _list_misses(sessions)
    console.print(table)
    if json_file is not None:
        json_file.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(found, ensure_ascii=False))


def _list_misses(sessions: list[Session]) -> None:
    for one in sessions:
        if one.reached is None:
            console.print(f"✗ {one.row.line}: {' → '.join(one.path)} (cần {one.row.label})", highlight=False, markup=False)


def _services(settings: Settings) -> Services:
    try:
        catalogue = measured_catalogue(settings)
    except (CatalogueError, OSError, ValueError) as error:
        raise stopped(str(error)) from error
    search = search_with_progress(catalogue, load_encoder(settings), errors)
    today: date = vietnam_today()
    return Services(
        catalogue=catalogue,
        search=search,
        places=PlaceIndex(catalogue.places),
        dossiers=NoDossiers(),
        today=lambda: today,
        sensitive=load_sensitive_words(Path(settings.data_dir)),
    )


def _understood(settings: Settings, texts: list[str], channel: str) -> Iterator[Turn]:
    """The texts as the engine hands them to the dialogue."""
    command = [str(settings.engine_python), "-m", "engine.launch", "parse"]
    environment = {**child_environment(settings), **engine_environment(settings)}
    with Progress(console=errors, transient=True) as progress:
        task = progress.add_task("Hiểu tin nhắn", total=len(texts))
        try:
            _, lines = parsed_lines(command, environment, texts, lambda: progress.advance(task))
        except EngineParseError as error:
            raise stopped(str(error)) from error
        except FileNotFoundError as error:
            raise stopped(f"Không có môi trường Rasa ({settings.engine_python}). Chạy: make setup") from error
    for text, line in zip(texts, lines, strict=True):
        clauses = tuple(Clause(str(c["text"]), str(c["intent"]), float(c["confidence"])) for c in line.get("clauses") or ())
        ranking = tuple((str(name), float(share)) for name, share in line.get("ranking") or ())
        intent = str(line.get("intent") or "nlu_fallback")
        yield Turn(text, intent, float(line.get("confidence") or 0.0), clauses, ranking=ranking, channel=channel)
