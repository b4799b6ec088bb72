"""``motcua transcripts``: the index that the search over transcripts uses."""

from typing import Annotated

import typer
from rich.console import Console

from bot.review.index import index_everything, lines_not_indexed, rebuild_index
from bot.storage.database import open_database
from motcua import stack

transcripts_app = typer.Typer(help="Chỉ mục tìm kiếm trong các cuộc trò chuyện.", no_args_is_help=True)
console = Console()


@transcripts_app.callback()
def transcripts() -> None:
    """Chỉ mục tìm kiếm trong các cuộc trò chuyện."""


@transcripts_app.command("index")
def index(
    rebuild: Annotated[bool, typer.Option("--rebuild", help="Xoá chỉ mục và lập lại từ đầu.")] = False,
) -> None:
    """Đưa ngay mọi tin nhắn chưa có vào chỉ mục tìm kiếm. Bộ xử lý tự làm việc này; lệnh dùng sau khi nâng cấp hoặc phục hồi."""
    database = open_database(stack.load_settings().database_url)
    added = rebuild_index(database.sessions) if rebuild else index_everything(database.sessions)
    with database.sessions() as session:
        left = lines_not_indexed(session)
    database.engine.dispose()
    console.print(f"Đã thêm {added} tin nhắn vào chỉ mục; còn {left} tin của các lượt chưa xong.")
