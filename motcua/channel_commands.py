"""``motcua channels``: the platforms' accounts, seen and set up from the command line."""

from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from bot.clock import VIETNAM_TIME
from bot.conversations.delivery_figures import send_again, unsent_parts
from bot.storage.database import open_database, writing
from motcua import stack
from motcua.platforms import run_connector

channels_app = typer.Typer(help="Các kênh Zalo, Messenger, Telegram.", no_args_is_help=True)
console = Console()
_STATES = {"dead": "không gửi được", "ambiguous": "chưa rõ đã tới"}
Name = Annotated[str | None, typer.Argument(help="zalo, facebook hoặc telegram; bỏ trống: mọi kênh đang bật.")]


@channels_app.command("status")
def status(name: Name = None) -> None:
    """Tình trạng từng kênh: tài khoản, mã truy cập, webhook, hàng đợi, tin không gửi được."""
    _run("status", name)


@channels_app.command("set-webhook")
def set_webhook(name: Name = None) -> None:
    """Khai địa chỉ nhận tin của ta với nền tảng (hoặc nói cần làm gì trong trang quản trị)."""
    _run("set-webhook", name)


@channels_app.command("test")
def try_webhooks(name: Name = None) -> None:
    """Gửi thử một sự kiện có chữ ký đúng và một sự kiện giả tới webhook của ta, xem cổng tin nhắn trả lời đúng không."""
    _run("test", name)


@channels_app.command("set-profile")
def set_profile(name: Name = None) -> None:
    """Đặt lời chào, nút Bắt đầu và thực đơn trên nền tảng có hồ sơ trang (Messenger)."""
    _run("set-profile", name)


@channels_app.command("unsent")
def unsent() -> None:
    """Các tin không gửi được, hoặc chưa rõ đã tới người dân hay chưa; mới nhất trước."""
    database = open_database(stack.load_settings().database_url)
    with database.sessions() as session:
        rows = unsent_parts(session)
    database.engine.dispose()
    table = Table("số", "kênh", "trạng thái", "lý do", "lần gửi", "lúc", "cuộc trò chuyện", box=None)
    for row in rows:
        at = row.created_at.astimezone(VIETNAM_TIME).strftime("%H:%M %d/%m/%Y")
        state = _STATES[row.state]
        table.add_row(str(row.delivery_id), row.channel, state, row.error or "", str(row.attempts), at, row.conversation_id[:8])
    console.print(table if rows else "Không có tin nào.")


@channels_app.command("resend")
def resend(number: Annotated[int, typer.Argument(help="Số của tin trong `motcua channels unsent`.")]) -> None:
    """Gửi lại một tin; người dân có thể nhận hai lần nếu tin cũ thật ra đã tới."""
    database = open_database(stack.load_settings().database_url)
    with writing(database.sessions) as session:
        done = send_again(session, number)
    database.engine.dispose()
    console.print("Đã xếp hàng gửi lại." if done else f"Không có tin số {number} cần gửi lại.")
    raise typer.Exit(0 if done else 1)


def _run(command: str, name: str | None) -> None:
    result = run_connector(stack.load_settings(), "connectors.gateway.accounts", command, *([name] if name else []))
    console.print((result.stdout + result.stderr).rstrip(), highlight=False, markup=False, soft_wrap=True)
    raise typer.Exit(result.returncode)
