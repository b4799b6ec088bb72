"""``motcua handoffs``: the conversations that wait for a person, until officers have their console."""

from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.clock import VIETNAM_TIME
from bot.conversations.handoffs import UnknownHandoffError, close_handoff, open_handoffs
from bot.storage.database import open_database
from motcua import stack

handoff_app = typer.Typer(help="Các cuộc trò chuyện đang chờ cán bộ.", no_args_is_help=True)
console = Console()


@handoff_app.command("list")
def list_waiting() -> None:
    """Liệt kê các yêu cầu gặp cán bộ đang chờ, cũ nhất trước."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        waiting = open_handoffs(session)
    table = Table("Số", "Mở lúc", "Kênh", "Lý do", "Thủ tục", "Tin cuối", box=None)
    for handoff in waiting:
        opened = handoff.opened_at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
        procedure = handoff.summary.get("procedure_name") or ""
        table.add_row(
            str(handoff.id),
            opened,
            handoff.channel,
            handoff.reason,
            escape(procedure),
            escape(handoff.summary.get("last_message") or ""),
        )
    console.print(table if waiting else "Không có yêu cầu nào đang chờ.")


@handoff_app.command("close")
def close(
    number: Annotated[int, typer.Argument(help="Số của yêu cầu, xem «motcua handoffs list».")],
    closed: Annotated[bool, typer.Option("--closed", help="Kết thúc hẳn, không trả lại cho trợ lý.")] = False,
) -> None:
    """Kết thúc một yêu cầu: trả cuộc trò chuyện lại cho trợ lý tự động."""
    database = open_database(stack.load_settings().database_url)
    try:
        close_handoff(database.sessions, number, "closed" if closed else "returned_to_bot")
    except UnknownHandoffError as error:
        console.print(f"[red]Không có yêu cầu số {number} đang chờ.[/red]")
        raise typer.Exit(1) from error
    console.print(f"Đã kết thúc yêu cầu số {number}.")
