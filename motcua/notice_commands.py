"""``motcua notices``: what was told to citizens about the dossiers that they follow, and what was not."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.clock import VIETNAM_TIME
from bot.outreach.listing import list_notices
from bot.storage.database import open_database
from motcua import stack

notices_app = typer.Typer(help="Thông báo về các hồ sơ người dân theo dõi.", no_args_is_help=True)
console = Console()
_KINDS = {
    "change": "thay đổi",
    "answer": "trả lời sau",
    "supplement_reminder": "nhắc bổ sung",
    "pick_up_reminder": "nhắc nhận kết quả",
}
_STATES = {"waiting": "chờ báo", "told": "đã báo", "not_told": "không báo"}


@notices_app.callback()
def notices() -> None:
    """Thông báo về các hồ sơ người dân theo dõi."""


@notices_app.command("list")
def list_all(
    not_told: Annotated[bool, typer.Option("--not-told", help="Chỉ những thông báo không tới được người dân.")] = False,
) -> None:
    """Liệt kê các thông báo, mới nhất trước, cùng lý do nếu không báo được."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        rows = list_notices(session, not_told=not_told)
    database.engine.dispose()
    table = Table("số", "loại", "tình trạng", "lý do", "tin nhắn", "kênh", "hồ sơ", "lúc", "cuộc trò chuyện", box=None)
    for row in rows:
        at = row.at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
        state = _STATES[row.state]
        told = (row.reason or "", row.arrived or "", row.channel, row.shown, at, row.conversation_id[:8])
        table.add_row(str(row.number), _KINDS[row.kind], state, *told)
    console.print(table if rows else "Không có thông báo nào.")
