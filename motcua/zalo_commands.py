"""``motcua zalo``: what an administrator of the Zalo channel does by hand."""

import subprocess
import sys
from typing import Annotated

import typer

from motcua import stack
from motcua.preparation import child_environment
from motcua.processes import working_directory

zalo_app = typer.Typer(help="Kênh Zalo Official Account.", no_args_is_help=True)


@zalo_app.callback()
def zalo() -> None:
    """Kênh Zalo Official Account."""


@zalo_app.command("authorise")
def authorise(
    paste: Annotated[bool, typer.Option("--paste", help="Dán địa chỉ trả về thay vì chờ trình duyệt trên máy này.")] = False,
    redirect_uri: Annotated[str | None, typer.Option(help="Địa chỉ trả về đã khai trong trang quản trị ứng dụng Zalo.")] = None,
) -> None:
    """Xin quyền của quản trị viên Official Account và lưu cặp token đầu tiên."""
    settings = stack.load_settings()
    options = ["--paste"] if paste else []
    options += ["--redirect-uri", redirect_uri] if redirect_uri else []
    # The command line and the connectors stand side by side: neither imports the other.
    command = [sys.executable, "-m", "connectors.zalo", "authorise", *options]
    raise typer.Exit(subprocess.run(command, cwd=working_directory(), env=child_environment(settings), check=False).returncode)
