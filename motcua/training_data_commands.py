"""``motcua training-data``: the state of the trainers' workspace, its project as a file, examples from a file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from bot.accounts.audit import OPERATOR
from bot.authoring.archives import project_zip
from bot.authoring.desk import Authoring, NotKeptError, authoring_of
from bot.authoring.importing import ImportRefusedError, read_rows
from bot.authoring.proposals import Person, ProposalRefusedError
from bot.authoring.workspace import WorkspaceError
from bot.conversations.clock import utc_now
from bot.storage.database import open_database
from bot.texts import say
from motcua import stack

training_data_app = typer.Typer(help="Dữ liệu huấn luyện của cán bộ huấn luyện.", no_args_is_help=True)
console = Console()
errors = Console(stderr=True)


@contextmanager
def _authoring() -> Iterator[Authoring]:
    settings = stack.load_settings()
    database = open_database(settings.database_url)
    authoring = authoring_of(settings, database.sessions, utc_now)
    try:
        yield authoring
    finally:
        authoring.checker.finish()
        database.engine.dispose()


def _fail(message: str) -> typer.Exit:
    errors.print(f"[red]{escape(message)}[/red]", highlight=False)
    return typer.Exit(1)


@training_data_app.command()
def status() -> None:
    """Bản ghi mới nhất, số tệp, và các đề xuất đang chờ."""
    with _authoring() as authoring:
        head = authoring.open()
        newest = authoring.workspace.commit_of(head)
        console.print(f"Bản ghi {head[:12]} · {escape(newest.author)} · {escape(newest.title)}", highlight=False)
        console.print(f"{len(authoring.workspace.files())} tệp", highlight=False)
        waiting = authoring.proposals.listed(("draft", "submitted"))
        names = {"draft": "đang soạn", "submitted": "chờ duyệt"}
        for row in waiting:
            console.print(
                f"Đề xuất {row.id} · {names[row.state]} · {escape(row.author_name)} · {escape(row.title)}", highlight=False
            )
        if not waiting:
            console.print("Không có đề xuất nào đang chờ.", highlight=False)


@training_data_app.command("export")
def export_project(
    file: Annotated[Path, typer.Argument(help="Tệp .zip để ghi.")],
    commit: Annotated[str | None, typer.Option(help="Bản ghi (40 chữ số); mặc định bản mới nhất.")] = None,
) -> None:
    """Ghi dự án Rasa thành một tệp .zip mà Rasa nguyên bản huấn luyện được."""
    try:
        with _authoring() as authoring:
            wanted = commit or authoring.open()
            content = project_zip(wanted, authoring.workspace.texts(wanted))
        file.write_bytes(content)
    except (WorkspaceError, OSError) as error:
        raise _fail(str(error)) from error
    console.print(f"Đã ghi {escape(str(file))} ({len(content) // 1024} KB, bản ghi {wanted[:12]}).", highlight=False)


@training_data_app.command("import")
def import_file(file: Annotated[Path, typer.Argument(help="Tệp .csv, .tsv, .xlsx, .yml hoặc dự án Rasa .zip.")]) -> None:
    """Đọc câu mẫu hoặc cả dự án từ tệp thành một đề xuất; không thay đổi gì ngay."""
    operator, title = Person("operator", "Người vận hành", OPERATOR), f"Nhập tệp {file.name}"[:200]
    try:
        raw = file.read_bytes()
        with _authoring() as authoring:
            if file.suffix.lower() == ".zip":
                number = authoring.import_project(operator, title, raw)
            else:
                number = authoring.import_rows(operator, title, read_rows(file.name, raw))
            told = authoring.proposals.read(number).row.source["import"]
    except ImportRefusedError as error:
        raise _fail(say(f"authoring_import_{error.reason}", **error.values)) from error
    except NotKeptError as error:
        raise _fail("\n".join(f"{fault.path}:{fault.line}: {fault.message}" for fault in error.faults[:20])) from error
    except ProposalRefusedError as error:
        raise _fail(say(f"authoring_refused_{error.reason}")) from error
    except (WorkspaceError, OSError) as error:
        raise _fail(str(error)) from error
    for one in told.get("told", ()):
        errors.print(escape(f"dòng {one['number']}: {say('authoring_row_' + one['code'], **one['values'])}"), highlight=False)
    added = f"thêm {told['added']}/{told['rows']} câu" if "rows" in told else f"{told['files']} tệp khác"
    console.print(f"Đã tạo đề xuất {number} ({added}). Mở trang Duyệt thay đổi của bàn làm việc để xem.", highlight=False)
