"""``motcua channels``: the platforms' accounts, seen and set up from the command line."""

from typing import Annotated

import typer
from rich.console import Console

from motcua import stack
from motcua.platforms import run_connector

channels_app = typer.Typer(help="Các kênh Zalo, Messenger, Telegram.", no_args_is_help=True)
console = Console()
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


def _run(command: str, name: str | None) -> None:
    result = run_connector(stack.load_settings(), "connectors.gateway.accounts", command, *([name] if name else []))
    console.print((result.stdout + result.stderr).rstrip(), highlight=False, markup=False)
    raise typer.Exit(result.returncode)
